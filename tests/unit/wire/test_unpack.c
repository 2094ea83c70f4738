#include "wire/unpack.h"

#include "pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static char plain[50000], packed[60000], result[100000];

/* Unpacks in pieces of `step` bytes; -1 when it is refused. */
static long unpack_all(const char *data, size_t len, size_t step, bool *ended)
{
	struct unpack *u = unpack_new();
	size_t got = 0;
	bool fine = true;

	while (fine && len > 0) {
		size_t piece = len < step ? len : step, left = piece, made = 1;
		const char *at = data;

		while (fine && (left > 0 || made > 0)) {
			fine = unpack_some(u, &at, &left, result + got, 1000, &made);
			got += made;
		}
		data += piece;
		len -= piece;
	}
	*ended = unpack_ended(u);
	unpack_free(u);
	return fine ? (long)got : -1;
}

static void set_up(void)
{
	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (char)(i * i >> 8);
}

static void undoes_both(void **state)
{
	static const int forms[] = {PACK_GZIP, PACK_ZLIB};
	static const size_t steps[] = {1, 7, 1000, 100000};
	bool ended;

	(void)state;
	set_up();
	for (size_t f = 0; f < 2; f++) {
		size_t len = pack(plain, sizeof(plain), forms[f], packed, sizeof(packed));

		for (size_t s = 0; s < 4; s++) {
			memset(result, 0, sizeof(result));
			assert_int_equal(unpack_all(packed, len, steps[s], &ended), sizeof(plain));
			assert_true(ended);
			assert_memory_equal(result, plain, sizeof(plain));
		}
	}
}

static void sees_the_end(void **state)
{
	size_t len;
	bool ended;

	(void)state;
	set_up();
	len = pack(plain, 1000, PACK_GZIP, packed, sizeof(packed));
	assert_int_not_equal(unpack_all(packed, len - 1, 100, &ended), -1);
	assert_false(ended);
	assert_int_equal(unpack_all("", 0, 100, &ended), 0);
	assert_false(ended);
	len += pack(plain, 500, PACK_GZIP, packed + len, sizeof(packed) - len);
	assert_int_equal(unpack_all(packed, len, 100, &ended), 1500);
	assert_true(ended);
}

static void refuses_nonsense(void **state)
{
	size_t len;
	bool ended;

	(void)state;
	set_up();
	assert_int_equal(unpack_all("this is no gzip", 15, 100, &ended), -1);
	len = pack(plain, 1000, PACK_GZIP, packed, sizeof(packed));
	memcpy(packed + len, "garbage", 7);
	assert_int_equal(unpack_all(packed, len + 7, 10000, &ended), -1);
	packed[len - 5] = (char)~packed[len - 5]; /* its checksum */
	assert_int_equal(unpack_all(packed, len, 100, &ended), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        {"gzip and deflate are undone in pieces of any size", undoes_both, NULL, NULL,
	         NULL},
	        {"a packed body that is cut short is not at its end", sees_the_end, NULL, NULL,
	         NULL},
	        {"what is not packed, or damaged, is refused", refuses_nonsense, NULL, NULL, NULL},
	};

	return cmocka_run_group_tests_name("wire/unpack", tests, NULL, NULL);
}
