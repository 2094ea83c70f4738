#include "base/buf.h"

#include "base/err.h"
#include "unit.h"

#include <stdint.h>
#include <string.h>

static void test_empty(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_string_equal(buf_str(&b), "");
	assert_null(b.data);
	assert_int_equal(buf_add(&b, NULL, 0), 0);
	buf_drop(&b, 0);
	assert_string_equal(buf_str(&b), "");
	buf_clear(&b);
	assert_int_equal(b.limit, 10);
}

static void test_adds(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100000);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(buf_addf(&b, "%d", i % 10), 0);
		assert_int_equal(buf_add_char(&b, '-'), 0);
		assert_int_equal(buf_add_str(&b, "ab"), 0);
		assert_int_equal(b.data[b.len], '\0');
		assert_true(b.len < b.cap);
	}
	assert_int_equal(b.len, 4000);
	assert_memory_equal(b.data + 3996, "9-ab", 5);
	buf_clear(&b);
}

static void test_limit(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	assert_int_equal(buf_add_str(&b, "abcd"), 0);
	assert_int_equal(buf_add_char(&b, 'e'), ERR_LIMIT);
	assert_string_equal(buf_str(&b), "abcd");
	buf_drop(&b, 3);
	assert_int_equal(buf_add_char(&b, 'e'), ERR_LIMIT);
	assert_int_equal(buf_addf(&b, "%s", ""), ERR_LIMIT);
	assert_int_equal(buf_reserve(&b, 0), ERR_LIMIT);
	assert_int_equal(b.failed, ERR_LIMIT);
	buf_reset(&b);
	assert_int_equal(b.failed, 0);
	assert_string_equal(buf_str(&b), "");
	assert_int_equal(buf_addf(&b, "%d", 12345), ERR_LIMIT);
	assert_string_equal(buf_str(&b), "");
	buf_clear(&b);
	assert_int_equal(b.failed, 0);
	assert_int_equal(buf_add_str(&b, "four"), 0);
	buf_clear(&b);
}

static void test_huge(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	assert_int_equal(buf_add_char(&b, 'x'), 0);
	assert_int_equal(buf_reserve(&b, SIZE_MAX - 1), ERR_LIMIT);
	buf_clear(&b);
}

static void test_reserve(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(buf_reserve(&b, 1000), 0);
	memset(b.data + b.len, 'y', 1000);
	b.len += 1000;
	b.data[b.len] = '\0';
	assert_int_equal(strlen(buf_str(&b)), 1000);
	buf_clear(&b);
}

static void test_drop(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	buf_add_str(&b, "hello world");
	buf_drop(&b, 6);
	assert_string_equal(buf_str(&b), "world");
	buf_drop(&b, 5);
	assert_string_equal(buf_str(&b), "");
	buf_clear(&b);
}

static void test_safe(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(buf_add_safe(&b, "a\033[31m\n\0\x7fz", 9), 0);
	assert_string_equal(buf_str(&b), "a\\x1b[31m\\x0a\\x00\\x7f");
	buf_reset(&b);
	buf_add_safe(&b, "Zo\xc3\xab \xc2\x9b \xe2\x80\xae \xff", 13);
	assert_string_equal(buf_str(&b), "Zo\xc3\xab \\xc2\\x9b \\xe2\\x80\\xae \\xff");
	buf_clear(&b);
}

static void test_safe_whole(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	buf_add_str(&b, "12");
	assert_int_equal(buf_add_safe(&b, "ab\001\002", 4), ERR_LIMIT);
	assert_string_equal(buf_str(&b), "12");
	assert_int_equal(b.len, 2);
	buf_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST("an empty buffer reads as an empty string", test_empty),
	        TEST("many small adds keep the NUL behind the content", test_adds),
	        TEST("the limit is never passed and the failure sticks", test_limit),
	        TEST("a length near the address space is refused", test_huge),
	        TEST("reserved room may be written to its end", test_reserve),
	        TEST("dropped bytes leave from the front", test_drop),
	        TEST("a peer's text is added with its dangers shown as numbers", test_safe),
	        TEST("text that does not fit safely is not added in part", test_safe_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
