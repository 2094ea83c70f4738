/* The words of single reasons. */
#include "explain_scene.h"

#include "policy/foreign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct token_look short_look = {.shape = TOKEN_SHORT, .seen = 41};

static void nothing_sent_is_answered_alike_everywhere(void **state)
{
	struct policy_facts f = sound;
	char *text;

	(void)state;
	f.presented = PRESENTED_NOTHING;
	text = strdup(decide_and_explain(&f, &friendly));
	assert_non_null(text);
	holds(text, "x-token-auth");
	holds(text, "Bearer");
	holds(text, "gatehouse token create --user NAME");
	f.exists = false;
	assert_string_equal(text, decide_and_explain(&f, &friendly));
	f.exists = true;
	f.visibility = VISIBILITY_INTERNAL;
	assert_string_equal(text, decide_and_explain(&f, &friendly));
	free(text);
}

static void a_damaged_token_is_told_its_length(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;
	struct token_look look = short_look;

	(void)state;
	f.presented = PRESENTED_DAMAGED;
	s.look = &look;
	holds(decide_and_explain(&f, &s),
	      "cut short: 41 characters came, and a token has 54. [token-damaged]");
	look.shape = TOKEN_LONG;
	look.seen = 60;
	holds(decide_and_explain(&f, &s), "extra characters: 60 came, and a token has 54.");
	look.shape = TOKEN_CHECKSUM;
	holds(decide_and_explain(&f, &s), "at least one is wrong");
}

static void what_stood_around_a_token_is_told(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;
	struct token_look look = {.shape = TOKEN_WRAPPED, .around = "quotation marks"};

	(void)state;
	f.presented = PRESENTED_WRAPPED;
	s.look = &look;
	holds(decide_and_explain(&f, &s), "something around it: quotation marks. [token-wrapped]");
}

static void a_foreign_secret_is_told_what_it_looks_like(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;
	struct token_look look = {.shape = TOKEN_FOREIGN};
	static const char sent[] = "ghp_0123456789abcdefghijABCDEFGHIJ012345";

	(void)state;
	f.presented = PRESENTED_FOREIGN;
	s.look = &look;
	look.foreign = policy_foreign_find(sent, strlen(sent));
	holds(decide_and_explain(&f, &s), "looks like a personal access token of GitHub. ["
	                                  "not-a-token]\nThis server is not GitHub");
	look.foreign = NULL;
	holds(decide_and_explain(&f, &s), "An account password does not open Git:");
	holds_not(decide_and_explain(&f, &s), "GitHub");
}

static void a_one_time_link_is_told_from_a_token(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;
	struct token_look look = {.shape = TOKEN_GOOD, .kind = CREDENTIAL_LINK};

	(void)state;
	f.presented = PRESENTED_FOREIGN;
	s.look = &look;
	holds(decide_and_explain(&f, &s), "is a one-time link for the web pages, not a token. ["
	                                  "not-a-token]\nIt opens a page in a browser, once");
	holds_not(decide_and_explain(&f, &s), "password does not open Git");
	holds_not(decide_and_explain(&f, &s), "begin with gth");
}

static void a_busy_server_tells_which_limit(void **state)
{
	static const char *const words[] = {
	        [BUSY_SERVER] = "runs 32 git processes at a time, and all are busy. [",
	        [BUSY_ADDRESS] = "runs 32 git processes for one address at a time",
	        [BUSY_OWNER] = "runs 32 git processes for one user at a time",
	        [BUSY_CREDENTIAL] = "runs 32 git processes for one credential at a time",
	        [BUSY_REPOSITORY] = "runs 32 git processes on one repository at a time"};
	struct policy_facts f = sound;

	(void)state;
	f.server = SERVER_OVERLOADED;
	holds(decide_and_explain(&f, &friendly), "The server is at its limit");
	for (int of = BUSY_SERVER; of <= BUSY_REPOSITORY; of++) {
		f.busy = (struct policy_busy){.of = (enum busy_of)of, .most = 32, .waited = 10};
		holds(decide_and_explain(&f, &friendly), words[of]);
		holds(decide_and_explain(&f, &friendly),
		      "\nThis request waited 10 seconds for one to end. Try again in 5 seconds.\n");
		check_width(decide_and_explain(&f, &friendly));
	}
	/* who brings no credential hears it too */
	f.presented = PRESENTED_NOTHING;
	holds(decide_and_explain(&f, &friendly), words[BUSY_REPOSITORY]);
	f.busy = (struct policy_busy){.of = (enum busy_of)17, .most = 1};
	holds(decide_and_explain(&f, &friendly), "The server is at its limit");
}

