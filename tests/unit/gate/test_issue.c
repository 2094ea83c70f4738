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

#define ISSUE(...)                                                                                 \
	&(struct gate_issue)                                                                       \
	{                                                                                          \
		.owner.user = "ann", .name = "laptop", __VA_ARGS__                                 \
	}

static void the_ledger_keeps_the_hash_and_nothing_of_the_secret(void **state)
{
	struct house *h = *state;
	struct store_credential c, found;
	char token[TOKEN_LEN + 1] = "", path[SETTINGS_TEXT + 40];
	uint8_t hash[STORE_HASH];

	assert_int_equal(
	        gate_issue(&h->gate, ISSUE(.scopes = "write:repository"), &c, token, &h->err), 0);
	assert_int_equal(strlen(token), TOKEN_LEN);
	assert_memory_equal(token, "gthu_", 5);
	gate_secret_hash(token, TOKEN_LEN, hash);
	assert_memory_equal(hash, c.hash, sizeof(hash));
	assert_int_equal(store_credential_by_hash(h->gate.store, hash, &found, &h->err), 0);
	assert_int_equal(found.id, c.id);
	for (int i = 0; i < 2; i++) { /* neither the ledger nor its journal holds the text */
		char *bytes;
		FILE *f;
		size_t len;
		snprintf(path, sizeof(path), "%s/gatehouse.db%s", h->settings.data,
		         i ? "-wal" : "");
		f = fopen(path, "r");
		if (!f)
			continue;
		bytes = calloc(1, 1 << 22);
		len = fread(bytes, 1, 1 << 22, f);
		assert_null(memmem(bytes, len, token + 5, 20));
		assert_true(i || len > 0);
		free(bytes);
		fclose(f);
	}
}

static void a_revocation_is_seen_at_once_by_another_connection(void **state)
{
	struct house *h = *state;
	struct gate other;
	struct store_credential c, seen;
	char token[TOKEN_LEN + 1];

	assert_int_equal(
	        gate_issue(&h->gate, ISSUE(.scopes = "read:repository"), &c, token, &h->err), 0);
	assert_int_equal(gate_open(&other, &h->settings, STORE_READ, &h->err), 0);
	assert_int_equal(store_credential_by_hash(other.store, c.hash, &seen, &h->err), 0);
	assert_true(seen.revoked == CLOCK_NEVER);
	assert_int_equal(
	        gate_revoke(&h->gate, GATE_USER("ann"), "laptop", "lost it", false, NULL, &h->err),
	        0);
	assert_int_equal(store_credential_by_hash(other.store, c.hash, &seen, &h->err), 0);
	assert_true(seen.revoked != CLOCK_NEVER);
	assert_string_equal(seen.revoked_by, "operator test");
	assert_string_equal(seen.revoke_reason, "lost it");
	gate_close(&other);
}

static void a_revoked_token_can_only_be_called_leaked(void **state)
{
	struct house *h = *state;
	struct store_credential c;
	char token[TOKEN_LEN + 1];

	assert_int_equal(
	        gate_issue(&h->gate, ISSUE(.scopes = "read:repository"), &c, token, &h->err), 0);
	assert_int_equal(
	        gate_revoke(&h->gate, GATE_USER("ann"), "nope", NULL, false, NULL, &h->err),
	        ERR_NOT_FOUND);
	assert_int_equal(
	        gate_revoke(&h->gate, GATE_USER("ann"), "laptop", NULL, false, &c, &h->err), 0);
	int64_t when = c.revoked;
	assert_int_equal(
	        gate_revoke(&h->gate, GATE_USER("ann"), "laptop", NULL, false, NULL, &h->err),
	        ERR_EXISTS);
	assert_int_equal(gate_revoke(&h->gate, GATE_USER("ann"), "laptop", NULL, true, &c, &h->err),
	                 0);
	assert_true(c.leaked);
	assert_int_equal(c.revoked, when);
	/* its name is free again */
	assert_int_equal(
	        gate_issue(&h->gate, ISSUE(.scopes = "read:repository"), &c, token, &h->err), 0);
}

static void refused(struct house *h, const struct gate_issue *ask, const char *word)
{
	char token[TOKEN_LEN + 1] = "untouched";
	struct store_audit before, after;

	house_last_audit(h, &before);
	assert_true(gate_issue(&h->gate, ask, NULL, token, &h->err) < 0);
	if (!strstr(h->err.text, word))
		fail_msg("\"%s\" does not say \"%s\"", h->err.text, word);
	assert_string_equal(token, "untouched");
	house_last_audit(h, &after);
	assert_int_equal(before.id, after.id);
}

