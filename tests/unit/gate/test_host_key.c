#include "gate/history.h"
#include "gate/host_key.h"

#include "house.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct house *house;
static const char *data;

static int make(void **state)
{
	int rc = house_setup(state);

	house = *state;
	data = house->settings.data;
	return rc;
}

static int unmake(void **state)
{
	*state = house;
	return house_teardown(state);
}

static int replace(const char *programs, const char *from, enum gate_host_kind *kind,
                   struct gate_host_key *out, struct err *err)
{
	return gate_host_key_replace(&house->gate, programs, from, kind, out, err);
}

static void opened(struct gate_host_keys *k, bool make_them)
{
	struct err err = {0};

	if (gate_host_keys_open(data, PROGRAMS, make_them, k, &err))
		fail_msg("%s", err.text);
}

static void test_made_once(void **state)
{
	struct gate_host_keys none, first, again;
	char path[128];
	struct stat st;

	(void)state;
	opened(&none, false);
	assert_null(none.keys[HOST_ED25519].secret);
	opened(&first, true);
	opened(&again, true);
	for (int kind = 0; kind < HOST_KINDS; kind++) {
		assert_non_null(first.keys[kind].secret);
		assert_string_equal(first.keys[kind].secret, again.keys[kind].secret);
		assert_string_equal(first.keys[kind].public, again.keys[kind].public);
		assert_int_equal(strlen(first.keys[kind].fingerprint), 50);
		snprintf(path, sizeof(path), "%s/ssh/host_%s", data,
		         gate_host_kind_name((enum gate_host_kind)kind));
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
	}
	assert_memory_equal(first.keys[HOST_ED25519].public, "ssh-ed25519 ", 12);
	assert_memory_equal(first.keys[HOST_ECDSA].public, "ecdsa-sha2-nistp256 ", 20);
	assert_memory_equal(first.keys[HOST_RSA].public, "ssh-rsa ", 8);
	gate_host_keys_clear(&first);
	gate_host_keys_clear(&again);
}

static void test_replaced(void **state)
{
	struct gate_host_keys before, after;
	struct gate_host_key fresh;
	enum gate_host_kind kind = HOST_ED25519;
	char copy[128], path[128];

	(void)state;
	opened(&before, true);
	snprintf(path, sizeof(path), "%s/ssh/host_ecdsa", data);
	snprintf(copy, sizeof(copy), "%s/old", data);
	assert_int_equal(rename(path, copy), 0);
	assert_int_equal(replace(PROGRAMS, NULL, &kind, &fresh, NULL), 0);
	gate_host_key_clear(&fresh);
	assert_int_equal(replace(PROGRAMS, copy, &kind, &fresh, NULL), 0);
	assert_int_equal(kind, HOST_ECDSA);
	assert_string_equal(fresh.fingerprint, before.keys[HOST_ECDSA].fingerprint);
	gate_host_key_clear(&fresh);
	opened(&after, true);
	assert_string_not_equal(before.keys[HOST_ED25519].public, after.keys[HOST_ED25519].public);
	assert_string_equal(before.keys[HOST_ECDSA].public, after.keys[HOST_ECDSA].public);
	gate_host_keys_clear(&before);
	gate_host_keys_clear(&after);
}

static void test_audited(void **state)
{
	struct gate_host_key fresh;
	enum gate_host_kind kind = HOST_ED25519;
	struct store_audit row;

	(void)state;
	assert_int_equal(replace(PROGRAMS, NULL, &kind, &fresh, NULL), 0);
	house_last_audit(house, &row);
	assert_string_equal(row.reason, "ssh host-key");
	assert_string_equal(row.object, "ed25519");
	assert_string_equal(row.note, fresh.fingerprint);
	gate_host_key_clear(&fresh);
}

static void sql(const char *text)
{
	char path[SETTINGS_TEXT + 16];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/gatehouse.db", data);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* The ledger takes no row: the old key stays in its place. */
static void test_without_a_row(void **state)
{
	struct gate_host_keys before, after;
	struct gate_host_key fresh;
	enum gate_host_kind kind = HOST_ED25519;
	struct err err = {0};

	(void)state;
	opened(&before, true);
	sql("CREATE TRIGGER no BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no'); END");
	assert_true(replace(PROGRAMS, NULL, &kind, &fresh, &err) < 0);
	assert_null(fresh.secret);
	sql("DROP TRIGGER no");
	opened(&after, true);
	assert_string_equal(before.keys[kind].public, after.keys[kind].public);
	gate_host_keys_clear(&before);
	gate_host_keys_clear(&after);
}

static void test_no_key(void **state)
{
	struct gate_host_key fresh;
	enum gate_host_kind kind = HOST_RSA;
	char path[128];
	struct err err = {0};

	(void)state;
	snprintf(path, sizeof(path), "%s/none", data);
	FILE *f = fopen(path, "w");
	fputs("ssh-ed25519 AAAA\n", f);
	fclose(f);
	assert_int_equal(replace(PROGRAMS, path, &kind, &fresh, &err), ERR_INVALID);
	assert_non_null(strstr(err.text, "no private key"));
	assert_int_equal(replace("/nowhere", NULL, &kind, &fresh, &err), ERR_NOT_FOUND);
}

static void test_shown(void **state)
{
	struct gate_host_keys k;
	struct buf out;
	char host[64];
	long port;

	(void)state;
	opened(&k, true);
	buf_init(&out, 8192);
	gate_ssh_host("ssh://git@[2001:db8::1]:2222", host, sizeof(host), &port);
	assert_string_equal(host, "2001:db8::1");
	assert_int_equal(port, 2222);
	gate_ssh_host("ssh://git@git.example.org", host, sizeof(host), &port);
	assert_int_equal(port, 22);
	assert_int_equal(gate_host_keys_known(&k, host, port, &out), 0);
	assert_non_null(strstr(buf_str(&out), "\ngit.example.org ssh-ed25519 AAAA"));
	assert_non_null(strstr(buf_str(&out), "# rsa SHA256:"));
	buf_reset(&out);
	assert_int_equal(gate_host_keys_known(&k, host, 2222, &out), 0);
	assert_non_null(strstr(buf_str(&out), "\n[git.example.org]:2222 ssh-rsa AAAA"));
	buf_clear(&out);
	gate_host_keys_clear(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        {"host keys are made once, for the server alone", test_made_once, NULL, NULL, NULL},
	        {"one is replaced, made or read", test_replaced, NULL, NULL, NULL},
	        {"the audit has a row of it", test_audited, NULL, NULL, NULL},
	        {"none is replaced when it can have none", test_without_a_row, NULL, NULL, NULL},
	        {"what is no private key replaces none", test_no_key, NULL, NULL, NULL},
	        {"they are shown as known_hosts lines", test_shown, NULL, NULL, NULL},
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