static void an_expired_token_is_told_when_and_how_to_rotate_it(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;

	(void)state;
	f.expires = s.expires = NOW - 3 * DAY;
	assert_string_equal(
	        decide_and_explain(&f, &s),
	        "The token \"laptop\" has expired. [token-expired]\n"
	        "It is an API token of ann. It ended 2026-11-22 14:03:07 UTC (3 days ago).\n"
	        "Give it a new secret; its scopes and limits stay. On the server (or ask its "
	        "administrator):\n"
	        "  gatehouse token rotate laptop --user ann\n"
	        "Reference: 7kq2m9xa4e\n");
	/* the facts know the time too */
	s.expires = CLOCK_NEVER;
	holds(decide_and_explain(&f, &s), "It ended 2026-11-22 14:03:07 UTC");
}

static void an_app_password_that_is_turned_off_is_told_what_goes_in_its_place(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;

	(void)state;
	f.standing = STANDING_OFF;
	s.kind = CREDENTIAL_APP_PASSWORD;
	assert_string_equal(
	        decide_and_explain(&f, &s),
	        "The app password \"laptop\" is not taken: app passwords are turned off on this "
	        "server. [app-passwords-off]\n"
	        "It is an app password of ann. It is sound, and works again should they be\n"
	        "turned on. An API token goes where it was, with the same user name.\n"
	        "Make one. On the server (or ask its administrator):\n"
	        "  gatehouse token create --user ann --name laptop-2 --scopes read:repository\n"
	        "Reference: 7kq2m9xa4e\n");
}

static void a_brownout_is_told_until_when_and_what_goes_in_its_place(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;

	(void)state;
	f.standing = STANDING_BROWNOUT;
	s.kind = CREDENTIAL_APP_PASSWORD;
	s.retired = "app passwords";
	s.retires = NOW + 40 * DAY;
	s.brownout_until = NOW + 600;
	s.brownout_next = NOW + 6 * 3600;
	s.replacement = "gatehouse token create --user ann --name laptop-3 --scopes clone --repos "
	                "acme/site";
	assert_string_equal(
	        decide_and_explain(&f, &s),
	        "The app password \"laptop\" is not taken until 2026-11-25 14:13:07 UTC: a "
	        "brownout. [retirement-brownout]\n"
	        "It is an app password of ann. On this server app passwords end 2027-01-04 "
	        "14:03:07 UTC.\n"
	        "Before that there are hours without them, so that nobody is surprised; it works "
	        "again when\n"
	        "this one is over. The next one begins 2026-11-25 20:03:07 UTC.\n"
	        "Make a token in its place, with the same reach. On the server (or ask its "
	        "administrator):\n"
	        "  gatehouse token create --user ann --name laptop-3 --scopes clone --repos "
	        "acme/site\n"
	        "Reference: 7kq2m9xa4e\n");
	s.retires = s.brownout_next = CLOCK_NEVER;
	s.replacement = s.retired = NULL;
	holds(decide_and_explain(&f, &s), "On this server credentials like it are on their way "
	                                  "out.\nBefore");
	holds(decide_and_explain(&f, &s), "when\nthis one is over.\nMake a token");
	holds(decide_and_explain(&f, &s), "--name laptop-2 ");
}

static void what_was_retired_is_told_since_when(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;

	(void)state;
	f.standing = STANDING_ENDED;
	s.retired = "API tokens that never expire";
	s.retires = NOW - 3 * DAY;
	s.replacement = "gatehouse token create --user ann --name laptop-3";
	holds(decide_and_explain(&f, &s),
	      "The token \"laptop\" is not taken any more: its time is over. [retirement-ended]\n"
	      "It is an API token of ann. On this server API tokens that never expire ended\n"
	      "2026-11-22 14:03:07 UTC (3 days ago).\n"
	      "Make a token in its place, with the same reach. On the server (or ask its "
	      "administrator):\n  gatehouse token create --user ann --name laptop-3\nLet Git's "
	      "helper");
}

