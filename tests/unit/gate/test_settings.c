#include "house.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void list(struct settings_list *l, const char *item)
{
	strcpy(l->items[l->count++], item);
}

static struct gate_settings *fresh(void)
{
	static struct gate_settings s;
	memset(&s, 0, sizeof(s));
	assert_int_equal(settings_defaults(gate_settings_table, &s, NULL), 0);
	strcpy(s.data, "/srv/git/");
	return &s;
}

static void the_base_url_follows_the_first_address(void **state)
{
	struct gate_settings *s = fresh();
	char path[SETTINGS_TEXT + 32];
	(void)state;

	list(&s->http, "localhost:8080");
	assert_int_equal(gate_settings_finish(s, NULL), 0);
	assert_string_equal(s->http.items[0], "127.0.0.1:8080");
	assert_string_equal(s->base_url, "http://127.0.0.1:8080");
	assert_string_equal(s->bot_domain, "bots.localhost");
	assert_string_equal(gate_settings_database(s, path), "/srv/git/gatehouse.db");
	s = fresh();
	list(&s->http, "[::1]:80");
	assert_int_equal(gate_settings_finish(s, NULL), 0);
	assert_string_equal(s->base_url, "http://[::1]");
	s = fresh();
	list(&s->http, "127.0.0.1:0"); /* only who listens will know the port */
	assert_int_equal(gate_settings_finish(s, NULL), 0);
	assert_string_equal(s->base_url, "");
}

static void a_given_url_is_kept_without_its_slash(void **state)
{
	struct gate_settings *s = fresh();
	(void)state;

	strcpy(s->base_url, "https://git.example.org:8443/");
	assert_int_equal(gate_settings_finish(s, NULL), 0);
	assert_string_equal(s->base_url, "https://git.example.org:8443");
	assert_string_equal(s->bot_domain, "bots.git.example.org");
	assert_int_equal(gate_settings_finish(s, NULL), 0);
}

static void what_does_not_fit_together_is_told(void **state)
{
	const struct {
		const char *http, *https, *url, *certificate, *word;
	} bad[] = {
	        {"8080", NULL, "", "", "8080"},
	        {"::1:8080", NULL, "", "", "::1:8080"},
	        {"127.0.0.1:70000", NULL, "", "", "70000"},
	        {"git.example.org:80", NULL, "", "", "git.example.org"},
	        {"10.0.0.0/8:80", NULL, "", "", "10.0.0.0"},
	        {NULL, "0.0.0.0:443", "", "", "tls-certificate"},
	        {NULL, NULL, "", "/c.pem", "tls-key"},
	        {NULL, NULL, "git.example.org", "", "base-url"},
	        {NULL, NULL, "https://u:p@git.example.org", "", "base-url"},
	        {NULL, NULL, "https://git.example.org/git", "", "host of its own"},
	};
	struct err err;
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct gate_settings *s = fresh();
		if (bad[i].http)
			list(&s->http, bad[i].http);
		if (bad[i].https)
			list(&s->https, bad[i].https);
		strcpy(s->base_url, bad[i].url);
		strcpy(s->tls_certificate, bad[i].certificate);
		assert_int_equal(gate_settings_finish(s, &err), ERR_INVALID);
		assert_non_null(strstr(err.text, bad[i].word));
	}
}

static void a_missing_data_folder_says_how_to_give_it(void **state)
{
	struct gate_settings *s = fresh();
	struct err err;
	(void)state;

	s->data[0] = 0;
	assert_int_equal(gate_settings_finish(s, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "--data"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_base_url_follows_the_first_address),
	        cmocka_unit_test(a_given_url_is_kept_without_its_slash),
	        cmocka_unit_test(what_does_not_fit_together_is_told),
	        cmocka_unit_test(a_missing_data_folder_says_how_to_give_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
