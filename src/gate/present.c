#include "gate/present.h"

#include <sodium.h>
#include <string.h>
#include <strings.h>

static void take_look(struct gate_presented *p)
{
	static const enum presented by_shape[] = {
	        [TOKEN_GOOD] = PRESENTED_UNKNOWN,     [TOKEN_EMPTY] = PRESENTED_NOTHING,
	        [TOKEN_SHORT] = PRESENTED_DAMAGED,    [TOKEN_LONG] = PRESENTED_DAMAGED,
	        [TOKEN_CHECKSUM] = PRESENTED_DAMAGED, [TOKEN_ENCODED] = PRESENTED_ENCODED,
	        [TOKEN_WRAPPED] = PRESENTED_WRAPPED,  [TOKEN_FOREIGN] = PRESENTED_FOREIGN,
	};

	policy_token_look(p->secret.bytes, p->secret.len, &p->look);
	p->form = by_shape[p->look.shape];
	/* a one-time link opens a page, whatever became of it on its way here */
	if (p->look.kind == CREDENTIAL_LINK)
		p->form = PRESENTED_FOREIGN;
}

static void unreadable(struct gate_presented *p, const char *fault)
{
	secret_clear(&p->secret);
	p->form = PRESENTED_UNREADABLE;
	p->fault = fault;
}

/* Ours, however damaged: then it must never be shown as a name. */
static bool token_like(const char *text, size_t len)
{
	struct token_look look;

	policy_token_look(text, len, &look);
	return look.shape != TOKEN_FOREIGN && look.shape != TOKEN_EMPTY;
}

static bool same_word(const char *text, size_t len, const char *word)
{
	return len == strlen(word) && !memcmp(text, word, len);
}

/* name:password, decoded, of which the first colon parts the two. */
static void take_pair(struct gate_presented *p, const char *pair, size_t len)
{
	const char *colon = memchr(pair, ':', len);
	if (!colon) {
		unreadable(p, "there is no colon between user name and password in it");
		return;
	}
	size_t name_len = (size_t)(colon - pair), word_len = len - name_len - 1;
	const char *word = colon + 1;
	/* JGit's HTTP library sends this word where an address has a name alone */
	if (same_word(word, word_len, "null"))
		word_len = 0;
	bool name_is_token = token_like(pair, name_len);

	if (name_is_token && (word_len == 0 || same_word(word, word_len, "x-oauth-basic"))) {
		p->as_name = true;
		(void)secret_set(&p->secret, pair, name_len);
		take_look(p);
		return;
	}
	if (word_len == 0) /* a name on its way to a prompt, or http.emptyAuth */
		return;
	if (!name_is_token && name_len < sizeof(p->hint)) {
		memcpy(p->hint, pair, name_len);
		p->hint[name_len] = '\0';
	}
	(void)secret_set(&p->secret, word, word_len);
	take_look(p);
}

/* base64, with its padding or without. False: it is none, or too long. */
static bool decode(const char *text, size_t len, char out[SECRET_MAX], size_t *out_len)
{
	static const int variants[] = {sodium_base64_VARIANT_ORIGINAL,
	                               sodium_base64_VARIANT_ORIGINAL_NO_PADDING};
	const char *end;

	for (size_t i = 0; i < sizeof(variants) / sizeof(*variants); i++)
		if (!sodium_base642bin((unsigned char *)out, SECRET_MAX, text, len, NULL, out_len,
		                       &end, variants[i]) &&
		    end == text + len)
			return true;
	return false;
}

static bool holds_any(const char *text, size_t len, const char *chars)
{
	for (; *chars; chars++)
		if (memchr(text, *chars, len))
			return true;
	return false;
}

/* What follows Basic and is no base64. */
static const char *basic_fault(const char *text, size_t len)
{
	if (len == 0)
		return "nothing follows Basic";
	if (len / 4 * 3 > SECRET_MAX)
		return "it is far longer than any token";
	if (token_like(text, len))
		return "a token follows Basic as it is; that is the form for Bearer";
	if (memchr(text, ':', len))
		return "NAME:TOKEN follows Basic as it is, without base64";
	if (holds_any(text, len, " \t\r\n"))
		return "its base64 is broken into lines, as base64 does after 76 characters";
	if (holds_any(text, len, "-_"))
		return "what follows Basic is base64 for web addresses (with - and _ for + and /)";
	return "what follows Basic is not base64";
}

