/* ASCII by hand: ctype.h asks the locale, which a pure room may not. */
#ifndef GATEHOUSE_POLICY_CHARS_H
#define GATEHOUSE_POLICY_CHARS_H

#include <stdbool.h>
#include <stddef.h>

static inline bool chars_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline char chars_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static inline bool chars_alnum(char c)
{
	char l = chars_lower(c);

	return chars_digit(c) || (l >= 'a' && l <= 'z');
}

static inline bool chars_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The value of a hexadecimal digit, or -1. */
static inline int chars_hex(char c)
{
	char l = chars_lower(c);

	if (chars_digit(c))
		return c - '0';
	return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/* Does text[0..len) equal the lower-case word, without regard to case? */
static inline bool chars_is_word(const char *text, size_t len, const char *word)
{
	size_t i;

	for (i = 0; i < len && word[i]; i++)
		if (chars_lower(text[i]) != word[i])
			return false;
	return i == len && !word[i];
}

#endif
