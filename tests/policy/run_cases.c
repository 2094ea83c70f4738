/* Reads the tables of cases and asks policy_decide about each row.
 *
 * A row:  WORD... -> REASON [dead] [anyone] [create]
 * The words on the left change the facts of a sound start (see `start`); those
 * behind the reason must be just the flags the verdict has. `#` begins a
 * comment. Speaks TAP, one test per row, titled by the row itself.
 *
 * usage: run_cases FILE...
 */
#include "base/clock.h"
#include "policy/policy.h"

#include <stdio.h>
#include <string.h>

#define NOW 1000000

/* A fetch, without credential, of a private repository that exists. Where a
 * credential is genuine, it is alive and without limits. */
static const struct policy_facts start = {
        .operation = OPERATION_READ,
        .presented = PRESENTED_NOTHING,
        .now = NOW,
        .expires = CLOCK_NEVER,
        .revoked = CLOCK_NEVER,
        .exists = true,
        .anonymous_reading = true,
        .life = CLOCK_NEVER,
        .life_most = CLOCK_NEVER,
        .creation = CREATION_OWNERS,
};

/* Words that set one number, wherever it lies: the setter tells which. */
struct word {
	const char *word;
	void (*set)(struct policy_facts *f, int64_t value);
	int64_t value;
};

#define SETTER(name, field, type)                                                                  \
	static void set_##name(struct policy_facts *f, int64_t value)                              \
	{                                                                                          \
		f->field = (type)value;                                                            \
	}
static void set_exact(struct policy_facts *f, int64_t value)
{
	(void)value;
	f->scopes |= SCOPE_EXACT;
}

SETTER(presented, presented, enum presented)
SETTER(server, server, enum server_state)
SETTER(clear, in_clear, bool)
SETTER(failures, failures_reached, bool)
SETTER(requests, requests_reached, bool)
SETTER(operation, operation, enum operation)
SETTER(revoked, revoked, int64_t)
SETTER(expires, expires, int64_t)
SETTER(begins, not_before, int64_t)
SETTER(replaced, replaced, bool)
SETTER(standing, standing, enum standing)
SETTER(suspended, owner_suspended, bool)
SETTER(in_file, key_in_file, bool)
SETTER(deleted, owner_deleted, bool)
SETTER(bot, is_bot, bool)
SETTER(elsewhere, elsewhere, bool)
SETTER(right, right, enum right)
SETTER(exists, exists, bool)
SETTER(visibility, visibility, enum visibility)
SETTER(archived, archived, bool)
SETTER(anonymous, anonymous_reading, bool)
SETTER(seen, workspace_seen, bool)
SETTER(life, life, int64_t)
SETTER(life_most, life_most, int64_t)
SETTER(creation, creation, enum creation_rule)

static void set_address(struct policy_facts *f, int64_t inside)
{
	f->address_limited = true;
	f->address_inside = inside;
}

static void set_limit(struct policy_facts *f, int64_t inside)
{
	f->repository_limited = true;
	f->repository_inside = inside;
}

static void set_owner(struct policy_facts *f, int64_t owner)
{
	f->workspace_seen = true;
	f->workspace_owner = owner;
}

static const struct word words[] = {
        {"nothing", set_presented, PRESENTED_NOTHING},
        {"twice", set_presented, PRESENTED_TWICE},
        {"unreadable", set_presented, PRESENTED_UNREADABLE},
        {"damaged", set_presented, PRESENTED_DAMAGED},
        {"encoded", set_presented, PRESENTED_ENCODED},
        {"wrapped", set_presented, PRESENTED_WRAPPED},
        {"foreign", set_presented, PRESENTED_FOREIGN},
        {"unknown", set_presented, PRESENTED_UNKNOWN},
        {"genuine", set_presented, PRESENTED_GENUINE},
        {"server=ready", set_server, SERVER_READY},
        {"server=overloaded", set_server, SERVER_OVERLOADED},
        {"server=stopping", set_server, SERVER_STOPPING},
        {"server=disk-full", set_server, SERVER_DISK_FULL},
        {"server=fault", set_server, SERVER_FAULT},
        {"clear", set_clear, true},
        {"failures=reached", set_failures, true},
        {"requests=reached", set_requests, true},
        {"op=read", set_operation, OPERATION_READ},
        {"op=write", set_operation, OPERATION_WRITE},
        {"revoked=before", set_revoked, NOW - 1},
        {"revoked=now", set_revoked, NOW},
        {"revoked=later", set_revoked, NOW + 1},
        {"expires=before", set_expires, NOW - 1},
        {"expires=now", set_expires, NOW},
        {"expires=later", set_expires, NOW + 1},
        {"begins=before", set_begins, NOW - 1},
        {"begins=now", set_begins, NOW},
        {"begins=later", set_begins, NOW + 1},
        {"replaced", set_replaced, true},
        {"kind=noticed", set_standing, STANDING_NOTICE},
        {"kind=brownout", set_standing, STANDING_BROWNOUT},
        {"kind=off", set_standing, STANDING_OFF},
        {"kind=ended", set_standing, STANDING_ENDED},
        {"suspended", set_suspended, true},
        {"key-in-file", set_in_file, true},
        {"owner=deleted", set_deleted, true},
        {"bot", set_bot, true},
        {"elsewhere", set_elsewhere, true},
        {"right=none", set_right, RIGHT_NONE},
        {"right=read", set_right, RIGHT_READ},
        {"right=write", set_right, RIGHT_WRITE},
        {"right=admin", set_right, RIGHT_ADMIN},
        {"missing", set_exists, false},
        {"private", set_visibility, VISIBILITY_PRIVATE},
        {"internal", set_visibility, VISIBILITY_INTERNAL},
        {"public", set_visibility, VISIBILITY_PUBLIC},
        {"archived", set_archived, true},
        {"anonymous=off", set_anonymous, false},
        {"address=inside", set_address, true},
        {"address=outside", set_address, false},
        {"limit=inside", set_limit, true},
        {"limit=outside", set_limit, false},
        {"exact", set_exact, 0}, /* behind the scopes */
        {"member", set_seen, true},
        {"owner", set_owner, true},
        {"life=short", set_life, 90},
        {"life=long", set_life, 91},
        {"most=90", set_life_most, 90},
        {"creation=off", set_creation, CREATION_OFF},
        {"creation=owners", set_creation, CREATION_OWNERS},
        {"creation=members", set_creation, CREATION_MEMBERS},
};

