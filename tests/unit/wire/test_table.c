#include "wire/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define MANY 3000

static void count(struct table_node *node, void *arg)
{
	size_t *sum = arg;

	*sum += (size_t)node->key;
}

static void finds_what_is_in_it(void **state)
{
	static struct table t;
	static struct table_node nodes[MANY];
	size_t sum = 0;

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		nodes[i].key = i + 1;
		table_add(&t, &nodes[i]);
	}
	assert_int_equal(t.count, MANY);
	for (size_t i = 0; i < MANY; i += 2)
		table_remove(&t, &nodes[i]);
	for (size_t i = 0; i < MANY; i++)
		assert_ptr_equal(table_find(&t, i + 1), i % 2 == 0 ? NULL : &nodes[i]);
	table_each(&t, count, &sum);
	assert_int_equal(sum, (size_t)MANY / 2 * (MANY / 2 + 1));
	assert_null(table_find(&t, 0));
}

static void forgives_a_second_removal(void **state)
{
	static struct table t;
	struct table_node one = {.key = 7}, other = {.key = 7 + TABLE_SLOTS};

	(void)state;
	table_add(&t, &one);
	table_remove(&t, &other);
	table_remove(&t, &one);
	table_remove(&t, &one);
	assert_int_equal(t.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        {"a table finds exactly what is in it", finds_what_is_in_it, NULL, NULL, NULL},
	        {"removing what is not there does nothing", forgives_a_second_removal, NULL, NULL,
	         NULL},
	};

	return cmocka_run_group_tests_name("wire/table", tests, NULL, NULL);
}
