#include "test_policy.h"

#include <string.h>

/* Parsed and written again; "-" when it is refused. */
static const char *again(const char *text)
{
	static char out[NET_TEXT];
	struct net net;

	return policy_net_parse(text, &net) ? "-" : policy_net_text(&net, out);
}

static void addresses_have_one_spelling(void **state)
{
	static const char *const pairs[][2] = {
	        {"192.0.2.7", "192.0.2.7"},
	        {"0.0.0.0", "0.0.0.0"},
	        {"255.255.255.255", "255.255.255.255"},
	        {"192.0.2.0/24", "192.0.2.0/24"},
	        {"192.0.2.7/32", "192.0.2.7"},
	        {"0.0.0.0/0", "0.0.0.0/0"},
	        {"::", "::"},
	        {"::1", "::1"},
	        {"1::", "1::"},
	        {"::/0", "::/0"},
	        {"2001:DB8::/32", "2001:db8::/32"},
	        {"2001:db8:0:0:0:0:0:1", "2001:db8::1"},
	        {"2001:0db8:0000:1:0:0:0:0", "2001:db8:0:1::"},
	        {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
	        {"1:0:0:2:3:0:0:4", "1::2:3:0:0:4"},
	        {"1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"},
	        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
	        {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
	        {"fe80::1:2/128", "fe80::1:2"},
	        {"::ffff:192.0.2.1", "192.0.2.1"},
	        {"::ffff:c000:201", "192.0.2.1"},
	        {"::ffff:192.0.2.0/120", "192.0.2.0/24"},
	        {"::ffff:0:0/96", "0.0.0.0/0"},
	        {"64:ff9b::192.0.2.1", "64:ff9b::c000:201"},
	        {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
	        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127",
	         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		assert_string_equal(again(pairs[i][0]), pairs[i][1]);
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const bad[] = {
	        "",
	        " ",
	        "1.2.3",
	        "1.2.3.4.5",
	        "1.2.3.256",
	        "01.2.3.4",
	        "1.2.3.4 ",
	        " 1.2.3.4",
	        "1.2.3.-4",
	        "1.2.3.4:80",
	        "0x1.2.3.4",
	        "1.2.3.4/",
	        "1.2.3.4/33",
	        "1.2.3.4/032",
	        "1.2.3.4/8x",
	        "1.2.3.4/24",
	        "192.0.2.0/23/1",
	        "192.0.2.128/24",
	        ":",
	        ":::",
	        "1:",
	        ":1",
	        "1::2::3",
	        "1:2:3:4:5:6:7",
	        "1:2:3:4:5:6:7:8:9",
	        "1:2:3:4:5:6:7:8::",
	        "::1:2:3:4:5:6:7:8",
	        "12345::",
	        "g::",
	        "::1.2.3.4:5",
	        "1.2.3.4::",
	        "::1.2.3",
	        "1:2:3:4:5:6:7:1.2.3.4",
	        "::/129",
	        "2001:db8::1/32",
	        "fe80::1%eth0",
	        "[::1]",
	        "example.org",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (strcmp(again(bad[i]), "-") != 0)
			fail_msg("'%s' was taken for '%s'", bad[i], again(bad[i]));
}

static void a_refused_text_leaves_the_result_alone(void **state)
{
	struct net net = {.bits = 77};

	(void)state;
	assert_non_null(policy_net_parse("1.2.3.4/2", &net));
	assert_int_equal(net.bits, 77);
}

static bool inside(const char *net, const char *address)
{
	struct net n, a;

	assert_null(policy_net_parse(net, &n));
	assert_null(policy_net_parse(address, &a));
	return policy_net_contains(&n, &a);
}

static void a_network_contains_its_addresses_only(void **state)
{
	(void)state;
	assert_true(inside("192.0.2.0/24", "192.0.2.0"));
	assert_true(inside("192.0.2.0/24", "192.0.2.255"));
	assert_false(inside("192.0.2.0/24", "192.0.3.0"));
	assert_true(inside("192.0.2.0/23", "192.0.3.255"));
	assert_false(inside("192.0.2.0/23", "192.0.4.0"));
	assert_true(inside("10.0.0.0/31", "10.0.0.1"));
	assert_false(inside("10.0.0.0/31", "10.0.0.2"));
	assert_true(inside("192.0.2.7", "192.0.2.7"));
	assert_false(inside("192.0.2.7", "192.0.2.6"));
	assert_true(inside("2001:db8::/33", "2001:db8:7fff::1"));
	assert_false(inside("2001:db8::/33", "2001:db8:8000::1"));
	assert_true(inside("192.0.2.0/24", "::ffff:192.0.2.9"));
}

static void the_two_families_do_not_mix(void **state)
{
	(void)state;
	assert_true(inside("0.0.0.0/0", "203.0.113.9"));
	assert_false(inside("0.0.0.0/0", "2001:db8::1"));
	assert_false(inside("0.0.0.0/0", "::1"));
	assert_true(inside("::/0", "2001:db8::1"));
	assert_false(inside("::/0", "203.0.113.9"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(addresses_have_one_spelling),
	        cmocka_unit_test(what_is_no_address_is_refused),
	        cmocka_unit_test(a_refused_text_leaves_the_result_alone),
	        cmocka_unit_test(a_network_contains_its_addresses_only),
	        cmocka_unit_test(the_two_families_do_not_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