static void what_can_not_be_asked_for_is_told(void **state)
{
	struct house *h = *state;
	static const char read[] = "read:repository";

	refused(h, ISSUE(.scopes = ""), "read:repository lets it clone");
	refused(h, ISSUE(.scopes = "read:repository,fly:kite"), "fly:kite");
	refused(h, ISSUE(.scopes = "fly:kite"), "write:repository");
	refused(h, ISSUE(.scopes = read, .repositories = "acme/x, acme/y"), "acme/x, acme/y");
	refused(h, ISSUE(.scopes = read, .repositories = ","), "empty");
	refused(h, ISSUE(.scopes = read, .addresses = "10.0.0.1/8"), "10.0.0.1/8");
	refused(h, ISSUE(.scopes = read, .addresses = " "), "empty");
	refused(h, ISSUE(.scopes = read, .expires = "2001-01-01"), "expired already");
	refused(h, ISSUE(.scopes = read, .expires = "soon"), "soon");
	refused(h, ISSUE(.scopes = read, .expires = "1d", .not_before = "2d"), "before it begins");
	refused(h, &(struct gate_issue){.owner.user = "eve", .name = "x", .scopes = read}, "eve");
	refused(h, &(struct gate_issue){.owner.user = "ann", .name = "", .scopes = read}, "name");
	assert_int_equal(gate_user_suspend(&h->gate, "bob", true, NULL, NULL, &h->err), 0);
	refused(h, &(struct gate_issue){.owner.user = "bob", .name = "x", .scopes = read},
	        "suspended");
}

/* -- access tokens -- */

static void issue_bot(struct house *h, struct gate_issue ask, struct store_credential *out)
{
	char token[TOKEN_LEN + 1];

	ask.name = "ci";
	ask.scopes = "write:repository";
	if (gate_issue(&h->gate, &ask, out, token, &h->err))
		fail_msg("%s", h->err.text);
	assert_memory_equal(token, policy_token_prefix(out->kind), 5);
}

static void an_access_token_has_a_bot_with_an_address_of_its_own(void **state)
{
	struct house *h = *state;
	struct store_credential c, again;
	struct store_audit row;
	char email[STORE_EMAIL];

	house_repository(h, "acme/site", NULL);
	assert_int_equal(gate_project_add(&h->gate, "acme", "web", NULL, NULL, &h->err), 0);
	issue_bot(h, (struct gate_issue){.owner.repository = "acme/site"}, &c);
	assert_int_equal(c.kind, CREDENTIAL_REPOSITORY_TOKEN);
	snprintf(email, sizeof(email), "%lld@bots.localhost", (long long)c.id);
	assert_string_equal(c.bot_email, email);
	house_last_audit(h, &row);
	assert_string_equal(row.object, "acme/site");
	assert_int_equal(row.credential, c.id);
	/* found again by name, by number, by address */
	const struct gate_whose site = {.repository = "acme/site"};
	assert_int_equal(gate_credential_find(&h->gate, &site, "CI", &again, &h->err), 0);
	assert_int_equal(again.id, c.id);
	assert_int_equal(gate_credential_by_number(&h->gate, email, &again, &h->err), 0);
	assert_int_equal(again.id, c.id);
	assert_int_equal(gate_credential_by_number(&h->gate, "1@example.org", &again, &h->err),
	                 ERR_NOT_FOUND);
	assert_int_equal(gate_credential_by_number(&h->gate, "id:1x", &again, &h->err),
	                 ERR_INVALID);
	issue_bot(h, (struct gate_issue){.owner.project = "acme/web"}, &c);
	assert_int_equal(c.kind, CREDENTIAL_PROJECT_TOKEN);
	issue_bot(h, (struct gate_issue){.owner.workspace = "acme"}, &c);
	assert_int_equal(c.kind, CREDENTIAL_WORKSPACE_TOKEN);
	assert_int_equal(gate_user_add(&h->gate, "mallory", email, NULL, false, NULL, &h->err),
	                 ERR_INVALID);
}

