#include "gate/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define NOW 1000000

static const struct gate_settings limits = {.failures_per_address = 3,
                                            .failures_per_owner = 5,
                                            .failure_time = 60,
                                            .requests_per_credential = 4,
                                            .request_time = 10};
static const struct verdict unknown = {.reason = REASON_TOKEN_UNKNOWN};
static struct gate_rates *rates;

static int begin(void **state)
{
	(void)state;
	if (sodium_init() < 0)
		return -1;
	rates = gate_rates_new();
	return rates ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	gate_rates_free(rates);
	return 0;
}

static struct gate_session stranger(const char *hint)
{
	struct gate_session s = {.presented = PRESENTED_UNKNOWN};

	snprintf(s.hint, sizeof(s.hint), "%s", hint);
	return s;
}

static struct gate_session genuine(int64_t credential, int64_t user)
{
	return (struct gate_session){.presented = PRESENTED_GENUINE,
	                             .credential = {.id = credential},
	                             .user = {.id = user}};
}

static struct gate_rate take(const struct gate_session *s, const char *address, int64_t now)
{
	struct gate_ask ask = {.address = address, .now = now};

	gate_rate_take(rates, &limits, s, &ask);
	return ask.rate;
}

static void tried(const struct gate_session *s, const char *address, int64_t now,
                  enum reason reason)
{
	struct gate_ask ask = {.address = address, .now = now};
	struct verdict v = {.reason = reason};

	gate_rate_note(rates, &limits, s, &ask, &v);
}

static void an_address_is_closed_after_its_failures_until_the_time_is_over(void **state)
{
	struct gate_session s = stranger("");

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_false(take(&s, "192.0.2.1", NOW + i).failures);
		tried(&s, "192.0.2.1", NOW + i, unknown.reason);
	}
	struct gate_rate r = take(&s, "192.0.2.1", NOW + 3);
	assert_true(r.failures && r.by_address && !r.requests);
	assert_true(r.limit == 3 && r.span == 60 && r.until == NOW + 60);
	assert_false(take(&s, "192.0.2.2", NOW + 3).failures);
	assert_true(take(&s, "192.0.2.1", NOW + 59).failures);
	assert_false(take(&s, "192.0.2.1", NOW + 60).failures);
	tried(&s, "192.0.2.1", NOW + 60, unknown.reason);
	assert_false(take(&s, "192.0.2.1", NOW + 61).failures);
	/* a clock that was set back holds nobody */
	assert_false(take(&s, "192.0.2.1", NOW - 1000).failures);
}

static void an_ipv6_host_is_its_network(void **state)
{
	struct gate_session s = stranger("");

	(void)state;
	tried(&s, "2001:db8::1", NOW, unknown.reason);
	tried(&s, "2001:db8::2", NOW, unknown.reason);
	tried(&s, "2001:db8::ffff:3", NOW, unknown.reason);
	assert_true(take(&s, "2001:db8::9", NOW).failures);
	assert_false(take(&s, "2001:db8:0:1::9", NOW).failures);
}

static void what_is_no_failed_try_is_not_counted(void **state)
{
	static const enum reason none[] = {REASON_ALLOWED,       REASON_NO_CREDENTIAL,
	                                   REASON_SCOPE_MISSING, REASON_NOT_FOUND,
	                                   REASON_RIGHT_MISSING, REASON_TOO_MANY_FAILURES,
	                                   REASON_OVERLOADED,    REASON_TLS_REQUIRED};
	struct gate_session s = stranger("");

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		for (int n = 0; n < 5; n++)
			tried(&s, "192.0.2.1", NOW, none[i]);
	assert_false(take(&s, "192.0.2.1", NOW).failures);
}