static void a_revoked_token_is_told_when_by_whom_and_why(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;
	const char *text;

	(void)state;
	f.revoked = s.revoked = NOW - 3600;
	s.revoked_by = "an administrator";
	s.revoke_reason = "the laptop was lost";
	text = decide_and_explain(&f, &s);
	holds(text, "The token \"laptop\" was revoked. [token-revoked]\n");
	holds(text, "Revoked 2026-11-25 13:03:07 UTC (1 hour ago) by an administrator.\n");
	holds(text, "The reason given: the laptop was lost\n");
	holds(text, "forget this one (from ~/.netrc take it out yourself):\n"
	            "  printf 'url=%s\\n\\n' https://ann@git.example.org/acme/site.git | git "
	            "credential reject\n");
	s.revoked_by = s.revoke_reason = NULL;
	text = decide_and_explain(&f, &s);
	holds(text, "(1 hour ago).\n");
	holds_not(text, "reason given");
}

static void what_a_client_is_to_forget_is_named_as_it_was_sent(void **state)
{
	static const struct {
		const char *sent, *words;
	} cases[] = {{"ann@example.org", "https://ann%40example.org@git.example.org/"},
	             {"a+b@c.de", "https://a%2Bb%40c.de@git.example.org/"},
	             {"x-token-auth", "https://x-token-auth@git.example.org/"},
	             {"two words", "https://NAME@git.example.org/"},
	             {"$(id)", "https://NAME@git.example.org/"},
	             {"-o", "https://NAME@git.example.org/"}};
	struct policy_facts f = sound;
	struct policy_story s = friendly;

	(void)state;
	f.revoked = s.revoked = NOW - 3600;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		s.user_hint = cases[i].sent;
		holds(decide_and_explain(&f, &s), cases[i].words);
	}
	s.user_hint = NULL;
	holds(decide_and_explain(&f, &s), "It came in a header or in the address.");
	holds_not(decide_and_explain(&f, &s), "credential reject");
}

static void of_a_leaked_token_only_that_is_told(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s;
	const char *text;

	(void)state;
	mark_facts(&s);
	f.revoked = s.revoked = NOW - 3600;
	s.leaked = true;
	text = decide_and_explain(&f, &s);
	holds(text, "This token was revoked as leaked. [token-revoked]\n");
	holds(text, "--user NAME");
	holds_not(text, MARK);
	holds_not(text, "2026");
	check_form(text, REASON_TOKEN_REVOKED, friendly.reference);
}

static void a_token_that_has_not_begun_is_told_both_times(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;

	(void)state;
	f.not_before = s.not_before = NOW + DAY;
	holds(decide_and_explain(&f, &s), "It begins 2026-11-26 14:03:07 UTC; the clock of this "
	                                  "server says 2026-11-25 14:03:07 UTC.\n");
}

static void a_life_that_is_too_long_is_told_with_the_rule(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;

	(void)state;
	f.life = CLOCK_NEVER;
	f.life_most = 90 * DAY;
	assert_string_equal(
	        decide_and_explain(&f, &s),
	        "The token \"laptop\" lives too long for the workspace acme. [token-lifetime]\n"
	        "It was made to live for ever, and 90 days is the most there.\n"
	        "It is an API token of ann. Made 2026-08-27 14:03:07 UTC, it never ends.\n"
	        "Elsewhere it works as before. Only an owner of the workspace can change the "
	        "rule.\n"
	        "Make one that lives no longer. On the server (or ask its administrator):\n"
	        "  gatehouse token create --user ann --name laptop-2 --scopes read:repository "
	        "--expires 90d\n"
	        "Reference: 7kq2m9xa4e\n");
	f.life = 400 * DAY;
	s.expires = s.created + f.life;
	holds(decide_and_explain(&f, &s), "to live 400 days, and 90 days is the most there.\n");
	holds(decide_and_explain(&f, &s), "14:03:07 UTC, it ends 2027-10-01 14:03:07 UTC.\n");
	f.life = 90 * DAY + 3600;
	holds(decide_and_explain(&f, &s),
	      "to live a little more than 90 days, which is the most there.\n");
}

static void a_missing_scope_is_told_with_the_command_that_mends_it(void **state)
{
	struct policy_facts f = sound;

	(void)state;
	f.operation = OPERATION_WRITE;
	f.scopes |= SCOPE_READ_USER;
	assert_string_equal(
	        decide_and_explain(&f, &friendly),
	        "The token \"laptop\" lacks what pushing needs: write:repository. [scope-missing]\n"
	        "Needed: read:repository, write:repository. Present: read:repository, read:user. "
	        "Missing: write:repository.\n"
	        "Scopes can't be added to a token; make a new one. On the server (or ask its "
	        "administrator):\n"
	        "  gatehouse token create --user ann --name laptop-2 --scopes "
	        "write:repository,read:user\n"
	        "Reference: 7kq2m9xa4e\n");
}