static void the_workspaces_rule_binds_its_access_tokens(void **state)
{
	struct house *h = *state;
	struct gate_workspace_edit edit = {.token_lifetime = "30d"};

	house_repository(h, "acme/site", NULL);
	house_repository(h, "ann/own", NULL);
	assert_int_equal(gate_workspace_edit(&h->gate, "acme", &edit, NULL, &h->err), 0);
	refused(h,
	        &(struct gate_issue){.owner.repository = "acme/site",
	                             .name = "x",
	                             .scopes = "read:repository",
	                             .expires = "90d"},
	        "workspace acme allows 30 days");
	refused(h,
	        &(struct gate_issue){.owner.workspace = "acme",
	                             .name = "x",
	                             .scopes = "read:repository",
	                             .repositories = "ann/own"},
	        "does not belong to acme");
	refused(h, &(struct gate_issue){.name = "x", .scopes = "read:repository"},
	        "belongs to a user");
	refused(h,
	        &(struct gate_issue){
	                .owner.project = "acme", .name = "x", .scopes = "read:repository"},
	        "WS/KEY");
}

/* -- what it could do, before it is made and after -- */

struct previews {
	char text[400];
	struct house *h;
	struct gate_preview_end end;
};

static int preview_add(void *arg, const struct gate_preview *p)
{
	struct previews *all = arg;
	size_t len = strlen(all->text);

	snprintf(all->text + len, sizeof(all->text) - len, "%s %d%d%d-%d%d%d ", p->repository->name,
	         p->reads, p->pushes, p->administers, p->cut_reads, p->cut_pushes,
	         p->cut_administers);
	return 0;
}

static int preview_look(void *arg, const struct store_credential *c)
{
	struct previews *all = arg;

	return gate_preview(&all->h->gate, c, NULL, 10, preview_add, all, &all->end, &all->h->err);
}

static const char *previewed(struct previews *all, struct house *h, struct gate_issue ask)
{
	struct store_audit before, after;

	*all = (struct previews){.h = h};
	ask.name = "x";
	house_last_audit(h, &before);
	if (gate_issue_rehearse(&h->gate, &ask, preview_look, all, &h->err))
		fail_msg("%s", h->err.text);
	house_last_audit(h, &after);
	assert_int_equal(before.id, after.id);
	return all->text;
}

static void a_preview_says_what_it_could_do_and_what_its_scopes_cut(void **state)
{
	struct house *h = *state;
	struct gate_whose ann = {.user = "ann"};
	struct previews p;
	struct store_credential c;
	char token[TOKEN_LEN + 1];

	house_repository(h, "acme/docs", NULL);
	house_repository(h, "acme/site", NULL);
	house_repository(h, "bob/own", NULL);
	assert_string_equal(previewed(&p, h, (struct gate_issue){.owner = ann, .scopes = "clone"}),
	                    "docs 100-011 site 100-011 ");
	assert_string_equal(previewed(&p, h, (struct gate_issue){.owner = ann, .scopes = "admin"}),
	                    "docs 111-000 site 111-000 ");
	assert_string_equal(
	        previewed(&p, h, (struct gate_issue){.owner = ann, .scopes = "admin:repository"}),
	        "docs 001-110 site 001-110 ");
	assert_string_equal(previewed(&p, h,
	                              (struct gate_issue){.owner = ann,
	                                                  .scopes = "clone-and-push",
	                                                  .repositories = "acme/site"}),
	                    "site 110-001 ");
	assert_int_equal(p.end.left_out, 1);
	assert_string_equal(
	        previewed(&p, h,
	                  (struct gate_issue){.owner.repository = "acme/site", .scopes = "ci"}),
	        "site 100-011 ");
	assert_int_equal(gate_grant_set(&h->gate, "ann", "bob/own", "read", NULL, &h->err), 0);
	assert_string_equal(previewed(&p, h, (struct gate_issue){.owner = ann, .scopes = "admin"}),
	                    "docs 111-000 site 111-000 own 100-000 ");
	/* nothing of it was kept: the name is free; a page at a time, and of a dead one too */
	assert_int_equal(gate_issue(&h->gate,
	                            &(struct gate_issue){.owner = ann, .name = "x", .scopes = "ci"},
	                            &c, token, &h->err),
	                 0);
	assert_true(c.expires - c.created == 90 * INT64_C(86400));
	c.revoked = c.created;
	p = (struct previews){.h = h};
	assert_int_equal(
	        gate_preview(&h->gate, &c, "acme/docs", 1, preview_add, &p, &p.end, &h->err), 0);
	assert_string_equal(p.text, "site 100-011 ");
	assert_true(p.end.more);
	assert_int_equal(gate_preview(&h->gate, &c, "acme", 1, preview_add, &p, &p.end, &h->err),
	                 ERR_INVALID);
}

