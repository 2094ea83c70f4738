#include "base/safe_int.h"

#include "unit.h"

#include <string.h>

/* The step for a whole string; never more than its length. */
static size_t step(const char *text)
{
	return safe_step(text, strlen(text));
}

static void test_ascii(void **state)
{
	(void)state;
	for (int c = 1; c < 256; c++) {
		char text[2] = {(char)c, '\0'};

		assert_int_equal(step(text), c >= 0x20 && c < 0x7f ? 1 : 0);
	}
	assert_int_equal(safe_step("\0", 1), 0);
}

static void test_valid(void **state)
{
	(void)state;
	assert_int_equal(step("\xc2\xa0"), 2);         /* U+00A0, the first after C1 */
	assert_int_equal(step("\xc3\xa9"), 2);         /* é */
	assert_int_equal(step("\xe2\x82\xac"), 3);     /* euro sign */
	assert_int_equal(step("\xed\x9f\xbf"), 3);     /* U+D7FF, the last before surrogates */
	assert_int_equal(step("\xee\x80\x80"), 3);     /* U+E000, the first behind them */
	assert_int_equal(step("\xf0\x9f\x90\x99"), 4); /* octopus */
	assert_int_equal(step("\xf4\x8f\xbf\xbd"), 4); /* U+10FFFD */
}

static void test_invalid(void **state)
{
	static const char *const bad[] = {
	        "\x80",             /* no lead byte */
	        "\xc3",             /* cut off */
	        "\xe2\x82",         /* cut off */
	        "\xf0\x9f\x90",     /* cut off */
	        "\xc3(",            /* wrong second byte */
	        "\xe2\x82(",        /* wrong third byte */
	        "\xc0\xaf",         /* overlong slash */
	        "\xc1\xbf",         /* overlong */
	        "\xe0\x80\xaf",     /* overlong slash */
	        "\xf0\x80\x80\xaf", /* overlong slash */
	        "\xed\xa0\x80",     /* surrogate */
	        "\xed\xbf\xbf",     /* surrogate */
	        "\xf4\x90\x80\x80", /* above U+10FFFF */
	        "\xf5\x80\x80\x80", /* no lead byte */
	        "\xff",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(step(bad[i]), 0);
}

static void test_hidden(void **state)
{
	static const char *const bad[] = {
	        "\xc2\x80",         /* C1, first */
	        "\xc2\x9b",         /* C1: begins a terminal sequence */
	        "\xc2\x9f",         /* C1, last */
	        "\xd8\x9c",         /* Arabic letter mark */
	        "\xe2\x80\x8b",     /* zero width space */
	        "\xe2\x80\x8f",     /* right to left mark */
	        "\xe2\x80\xa8",     /* line separator */
	        "\xe2\x80\xaa",     /* bidi embedding */
	        "\xe2\x80\xae",     /* bidi override */
	        "\xe2\x81\xa6",     /* bidi isolate */
	        "\xe2\x81\xa9",     /* end of isolate */
	        "\xef\xbb\xbf",     /* byte order mark */
	        "\xef\xbf\xbe",     /* U+FFFE */
	        "\xf3\xa0\x81\x81", /* tag letter */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(step(bad[i]), 0);
}

static void test_escape(void **state)
{
	char out[4];

	(void)state;
	safe_escape('\033', out);
	assert_memory_equal(out, "\\x1b", 4);
	safe_escape((char)0xfe, out);
	assert_memory_equal(out, "\\xfe", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST("of single bytes only printable ASCII is safe", test_ascii),
	        TEST("valid UTF-8 is taken whole", test_valid),
	        TEST("invalid UTF-8 is never safe", test_invalid),
	        TEST("characters that hide or reorder text are not safe", test_hidden),
	        TEST("a byte is shown as two hex digits", test_escape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
