#include "wire/collect.h"

#include "pack.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#define BIG 1000000

static char big[BIG], packed[BIG];

static void collects_and_seals(void **state)
{
	struct budget b = {.limit = 100};
	struct collect c;
	char text[16];
	int fd;

	(void)state;
	assert_true(collect_open(&c, &b, 10, 10, CODING_NONE));
	assert_int_equal(collect_add(&c, "hello ", 6), COLLECT_OK);
	assert_int_equal(collect_add(&c, "you!", 4), COLLECT_OK);
	assert_int_equal(collect_end(&c), COLLECT_OK);
	fd = collect_take(&c);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, text, sizeof(text)), 10);
	assert_memory_equal(text, "hello you!", 10);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(fcntl(fd, F_GET_SEALS) & F_SEAL_SEAL, F_SEAL_SEAL);
	close(fd);
	assert_int_equal(b.used, 10);
	collect_close(&c);
	assert_int_equal(b.used, 0);
}

static void stops_at_the_limit(void **state)
{
	struct budget b = {.limit = BIG};
	struct collect c;
	char text[16];
	int fd;

	(void)state;
	assert_true(collect_open(&c, &b, 4, 0, CODING_NONE));
	assert_int_equal(collect_add(&c, "abc", 3), COLLECT_OK);
	assert_int_equal(collect_add(&c, "def", 3), COLLECT_OVER);
	fd = collect_take(&c);
	assert_int_equal(read(fd, text, sizeof(text)), 4);
	assert_memory_equal(text, "abcd", 4);
	close(fd);
	collect_close(&c);
}

static void bounds_a_bomb(void **state)
{
	struct budget b = {.limit = 10 * BIG};
	struct collect c;
	size_t len;

	(void)state;
	memset(big, 0, sizeof(big));
	len = pack(big, sizeof(big), PACK_GZIP, packed, sizeof(packed));
	assert_true(len < 2000);
	assert_true(collect_open(&c, &b, BIG - 1, 0, CODING_ZLIB));
	assert_int_equal(collect_add(&c, packed, len), COLLECT_OVER);
	assert_int_equal(c.len, BIG - 1);
	collect_close(&c);
	assert_true(collect_open(&c, &b, BIG, 0, CODING_ZLIB));
	assert_int_equal(collect_add(&c, packed, len - 1), COLLECT_OK);
	assert_int_equal(collect_end(&c), COLLECT_BROKEN);
	assert_int_equal(collect_add(&c, packed + len - 1, 1), COLLECT_OK);
	assert_int_equal(collect_end(&c), COLLECT_OK);
	assert_int_equal(c.len, BIG);
	collect_close(&c);
	b.limit = BIG / 2;
	assert_true(collect_open(&c, &b, BIG, 0, CODING_ZLIB));
	assert_int_equal(collect_add(&c, packed, len), COLLECT_MEMORY);
	collect_close(&c);
	assert_int_equal(b.used, 0);
}

static void shares_a_budget(void **state)
{
	struct budget b = {.limit = 150000};
	struct collect one, two, three;

	(void)state;
	assert_true(collect_open(&one, &b, BIG, 0, CODING_NONE));
	assert_true(collect_open(&two, &b, BIG, 0, CODING_NONE));
	assert_int_equal(collect_add(&one, big, 65536), COLLECT_OK);
	assert_int_equal(collect_add(&two, big, 65536), COLLECT_OK);
	assert_int_equal(collect_add(&two, big, 1), COLLECT_MEMORY);
	assert_false(collect_open(&three, &b, BIG, 30000, CODING_NONE));
	collect_close(&three);
	collect_close(&one);
	assert_true(collect_open(&three, &b, BIG, 30000, CODING_NONE));
	collect_close(&two);
	collect_close(&three);
	assert_int_equal(b.used, 0);
	assert_false(budget_take(&b, 150001));
	assert_false(budget_take(&b, SIZE_MAX));
	assert_int_equal(b.used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        {"a collected body comes back whole, at its start, and sealed", collects_and_seals,
	         NULL, NULL, NULL},
	        {"the file holds the first bytes of a body that is too long", stops_at_the_limit,
	         NULL, NULL, NULL},
	        {"a small body that unpacks to a large one is bounded", bounds_a_bomb, NULL, NULL,
	         NULL},
	        {"all bodies together stay within one budget, and give it back", shares_a_budget,
	         NULL, NULL, NULL},
	};

	return cmocka_run_group_tests_name("wire/collect", tests, NULL, NULL);
}