static void an_admin_scope_is_told_to_be_for_settings(void **state)
{
	struct policy_facts f = sound;

	(void)state;
	f.scopes = SCOPE_ADMIN_REPOSITORY;
	holds(decide_and_explain(&f, &friendly),
	      "covers settings and not content. [scope-admin-only]");
	holds(decide_and_explain(&f, &friendly), "--scopes read:repository,admin:repository\n");
	f.scopes = 0;
	holds(decide_and_explain(&f, &friendly),
	      "without scopes and so opens nothing. [token-without-scopes]");
}

static void a_missing_right_is_told_as_no_fault_of_the_token(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;
	const char *text;

	(void)state;
	f.operation = OPERATION_WRITE;
	f.scopes = SCOPE_WRITE_REPOSITORY;
	s.admins = "bob, eve";
	text = decide_and_explain(&f, &s);
	holds(text, "ann may read acme/site but not push to it. [right-missing]\n");
	holds(text, "The token \"laptop\" is fine");
	holds(text, "The right here is read, and write is needed.");
	holds(text, "can grant it: bob, eve.\n");
	s.admins = NULL;
	holds(decide_and_explain(&f, &s), "a new token would not help");
}

static void hidden_and_missing_are_told_in_the_same_bytes(void **state)
{
	struct policy_facts f = sound;
	char *text;

	(void)state;
	f.right = RIGHT_NONE;
	text = strdup(decide_and_explain(&f, &friendly));
	assert_non_null(text);
	holds(text,
	      "There is no repository acme/site, or ann may not see it. [repository-not-found]\n");
	holds(text, "You came as ann, with the API token \"laptop\".\n"
	            "It reaches: the repositories ann may read and write.\n");
	f.exists = false;
	assert_string_equal(text, decide_and_explain(&f, &friendly));
	f.exists = true;
	f.visibility = VISIBILITY_INTERNAL;
	f.is_bot = true;
	assert_string_equal(text, decide_and_explain(&f, &friendly));
	free(text);
}

static void another_user_name_is_told_where_it_may_be_the_cause(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;

	(void)state;
	f.exists = false;
	s.user_hint = "bob";
	holds(decide_and_explain(&f, &s),
	      "The user name sent was bob, but the token is one of ann");
	s.user_hint = "x-token-auth";
	holds_not(decide_and_explain(&f, &s), "user name sent");
	s.user_hint = "ANN";
	holds_not(decide_and_explain(&f, &s), "user name sent");
	s.user_hint = "ann@example.org";
	s.hint_fits = true;
	holds_not(decide_and_explain(&f, &s), "user name sent");
	s.user_hint = NULL;
	holds_not(decide_and_explain(&f, &s), "user name sent");
}

static void an_access_token_is_told_what_it_belongs_to(void **state)
{
	static const struct {
		const char *owner, *told, *flag;
		enum credential_kind kind;
	} cases[] = {
	        {"beta/lib", "the repository beta/lib", " --repo beta/lib\n",
	         CREDENTIAL_REPOSITORY_TOKEN},
	        {"beta/project:web", "the project beta/web", " --project beta/web\n",
	         CREDENTIAL_PROJECT_TOKEN},
	        {"beta/project:our web", "the project beta/our web", " --project WS/KEY\n",
	         CREDENTIAL_PROJECT_TOKEN},
	        {"beta", "the workspace beta", " --workspace beta\n", CREDENTIAL_WORKSPACE_TOKEN}};
	struct policy_facts f = sound;
	struct policy_story s = friendly;
	char part[200], *text;

	(void)state;
	f.is_bot = f.elsewhere = true;
	f.right = RIGHT_NONE;
	s.bot = 12;
	s.acts_as = "bot ci";
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		s.owner = cases[i].owner;
		s.kind = cases[i].kind;
		text = strdup(decide_and_explain(&f, &s));
		snprintf(part, sizeof part, "belongs to %s and does not reach acme/site. [",
		         cases[i].told);
		holds(text, part);
		holds(text, "\n  gatehouse grant add id:12 acme/site read\n");
		f.exists = false; /* not one byte differs */
		assert_string_equal(text, decide_and_explain(&f, &s));
		f.exists = true;
		free(text);
		f.expires = NOW - 1;
		snprintf(part, sizeof part, "It is an access token of %s, acting as bot ci. ",
		         cases[i].told);
		holds(decide_and_explain(&f, &s), part);
		holds(decide_and_explain(&f, &s), cases[i].flag);
		f.expires = CLOCK_NEVER;
	}
}