/* What is hidden from who asks, and what is not there, are told in the same words. */
static void what_the_owner_can_not_see_is_asked_for_in_vain(void **state)
{
	struct house *h = *state;
	char token[TOKEN_LEN + 1] = "", hidden[sizeof(h->err.text)];
	struct gate_issue ask = {.owner.user = "bob", .name = "x", .scopes = "clone"};

	house_repository(h, "acme/hidden", NULL);
	ask.repositories = "acme/hidden";
	assert_int_equal(gate_issue(&h->gate, &ask, NULL, token, &h->err), ERR_NOT_FOUND);
	snprintf(hidden, sizeof(hidden), "%s", h->err.text);
	ask.repositories = "acme/absent";
	assert_int_equal(gate_issue(&h->gate, &ask, NULL, token, &h->err), ERR_NOT_FOUND);
	assert_string_equal(h->err.text, "there is no repository acme/absent");
	assert_string_equal(hidden, "there is no repository acme/hidden");
	ask.repositories = "acme/hidden,acme/absent";
	refused(h, &ask, "there is no repository acme/hidden, acme/absent");
	ask.repositories = "acme/hidden";
	ask.operator= true;
	refused(h, &ask, "gatehouse grant add bob acme/hidden read");
	assert_string_equal(token, "");
	ask.operator= false;
	assert_int_equal(gate_grant_set(&h->gate, "bob", "acme/hidden", "read", NULL, &h->err), 0);
	assert_int_equal(gate_issue(&h->gate, &ask, NULL, token, &h->err), 0);
}

static void no_bot_gets_scopes_it_could_never_use(void **state)
{
	struct house *h = *state;
	struct gate_issue ask = {.owner.workspace = "acme", .name = "x", .scopes = "write:user"};
	char token[TOKEN_LEN + 1];

	refused(h, &ask, "could never use write:user");
	ask.scopes = "clone, read:ssh-key";
	refused(h, &ask, "could never use read:ssh-key");
	ask.scopes = "admin:workspace";
	assert_int_equal(gate_issue(&h->gate, &ask, NULL, token, &h->err), 0);
	assert_int_equal(gate_project_add(&h->gate, "acme", "web", NULL, NULL, &h->err), 0);
	ask.owner = (struct gate_whose){.project = "acme/web"};
	refused(h, &ask, "could never use admin:workspace");
	ask.scopes = "admin:project";
	assert_int_equal(gate_issue(&h->gate, &ask, NULL, token, &h->err), 0);
	house_repository(h, "acme/site", NULL);
	ask.owner = (struct gate_whose){.repository = "acme/site"};
	refused(h, &ask, "could never use admin:project");
	ask.scopes = "admin, webhook, write:permission";
	assert_int_equal(gate_issue(&h->gate, &ask, NULL, token, &h->err), 0);
}

static void a_living_name_is_taken(void **state)
{
	struct house *h = *state;
	char token[TOKEN_LEN + 1];
	assert_int_equal(
	        gate_issue(&h->gate, ISSUE(.scopes = "read:repository"), NULL, token, &h->err), 0);
	refused(h, ISSUE(.scopes = "read:repository"), "already");
}

static void the_shortest_rule_cuts_a_life(void **state)
{
	struct house *h = *state;
	struct gate_workspace_edit rule = {.token_lifetime = "30d"};
	struct store_credential c;
	char token[TOKEN_LEN + 1];

	h->settings.token_lifetime = 90 * 86400;
	refused(h, ISSUE(.scopes = "read:repository", .expires = "never"), "90 days");
	refused(h, ISSUE(.scopes = "read:repository", .expires = "91d"), "token-lifetime");
	assert_int_equal(gate_workspace_edit(&h->gate, "acme", &rule, NULL, &h->err), 0);
	refused(h, ISSUE(.scopes = "read:repository", .expires = "31d"), "acme");
	assert_int_equal(
	        gate_issue(&h->gate, ISSUE(.scopes = "read:repository"), &c, token, &h->err), 0);
	assert_int_equal(c.expires - c.created, 30 * 86400);
	/* bob is no member of acme: only the server's rule binds him */
	assert_int_equal(gate_issue(&h->gate,
	                            &(struct gate_issue){.owner.user = "bob",
	                                                 .name = "b",
	                                                 .scopes = "read:repository",
	                                                 .expires = "60d"},
	                            &c, token, &h->err),
	                 0);
	/* unless the token is for one of its repositories */
	house_repository(h, "acme/site", NULL);
	refused(h,
	        &(struct gate_issue){.owner.user = "bob",
	                             .name = "c",
	                             .scopes = "read:repository",
	                             .expires = "60d",
	                             .repositories = "acme/site"},
	        "acme");
}

static int add_words(void *arg, const char *words)
{
	strcat(strcat(arg, words), ";");
	return 0;
}

