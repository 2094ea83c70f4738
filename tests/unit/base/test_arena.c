#include "base/arena.h"

#include "base/err.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_alloc(void **state)
{
	static const size_t sizes[] = {0, 1, 15, 16, 17, 1000, 3000, 5000, 1, 4000, 100000, 3};
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
			char *p = arena_alloc(&a, sizes[i]);

			if (p == NULL) /* the limit, later on */
				continue;
			assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
			for (size_t k = 0; k < sizes[i]; k++)
				assert_int_equal(p[k], 0);
			memset(p, 0xee, sizes[i]);
		}
	}
	assert_true(a.used <= a.limit);
	arena_reset(&a);
	assert_int_equal(a.used, 0);
}

static void test_limit(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 160);
	for (int i = 0; i < 10; i++)
		assert_non_null(arena_alloc(&a, 16));
	assert_null(arena_alloc(&a, 1));
	assert_null(arena_strdup(&a, "x"));
	assert_null(arena_printf(&a, "%d", 1));
	arena_reset(&a);
	assert_non_null(arena_alloc(&a, 160));
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_memdup(&a, "", SIZE_MAX));
	arena_reset(&a);
}

static void test_copies(void **state)
{
	struct arena a;
	char *p;

	(void)state;
	arena_init(&a, 10000);
	assert_string_equal(arena_strdup(&a, "hello"), "hello");
	assert_string_equal(arena_strdup(&a, ""), "");
	assert_string_equal(arena_printf(&a, "%s-%d", "a", 7), "a-7");
	p = arena_memdup(&a, "a\0b", 3);
	assert_memory_equal(p, "a\0b", 4);
	assert_string_equal(arena_memdup(&a, NULL, 0), "");
	arena_reset(&a);
}

static char order[8];
static size_t ordered;

static void note(void *arg)
{
	order[ordered++] = *(char *)arg;
}

static void test_newest_first(void **state)
{
	struct arena a;

	(void)state;
	ordered = 0;
	memset(order, 0, sizeof(order));
	arena_init(&a, 100);
	/* The arguments lie in the arena: they must still be there. */
	assert_int_equal(arena_defer(&a, note, arena_strdup(&a, "a")), 0);
	assert_int_equal(arena_defer(&a, note, arena_strdup(&a, "b")), 0);
	assert_int_equal(arena_defer(&a, note, arena_strdup(&a, "c")), 0);
	arena_reset(&a);
	assert_string_equal(order, "cba");
	arena_reset(&a);
	assert_string_equal(order, "cba");
}

static void tie_another(void *arg)
{
	static char z = 'z';

	arena_defer(arg, note, &z);
}

static void test_deed_ties(void **state)
{
	struct arena a;

	(void)state;
	ordered = 0;
	memset(order, 0, sizeof(order));
	arena_init(&a, 0);
	assert_int_equal(arena_defer(&a, tie_another, &a), 0);
	arena_reset(&a);
	assert_string_equal(order, "z");
}

static void test_close(void **state)
{
	struct arena a;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	arena_init(&a, 0);
	assert_int_equal(arena_defer_close(&a, fd), 0);
	assert_true(fcntl(fd, F_GETFD) >= 0);
	arena_reset(&a);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(errno, EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST("memory is zeroed, aligned and its own", test_alloc),
	        TEST("the limit holds and a reset gives it back", test_limit),
	        TEST("copies end with NUL", test_copies),
	        TEST("deeds run once, newest first, before the memory goes", test_newest_first),
	        TEST("a deed may tie another deed", test_deed_ties),
	        TEST("a descriptor is closed at the reset", test_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
