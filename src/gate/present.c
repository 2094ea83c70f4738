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

static void take_basic(struct gate_presented *p, const char *text, size_t len)
{
	char pair[SECRET_MAX];
	size_t pair_len;
	const char *end;

	if (sodium_base642bin((unsigned char *)pair, sizeof(pair), text, len, NULL, &pair_len, &end,
	                      sodium_base64_VARIANT_ORIGINAL) &&
	    sodium_base642bin((unsigned char *)pair, sizeof(pair), text, len, NULL, &pair_len, &end,
	                      sodium_base64_VARIANT_ORIGINAL_NO_PADDING)) {
		unreadable(p, "what follows Basic is not base64 on one line");
	} else if (end != text + len) {
		unreadable(p, "what follows Basic is not base64 on one line (was it wrapped, "
		              "or pasted without encoding?)");
	} else {
		take_pair(p, pair, pair_len);
	}
	secret_wipe(pair, sizeof(pair));
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
}

static const struct {
	const char *word;
	void (*take)(struct gate_presented *, const char *, size_t);
} schemes[] = {
        {"basic", take_basic},
        {"bearer", take_bearer},
        {"token", take_bearer}, /* a habit from another host, meant just so */
};

static void take_header(struct gate_presented *p, const char *value)
{
	value += strspn(value, " \t");
	size_t word = strcspn(value, " \t");
	const char *rest = value + word + strspn(value + word, " \t");
	size_t len = strlen(rest);

	while (len && strchr(" \t\r\n", rest[len - 1]))
		len--;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		if (strlen(schemes[i].word) == word && !strncasecmp(value, schemes[i].word, word)) {
			schemes[i].take(p, rest, len);
			return;
		}
	}
	unreadable(p, "it begins with neither Basic nor Bearer");
}

void gate_present(struct gate_presented *p, const char *const *headers, size_t count)
{
	memset(p, 0, sizeof(*p));
	p->form = PRESENTED_NOTHING;
	if (count > 1) {
		p->form = PRESENTED_TWICE;
		p->fault = "two Authorization headers arrived";
	} else if (count == 1) {
		take_header(p, headers[0]);
	}
}

void gate_present_clear(struct gate_presented *p)
{
	secret_clear(&p->secret);
	memset(p->hint, 0, sizeof(p->hint));
}