static void a_token_whose_repository_is_deleted_says_what_brings_it_back(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;
	const char *text;

	(void)state;
	f.is_bot = f.owner_deleted = true;
	s.kind = CREDENTIAL_REPOSITORY_TOKEN;
	s.owner = "acme/site";
	s.deleted = NOW - 2 * DAY;
	s.deleted_id = "0123456789abcdef0123456789abcdef";
	text = decide_and_explain(&f, &s);
	holds(text, "was deleted: the repository acme/site. [owner-deleted]\n");
	holds(text, "(2 days ago)");
	holds(text, "\n  gatehouse repo undelete 0123456789abcdef0123456789abcdef\n");
	s.deleted = 0;
	s.owner = NULL;
	text = decide_and_explain(&f, &s);
	holds(text, "gone for good");
	holds_not(text, "undelete");
}

static void a_replaced_secret_is_told_the_newer_one(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;
	const char *text;

	(void)state;
	f.replaced = true;
	s.replaced = NOW - 2 * DAY;
	text = decide_and_explain(&f, &s);
	holds(text, "The token \"laptop\" has a newer secret, and the time of this one is over. [");
	holds(text, "(2 days ago)");
	holds(text, "\n  gatehouse token rotate laptop --user ann\n");
}

static void a_suspended_person_hears_what_would_have_gone_on(void **state)
{
	struct policy_facts f = sound;

	(void)state;
	f.owner_suspended = true;
	holds(decide_and_explain(&f, &friendly),
	      "\n  gatehouse token create --repo acme/site --name laptop --scopes "
	      "read:repository\n");
}

static void a_wrong_address_is_told_and_where_it_was_seen(void **state)
{
	struct policy_facts f = sound;
	struct policy_story s = friendly;
	const char *text;

	(void)state;
	f.address_limited = true;
	text = decide_and_explain(&f, &s);
	holds(text, "may not be used from 203.0.113.5. [address-not-allowed]\n");
	holds(text, "the other end of the connection");
	holds(text, "The token itself sets the limit");
	holds(text, "--addresses 203.0.113.5\n");
	s.address_header = "X-Forwarded-For";
	holds(decide_and_explain(&f, &s), "in the header X-Forwarded-For, set by a proxy.");
	s.address = "1.2.3.4; rm";
	holds_not(decide_and_explain(&f, &s), "--addresses");
}

static void a_repository_that_may_not_be_made_is_told_the_rule(void **state)
{
	struct policy_facts f = sound;
	char *text;

	(void)state;
	f.operation = OPERATION_WRITE;
	f.scopes = SCOPE_WRITE_REPOSITORY;
	f.exists = false;
	f.workspace_seen = true;
	f.creation = CREATION_OWNERS;
	text = strdup(decide_and_explain(&f, &friendly));
	assert_non_null(text);
	holds(text, "[create-not-allowed]\nIn the workspace acme only owners make repositories");
	holds(text, "\n  gatehouse repo create acme/site\n");
	f.exists = true;
	f.right = RIGHT_NONE;
	assert_string_equal(text, decide_and_explain(&f, &friendly));
	f.creation = CREATION_OFF;
	holds(decide_and_explain(&f, &friendly), "nobody makes repositories");
	free(text);
}

static void an_archived_repository_says_since_when_by_whom_and_what_opens_it(void **state)
{
	struct verdict v = refused(REASON_ARCHIVED, true);
	struct policy_story s = friendly;
	const char *text;

	(void)state;
	s.archived = NOW - 3 * DAY;
	s.archived_by = "cleo";
	text = explain(&sound, &v, &s);
	holds(text, "acme/site is archived: ");
	holds(text, "It was archived 2026-11-22 14:03:07 UTC (3 days ago) by cleo. ");
	holds(text, "\n  gatehouse repo unarchive acme/site\n");
	holds(text, "Your right here is read; once it is open again, write is needed.\n");
	v.right_present = RIGHT_WRITE;
	holds_not(explain(&sound, &v, &s), "Your right here");
}

