#include "wire/ssh/known.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static struct known known;

static void what_became_of_a_key_is_kept(void **state)
{
	(void)state;
	assert_int_equal(known_find(&known, "ED25519 SHA256:a"), KNOWN_NOTHING);
	known_note(&known, "ED25519 SHA256:a", KNOWN_GAVE_UP);
	assert_int_equal(known_find(&known, "ED25519 SHA256:a"), KNOWN_GAVE_UP);
	assert_int_equal(known_find(&known, "ED25519 SHA256:b"), KNOWN_NOTHING);
	known_note(&known, "ED25519 SHA256:a", KNOWN_WENT_ON);
	assert_int_equal(known_find(&known, "ED25519 SHA256:a"), KNOWN_WENT_ON);
}

static void many_take_each_others_place(void **state)
{
	char name[32];
	unsigned kept = 0;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "RSA SHA256:%d", i);
		known_note(&known, name, KNOWN_WENT_ON);
		assert_int_equal(known_find(&known, name), KNOWN_WENT_ON);
	}
	for (int i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "RSA SHA256:%d", i);
		kept += known_find(&known, name) == KNOWN_WENT_ON;
	}
	assert_true(kept > KNOWN_KEYS / 2 && kept <= KNOWN_KEYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        {"what became of a key is kept in mind", what_became_of_a_key_is_kept, NULL, NULL,
	         NULL},
	        {"many keys take each other's place", many_take_each_others_place, NULL, NULL,
	         NULL},
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
