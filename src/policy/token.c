#include "policy/token.h"
#include "base/err.h"
#include "policy/chars.h"
#include "policy/foreign.h"

#include <string.h>

#define PREFIX_LEN 5
#define BODY_LEN 43
#define CHECKED_LEN (PREFIX_LEN + BODY_LEN) /* what the checksum covers */

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static const struct {
	const char *prefix, *name;
} kinds[] = {
        [CREDENTIAL_API_TOKEN] = {"gthu_", "API token"},
        [CREDENTIAL_REPOSITORY_TOKEN] = {"gthr_", "access token of a repository"},
        [CREDENTIAL_PROJECT_TOKEN] = {"gthp_", "access token of a project"},
        [CREDENTIAL_WORKSPACE_TOKEN] = {"gthw_", "access token of a workspace"},
        [CREDENTIAL_APP_PASSWORD] = {"gtha_", "app password"},
        [CREDENTIAL_OAUTH_ACCESS] = {"gtho_", "OAuth access token"},
        [CREDENTIAL_OAUTH_REFRESH] = {"gthf_", "OAuth refresh token"},
        [CREDENTIAL_USER_KEY] = {NULL, "SSH key"},
        [CREDENTIAL_ACCESS_KEY] = {NULL, "access key"},
        [CREDENTIAL_LINK] = {"gthi_", "one-time link"},
        [CREDENTIAL_CERTIFICATE] = {NULL, "SSH certificate"},
};
#define KINDS (sizeof kinds / sizeof *kinds)

const char *policy_credential_kind_name(enum credential_kind kind)
{
	return (size_t)kind < KINDS && kinds[kind].name ? kinds[kind].name : "credential";
}

const char *policy_token_prefix(enum credential_kind kind)
{
	return (size_t)kind < KINDS ? kinds[kind].prefix : NULL;
}

/* CRC-32 as in zlib and PNG, bit by bit: 48 bytes are no work. */
static uint32_t checksum(const char *text, size_t len)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < len; i++) {
		crc ^= (unsigned char)text[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xEDB88320) : 0);
	}
	return ~crc;
}

static void put_checksum(char out[TOKEN_LEN - CHECKED_LEN], uint32_t crc)
{
	for (int i = TOKEN_LEN - CHECKED_LEN; i-- > 0; crc /= 62)
		out[i] = digits[crc % 62];
}

/* Divides the big-endian number by 62; returns what is left over. */
static unsigned divide(uint8_t number[TOKEN_RANDOM])
{
	unsigned rest = 0;

	for (int i = 0; i < TOKEN_RANDOM; i++) {
		rest = rest << 8 | number[i];
		number[i] = (uint8_t)(rest / 62);
		rest %= 62;
	}
	return rest;
}

int policy_token_write(enum credential_kind kind, const uint8_t random[TOKEN_RANDOM], char *out)
{
	const char *prefix = policy_token_prefix(kind);
	uint8_t number[TOKEN_RANDOM];

	if (!prefix)
		return ERR_INVALID;
	/* The divisions leave nothing of the secret behind: 62^43 > 2^256, so
	 * the number ends as 0. */
	memcpy(number, random, sizeof number);
	memcpy(out, prefix, PREFIX_LEN);
	for (int i = CHECKED_LEN; i-- > PREFIX_LEN;)
		out[i] = digits[divide(number)];
	put_checksum(out + CHECKED_LEN, checksum(out, CHECKED_LEN));
	out[TOKEN_LEN] = 0;
	return 0;
}

/* The kind whose prefix stands at the start of text, or 0. */
static enum credential_kind kind_at(const char *text, size_t len)
{
	if (len < PREFIX_LEN || memcmp(text, "gth", 3) != 0)
		return 0;
	for (size_t k = 1; k < KINDS; k++)
		if (kinds[k].prefix && memcmp(text, kinds[k].prefix, PREFIX_LEN) == 0)
			return (enum credential_kind)k;
	return 0;
}

/* Do the first 54 characters make a token? */
static bool whole_at(const char *text, size_t len)
{
	char sum[TOKEN_LEN - CHECKED_LEN];

	if (len < TOKEN_LEN || !kind_at(text, len))
		return false;
	for (size_t i = PREFIX_LEN; i < TOKEN_LEN; i++)
		if (!chars_alnum(text[i]))
			return false;
	put_checksum(sum, checksum(text, CHECKED_LEN));
	return memcmp(sum, text + CHECKED_LEN, sizeof sum) == 0;
}

/* White space that a copy from a page or a file brings along: ASCII's, the
 * no-break space, the zero-width space, the byte order mark. */
static const char *const spaces[] = {"\xC2\xA0", "\xE2\x80\x8B", "\xEF\xBB\xBF"};

static size_t space_before(const char *text, size_t len)
{
	if (len && chars_space(text[0]))
		return 1;
	for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
		size_t n = strlen(spaces[i]);

		if (len >= n && memcmp(text, spaces[i], n) == 0)
			return n;
	}
	return 0;
}

static size_t space_behind(const char *text, size_t len)
{
	if (len && chars_space(text[len - 1]))
		return 1;
	for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
		size_t n = strlen(spaces[i]);

		if (len >= n && memcmp(text + len - n, spaces[i], n) == 0)
			return n;
	}
	return 0;
}

/* A percent sign with two hexadecimal digits behind it. */
static bool escape_at(const char *text, size_t len)
{
	return len >= 3 && text[0] == '%' && chars_hex(text[1]) >= 0 && chars_hex(text[2]) >= 0;
}