static void take_basic(struct gate_presented *p, const char *text, size_t len)
{
	char pair[SECRET_MAX];
	size_t pair_len;

	if (len && decode(text, len, pair, &pair_len))
		take_pair(p, pair, pair_len);
	else
		unreadable(p, basic_fault(text, len));
	secret_wipe(pair, sizeof(pair));
}

/* Is it NAME:TOKEN in base64, as Basic would have it? */
static bool is_coded_pair(const char *text, size_t len)
{
	char pair[SECRET_MAX];
	size_t pair_len;
	const char *colon;
	bool is = len && decode(text, len, pair, &pair_len) &&
	          (colon = memchr(pair, ':', pair_len)) &&
	          token_like(colon + 1, (size_t)(pair + pair_len - colon) - 1);

	secret_wipe(pair, sizeof(pair));
	return is;
}

static void take_bearer(struct gate_presented *p, const char *text, size_t len)
{
	p->bearer = true;
	if (secret_set(&p->secret, text, len))
		unreadable(p, "it is far longer than any token");
	else
		take_look(p);
	if (p->form == PRESENTED_NOTHING)
		unreadable(p, "nothing follows Bearer");
	else if (p->form == PRESENTED_FOREIGN && is_coded_pair(text, len))
		unreadable(p, "base64 of NAME:TOKEN follows Bearer; that is the form for Basic");
}

static const struct {
	const char *word;
	void (*take)(struct gate_presented *, const char *, size_t);
} schemes[] = {
        {"basic", take_basic},
        {"bearer", take_bearer},
        {"token", take_bearer}, /* a habit from another host, meant just so */
};

#define SCHEMES (sizeof(schemes) / sizeof(*schemes))

/* Which scheme a header begins with (SCHEMES: none), and where its rest lies. */
static size_t scheme_of(const char *value, const char **rest)
{
	size_t i = 0;

	value += strspn(value, " \t");
	size_t word = strcspn(value, " \t");
	while (i < SCHEMES &&
	       (strlen(schemes[i].word) != word || strncasecmp(value, schemes[i].word, word) != 0))
		i++;
	*rest = value + word + strspn(value + word, " \t");
	return i;
}

static void take_header(struct gate_presented *p, const char *value)
{
	const char *rest;
	size_t scheme = scheme_of(value, &rest), len = strlen(rest);

	while (len && strchr(" \t\r\n", rest[len - 1]))
		len--;
	if (scheme < SCHEMES)
		schemes[scheme].take(p, rest, len);
	else
		unreadable(p, token_like(value, strlen(value))
		                      ? "the token stands there alone, without the word Bearer"
		                      : "it begins with neither Basic nor Bearer");
}

/* Of which kinds two headers are; "token" is a spelling of Bearer. */
static const char *kinds_of(const char *first, const char *second)
{
	static const char *const words[3][3] = {
	        {"both Basic", "the first Basic, the second Bearer",
	         "the first Basic, the second neither Basic nor Bearer"},
	        {"the first Bearer, the second Basic", "both Bearer",
	         "the first Bearer, the second neither Basic nor Bearer"},
	        {"the first neither Basic nor Bearer, the second Basic",
	         "the first neither Basic nor Bearer, the second Bearer",
	         "both neither Basic nor Bearer"},
	};
	static const unsigned char kind[SCHEMES + 1] = {0, 1, 1, 2};
	const char *rest;

	return words[kind[scheme_of(first, &rest)]][kind[scheme_of(second, &rest)]];
}

void gate_present(struct gate_presented *p, const char *const *headers, size_t count)
{
	memset(p, 0, sizeof(*p));
	p->form = PRESENTED_NOTHING;
	if (count > 1) {
		p->form = PRESENTED_TWICE;
		p->fault = kinds_of(headers[0], headers[1]);
	} else if (count == 1) {
		take_header(p, headers[0]);
	}
}

void gate_present_clear(struct gate_presented *p)
{
	secret_clear(&p->secret);
	memset(p->hint, 0, sizeof(p->hint));
}