static void a_malformed_object_is_told_in_words_with_the_way_out(void **state)
{
	struct verdict v = refused(REASON_OBJECT_CHECK, true);
	struct policy_story s = friendly;
	const char *text;

	(void)state;
	s.object = "1f3ac0ffee1f3ac0ffee1f3ac0ffee1f3ac0ffee";
	s.defect = "badTimezone";
	text = explain(&sound, &v, &s);
	holds(text, "a time zone that is not + or - and four digits. [object-check]\n");
	holds(text, "The object is 1f3ac0ffee1f3ac0ffee1f3ac0ffee1f3ac0ffee; Git calls the defect "
	            "badTimezone.\n");
	holds(text, "  gatehouse repo edit acme/site --check lenient\n");
	s.defect = "hasDotgit";
	text = explain(&sound, &v, &s);
	holds(text, "lowering the repository's check is no help");
	holds_not(text, "--check");
	s.defect = "nulInCommit";
	holds(explain(&sound, &v, &s), "\n  gatehouse repo edit acme/site --check off\n");
	s.defect = "brandNewDefect";
	text = explain(&sound, &v, &s);
	holds(text, "Git calls the defect brandNewDefect.\n");
	holds(text, "--check lenient");
}

static void a_name_that_no_ref_may_have_is_told_with_its_fault(void **state)
{
	struct verdict v = refused(REASON_REF_NAME, true);
	struct policy_story s = friendly;
	const char *text;

	(void)state;
	s.bad_refs = "refs/heads/a..b: it holds two dots in a row\n";
	text = explain(&sound, &v, &s);
	holds(text, "no ref to be called. [ref-name]\nrefs/heads/a..b: it holds two dots in a row\n"
	            "Nothing was stored. ");
	s.bad_refs = NULL;
	holds(explain(&sound, &v, &s), "[ref-name]\nNothing was stored. ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nothing_sent_is_answered_alike_everywhere),
	        cmocka_unit_test(a_damaged_token_is_told_its_length),
	        cmocka_unit_test(what_stood_around_a_token_is_told),
	        cmocka_unit_test(a_foreign_secret_is_told_what_it_looks_like),
	        cmocka_unit_test(a_one_time_link_is_told_from_a_token),
	        cmocka_unit_test(a_busy_server_tells_which_limit),
	        cmocka_unit_test(an_expired_token_is_told_when_and_how_to_rotate_it),
	        cmocka_unit_test(an_app_password_that_is_turned_off_is_told_what_goes_in_its_place),
	        cmocka_unit_test(a_brownout_is_told_until_when_and_what_goes_in_its_place),
	        cmocka_unit_test(what_was_retired_is_told_since_when),
	        cmocka_unit_test(a_revoked_token_is_told_when_by_whom_and_why),
	        cmocka_unit_test(what_a_client_is_to_forget_is_named_as_it_was_sent),
	        cmocka_unit_test(of_a_leaked_token_only_that_is_told),
	        cmocka_unit_test(a_token_that_has_not_begun_is_told_both_times),
	        cmocka_unit_test(a_life_that_is_too_long_is_told_with_the_rule),
	        cmocka_unit_test(a_missing_scope_is_told_with_the_command_that_mends_it),
	        cmocka_unit_test(an_admin_scope_is_told_to_be_for_settings),
	        cmocka_unit_test(a_missing_right_is_told_as_no_fault_of_the_token),
	        cmocka_unit_test(hidden_and_missing_are_told_in_the_same_bytes),
	        cmocka_unit_test(an_access_token_is_told_what_it_belongs_to),
	        cmocka_unit_test(a_token_whose_repository_is_deleted_says_what_brings_it_back),
	        cmocka_unit_test(a_replaced_secret_is_told_the_newer_one),
	        cmocka_unit_test(a_suspended_person_hears_what_would_have_gone_on),
	        cmocka_unit_test(another_user_name_is_told_where_it_may_be_the_cause),
	        cmocka_unit_test(a_wrong_address_is_told_and_where_it_was_seen),
	        cmocka_unit_test(a_repository_that_may_not_be_made_is_told_the_rule),
	        cmocka_unit_test(an_archived_repository_says_since_when_by_whom_and_what_opens_it),
	        cmocka_unit_test(a_malformed_object_is_told_in_words_with_the_way_out),
	        cmocka_unit_test(a_name_that_no_ref_may_have_is_told_with_its_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