/* Takes one layer of percent-encoding off in place; returns the new length. */
static size_t decode(char *text, size_t len)
{
	size_t to = 0;

	for (size_t from = 0; from < len; to++) {
		if (escape_at(text + from, len - from)) {
			text[to] =
			        (char)(chars_hex(text[from + 1]) * 16 + chars_hex(text[from + 2]));
			from += 3;
		} else {
			text[to] = text[from++];
		}
	}
	return to;
}

/* The kind of the first prefix of ours anywhere in the text, or 0. */
static enum credential_kind kind_inside(const char *text, size_t len, size_t *at)
{
	for (size_t i = 0; i + PREFIX_LEN <= len; i++) {
		enum credential_kind kind = kind_at(text + i, len - i);

		/* inside a word it is chance, unless a whole token follows */
		if (kind && (i == 0 || !chars_alnum(text[i - 1]) || whole_at(text + i, len - i))) {
			*at = i;
			return kind;
		}
	}
	return 0;
}

/* Is it ours once percent-encoding is taken off, up to three layers? */
static enum credential_kind kind_encoded(const char *text, size_t len)
{
	char work[512];
	enum credential_kind kind = 0;
	size_t at, shorter;

	if (len > sizeof work)
		len = sizeof work;
	memcpy(work, text, len);
	for (int layer = 0; layer < 3 && !kind; layer++) {
		shorter = decode(work, len);
		if (shorter == len)
			break;
		len = shorter;
		kind = kind_inside(work, len, &at);
	}
	memset(work, 0, sizeof work);
	__asm__ __volatile__("" : : "r"(work) : "memory"); /* keeps the wiping */
	return kind;
}

/* Ends of what stands before a token, or beginnings of what stands behind it.
 * Longest first where one contains another. */
static const struct {
	const char *mark, *words;
} marks[] = {
        {"bearer", "the word Bearer"},
        {"basic", "the word Basic"},
        {"token", "the word token"},
        {"\"", "quotation marks"},
        {"'", "quotation marks"},
        {"\xE2\x80\x9C", "quotation marks"},
        {"\xE2\x80\x9D", "quotation marks"},
        {"\xE2\x80\x98", "quotation marks"},
        {"\xE2\x80\x99", "quotation marks"},
        {"\xC2\xAB", "quotation marks"},
        {"\xC2\xBB", "quotation marks"},
        {"`", "back quotes"},
        {"<", "angle brackets"},
        {">", "angle brackets"},
        {"(", "parentheses"},
        {")", "parentheses"},
        {"[", "square brackets"},
        {"]", "square brackets"},
        {"{", "curly brackets"},
        {"}", "curly brackets"},
        {":", "a name and a colon"},
        {"=", "an assignment"},
        {"@", "a web address"},
};
#define MARKS (sizeof marks / sizeof *marks)

static bool holds(const char *text, size_t len, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= len; i++)
		if (chars_is_word(text + i, n, word))
			return true;
	return false;
}

static const char *words_before(const char *head, size_t len)
{
	size_t n;

	if (holds(head, len, "authorization"))
		return "a header line";
	if (holds(head, len, "://"))
		return "a web address";
	while ((n = space_behind(head, len)) > 0)
		len -= n;
	for (size_t i = 0; i < MARKS; i++) {
		n = strlen(marks[i].mark);
		if (len >= n && chars_is_word(head + len - n, n, marks[i].mark))
			return marks[i].words;
	}
	return "other text";
}

static const char *words_behind(const char *tail, size_t len)
{
	for (size_t i = 0; i < MARKS; i++) {
		size_t n = strlen(marks[i].mark);

		if (len >= n && chars_is_word(tail, n, marks[i].mark))
			return marks[i].words;
	}
	return "other text";
}

static void wrapped(struct token_look *out, const char *words)
{
	out->shape = TOKEN_WRAPPED;
	memcpy(out->around, words, strlen(words) + 1);
}

/* The text begins with a prefix of ours. */
static void look_ours(const char *text, size_t len, struct token_look *out)
{
	bool whole = whole_at(text, len);

	for (size_t i = 0; i < len; i++)
		if (escape_at(text + i, len - i)) {
			out->shape = TOKEN_ENCODED;
			return;
		}
	if (whole && len == TOKEN_LEN) {
		out->shape = TOKEN_GOOD;
		out->start = text;
	} else if (whole && !chars_alnum(text[TOKEN_LEN])) {
		wrapped(out, words_behind(text + TOKEN_LEN, len - TOKEN_LEN));
	} else {
		out->shape = len < TOKEN_LEN   ? TOKEN_SHORT
		             : len > TOKEN_LEN ? TOKEN_LONG
		                               : TOKEN_CHECKSUM;
	}
}

void policy_token_look(const char *text, size_t len, struct token_look *out)
{
	size_t n, at = 0;

	memset(out, 0, sizeof *out);
	while ((n = space_before(text, len)) > 0) {
		text += n;
		len -= n;
	}
	while ((n = space_behind(text, len)) > 0)
		len -= n;
	out->seen = len;
	if (len == 0) {
		out->shape = TOKEN_EMPTY;
		return;
	}
	out->kind = kind_inside(text, len, &at);
	if (out->kind && at == 0) {
		look_ours(text, len, out);
	} else if (out->kind) {
		wrapped(out, words_before(text, at));
	} else if ((out->kind = kind_encoded(text, len)) != 0) {
		out->shape = TOKEN_ENCODED;
	} else {
		out->shape = TOKEN_FOREIGN;
		out->foreign = policy_foreign_find(text, len);
	}
}