static void limits_are_kept_and_told(void **state)
{
	struct house *h = *state;
	struct store_credential c;
	char token[TOKEN_LEN + 1], words[300] = "";
	struct buf reach;

	house_repository(h, "acme/site", NULL);
	assert_int_equal(gate_issue(&h->gate,
	                            ISSUE(.scopes = "write:repository",
	                                  .repositories = "acme/site acme/site",
	                                  .addresses = "192.0.2.0/24,::1", .expires = "never"),
	                            &c, token, &h->err),
	                 0);
	assert_int_equal(gate_credential_find(&h->gate, GATE_USER("ann"), "laptop", &c, &h->err),
	                 0);
	assert_int_equal(c.limits[LIMIT_REPOSITORY], 1);
	assert_int_equal(c.limits[LIMIT_ADDRESS], 2);
	assert_true(c.expires == CLOCK_NEVER);
	assert_int_equal(
	        gate_credential_limits(&h->gate, &c, LIMIT_REPOSITORY, add_words, words, &h->err),
	        0);
	assert_string_equal(words, "acme/site;");
	buf_init(&reach, 1000);
	assert_int_equal(gate_credential_reach(&h->gate, &c, &reach, &h->err), 0);
	assert_string_equal(buf_str(&reach), "acme/site");
	buf_clear(&reach);
}

static void reach_names_nothing_that_its_owner_may_not_see(void **state)
{
	struct house *h = *state;
	struct store_credential c;
	char token[TOKEN_LEN + 1];
	struct buf reach;

	house_repository(h, "acme/secret", NULL);
	assert_int_equal(gate_grant_set(&h->gate, "bob", "acme/secret", "read", NULL, &h->err), 0);
	assert_int_equal(gate_issue(&h->gate,
	                            &(struct gate_issue){.owner.user = "bob",
	                                                 .name = "b",
	                                                 .scopes = "read:repository",
	                                                 .repositories = "acme/secret"},
	                            &c, token, &h->err),
	                 0);
	assert_int_equal(gate_grant_remove(&h->gate, "bob", "acme/secret", &h->err), 0);
	buf_init(&reach, 1000);
	assert_int_equal(gate_credential_reach(&h->gate, &c, &reach, &h->err), 0);
	assert_null(strstr(buf_str(&reach), "secret"));
	buf_reset(&reach);
	c.limits[LIMIT_REPOSITORY] = 0;
	c.scopes = SCOPE_WRITE_REPOSITORY;
	assert_int_equal(gate_credential_reach(&h->gate, &c, &reach, &h->err), 0);
	assert_string_equal(buf_str(&reach), "what bob may read and write");
	buf_clear(&reach);
}

static void a_limit_never_widens_when_its_repository_goes(void **state)
{
	struct house *h = *state;
	struct store_credential c;
	char token[TOKEN_LEN + 1], words[300] = "";

	house_repository(h, "acme/site", NULL);
	assert_int_equal(gate_issue(&h->gate,
	                            ISSUE(.scopes = "read:repository", .repositories = "acme/site"),
	                            &c, token, &h->err),
	                 0);
	assert_int_equal(gate_repository_delete(&h->gate, "acme/site", NULL, &h->err), 0);
	assert_int_equal(gate_credential_find(&h->gate, GATE_USER("ann"), "laptop", &c, &h->err),
	                 0);
	assert_int_equal(c.limits[LIMIT_REPOSITORY], 1);
	assert_int_equal(
	        gate_credential_limits(&h->gate, &c, LIMIT_REPOSITORY, add_words, words, &h->err),
	        0);
	assert_memory_equal(words, "deleted:", 8);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
	        T(the_ledger_keeps_the_hash_and_nothing_of_the_secret),
	        T(a_revocation_is_seen_at_once_by_another_connection),
	        T(a_revoked_token_can_only_be_called_leaked),
	        T(what_can_not_be_asked_for_is_told),
	        T(an_access_token_has_a_bot_with_an_address_of_its_own),
	        T(the_workspaces_rule_binds_its_access_tokens),
	        T(a_preview_says_what_it_could_do_and_what_its_scopes_cut),
	        T(what_the_owner_can_not_see_is_asked_for_in_vain),
	        T(no_bot_gets_scopes_it_could_never_use),
	        T(a_living_name_is_taken),
	        T(the_shortest_rule_cuts_a_life),
	        T(limits_are_kept_and_told),
	        T(reach_names_nothing_that_its_owner_may_not_see),
	        T(a_limit_never_widens_when_its_repository_goes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