static bool set_word(struct policy_facts *f, const char *word)
{
	static const char scopes[] = "scopes=";
	const char *bad;
	size_t bad_len;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i].word, word) == 0) {
			words[i].set(f, words[i].value);
			return true;
		}
	if (strncmp(word, scopes, strlen(scopes)) != 0)
		return false;
	return policy_scope_parse_list(word + strlen(scopes), &f->scopes, &bad, &bad_len);
}

/* The next word of the line, NUL behind it; NULL at the end. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, " \t\n");

	if (!*word)
		return NULL;
	*at = word + strcspn(word, " \t\n");
	if (**at)
		*(*at)++ = 0;
	return word;
}

struct wanted {
	enum reason reason;
	bool dead, anyone, create;
};

/* Says what is wrong with the row itself, or NULL. */
static const char *read_wanted(char **at, struct wanted *out)
{
	char *word = next_word(at);

	if (!word || (out->reason = policy_reason_by_name(word)) == REASON_COUNT)
		return "no known reason behind the arrow";
	while ((word = next_word(at))) {
		bool *flag = strcmp(word, "dead") == 0     ? &out->dead
		             : strcmp(word, "anyone") == 0 ? &out->anyone
		             : strcmp(word, "create") == 0 ? &out->create
		                                           : NULL;

		if (!flag)
			return "an unknown word behind the reason";
		*flag = true;
	}
	return NULL;
}

static const char *read_row(char *line, struct policy_facts *f, struct wanted *wanted)
{
	char *word;

	*f = start;
	while ((word = next_word(&line)) && strcmp(word, "->") != 0)
		if (!set_word(f, word))
			return "an unknown word before the arrow";
	return word ? read_wanted(&line, wanted) : "no arrow";
}

static bool run_row(unsigned number, const char *row)
{
	struct policy_facts f;
	struct verdict v;
	struct wanted wanted = {0};
	char line[512];
	const char *fault;
	bool ok;

	snprintf(line, sizeof line, "%s", row);
	fault = read_row(line, &f, &wanted);
	if (fault) {
		printf("not ok %u - %s\n# %s\n", number, row, fault);
		return false;
	}
	policy_decide(&f, &v);
	ok = v.reason == wanted.reason && v.dead == wanted.dead && v.as_anyone == wanted.anyone &&
	     v.create == wanted.create;
	printf("%sok %u - %s\n", ok ? "" : "not ", number, row);
	if (!ok)
		printf("# got: %s%s%s%s\n", policy_reason_name(v.reason), v.dead ? " dead" : "",
		       v.as_anyone ? " anyone" : "", v.create ? " create" : "");
	return ok;
}

static bool run_file(FILE *file, unsigned *number)
{
	char line[512];
	bool ok = true;

	while (fgets(line, sizeof line, file)) {
		line[strcspn(line, "#\n")] = 0;
		if (line[strspn(line, " \t")])
			ok &= run_row(++*number, line);
	}
	return ok;
}

int main(int argc, char **argv)
{
	unsigned number = 0;
	bool ok = argc > 1;

	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "r");

		if (!file) {
			printf("Bail out! %s can't be read\n", argv[i]);
			return 1;
		}
		ok &= run_file(file, &number);
		fclose(file);
	}
	printf("1..%u\n", number);
	return ok && number ? 0 : 1;
}