/* A name counts by its letters: no stranger learns whether it is somebody's. */
static void a_name_is_counted_from_everywhere(void **state)
{
	struct gate_session s = stranger("Ann"), other = stranger("bob"),
	                    fixed = stranger("x-token-auth");
	char address[32];

	(void)state;
	for (int i = 0; i < 5; i++) {
		snprintf(address, sizeof(address), "192.0.2.%d", i);
		tried(&s, address, NOW, unknown.reason);
		tried(&fixed, address, NOW, unknown.reason);
	}
	s = stranger("ann");
	struct gate_rate r = take(&s, "198.51.100.1", NOW);
	assert_true(r.failures && !r.by_address && r.limit == 5);
	assert_false(take(&other, "198.51.100.1", NOW).failures);
	assert_false(take(&fixed, "198.51.100.1", NOW).failures);
}

static void a_genuine_credential_is_counted_by_its_owner_alone(void **state)
{
	struct gate_session s = genuine(7, 2), other = genuine(8, 3);

	(void)state;
	for (int i = 0; i < 5; i++)
		tried(&s, "192.0.2.1", NOW, REASON_TOKEN_EXPIRED);
	assert_true(take(&s, "198.51.100.1", NOW).failures);
	/* the address is over its limit, and that is nothing to a genuine one */
	assert_false(take(&other, "192.0.2.1", NOW).failures);
	struct gate_session nobody = stranger("");
	assert_true(take(&nobody, "192.0.2.1", NOW).failures);
	struct gate_session none = {.presented = PRESENTED_NOTHING};
	assert_false(take(&none, "192.0.2.1", NOW).failures);
}

static void requests_are_counted_by_credential(void **state)
{
	struct gate_session s = genuine(7, 2), other = genuine(8, 2);

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_false(take(&s, "192.0.2.1", NOW).requests);
	struct gate_rate r = take(&s, "192.0.2.2", NOW + 1);
	assert_true(r.requests && r.limit == 4 && r.span == 10 && r.until == NOW + 10);
	assert_false(take(&other, "192.0.2.1", NOW).requests);
	assert_false(take(&s, "192.0.2.1", NOW + 10).requests);
}

/* A flood of addresses takes no memory, and takes nobody's place who is at the
 * limit: the flood's own counts are lower. */
static void a_flood_of_addresses_frees_nobody_and_closes_nobody(void **state)
{
	struct gate_session s = stranger("");
	char address[64];

	(void)state;
	for (int i = 0; i < 3; i++)
		tried(&s, "192.0.2.1", NOW, unknown.reason);
	for (unsigned i = 0; i < 200000; i++) {
		snprintf(address, sizeof(address), "2001:db8:%x:%x::1", i >> 16, i & 0xffff);
		tried(&s, address, NOW + 1, unknown.reason);
	}
	assert_true(take(&s, "192.0.2.1", NOW + 2).failures);
	assert_false(take(&s, "203.0.113.1", NOW + 2).failures);
	for (int i = 0; i < 2; i++)
		tried(&s, "203.0.113.1", NOW + 2, unknown.reason);
	assert_false(take(&s, "203.0.113.1", NOW + 2).failures);
}

static void zero_is_no_limit(void **state)
{
	const struct gate_settings off = {.failure_time = 60, .request_time = 10};
	struct gate_session s = stranger("ann"), good = genuine(7, 2);
	struct gate_ask ask = {.address = "192.0.2.1", .now = NOW};

	(void)state;
	for (int i = 0; i < 1000; i++) {
		gate_rate_note(rates, &off, &s, &ask, &unknown);
		gate_rate_take(rates, &off, &s, &ask);
		assert_false(ask.rate.failures);
		gate_rate_take(rates, &off, &good, &ask);
		assert_false(ask.rate.requests);
	}
}

#define test(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        test(an_address_is_closed_after_its_failures_until_the_time_is_over),
	        test(an_ipv6_host_is_its_network),
	        test(what_is_no_failed_try_is_not_counted),
	        test(a_name_is_counted_from_everywhere),
	        test(a_genuine_credential_is_counted_by_its_owner_alone),
	        test(requests_are_counted_by_credential),
	        test(a_flood_of_addresses_frees_nobody_and_closes_nobody),
	        test(zero_is_no_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
