/* Walks through all facts and shows what must hold for each.
 *
 * A state is a number: one digit per fact, with a base of its own. In the facts
 * that restrict, a higher digit is the tighter one, so that "no restriction ever
 * widens access" is: where a state is refused, its neighbour with one such digit
 * raised is refused too. What holds for every single step holds for all. */
#include "test_policy.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW 1000

/* -- the facts as digits -- */

enum digit {
	BEGINS,
	EXPIRES,
	REVOKED,
	SUSPENDED,
	BOT,
	ADDRESS_LIMITED,
	ADDRESS_OUTSIDE,
	REPOSITORY_LIMITED,
	REPOSITORY_OUTSIDE,
	NO_READ,
	NO_WRITE,
	NO_ADMIN,
	RIGHT,
	VISIBILITY,
	NOT_ANONYMOUS,
	ARCHIVED,
	TOO_LONG,
	WORKSPACE_HIDDEN,
	NO_OWNER,
	CREATION,
	RESTRICTING, /* the digits below only say which question it is */
	OPERATION = RESTRICTING,
	MISSING,
	DIGITS
};

static const struct {
	const char *raised; /* what raising it means */
	unsigned base;
} digits[DIGITS] = {
        [BEGINS] = {"a later begin (a bot: its kind retired or turned off)", 2},
        [EXPIRES] = {"an earlier end, or a newer secret", 3},
        [REVOKED] = {"a revocation", 2},
        [SUSPENDED] = {"an owner suspended, or one who asks for other keys (a bot's: deleted)", 2},
        [BOT] = {"a bot instead of a user", 2},
        [ADDRESS_LIMITED] = {"an address limit", 2},
        [ADDRESS_OUTSIDE] = {"an address outside", 2},
        [REPOSITORY_LIMITED] = {"a repository limit", 2},
        [REPOSITORY_OUTSIDE] = {"a repository taken off the list", 2},
        [NO_READ] = {"read:repository removed", 2},
        [NO_WRITE] = {"write:repository removed", 2},
        [NO_ADMIN] = {"admin:repository removed", 2},
        [RIGHT] = {"a lower right", 4},
        [VISIBILITY] = {"a less visible repository", 3},
        [NOT_ANONYMOUS] = {"anonymous reading off", 2},
        [ARCHIVED] = {"an archived repository", 2},
        [TOO_LONG] = {"a shorter life allowed", 2},
        [WORKSPACE_HIDDEN] = {"a membership removed (a bot: it belongs elsewhere)", 2},
        [NO_OWNER] = {"a workspace owner made a member", 2},
        [CREATION] = {"a tighter rule for making repositories", 3},
        [OPERATION] = {"", 2},
        [MISSING] = {"", 2},
};

static size_t strides[DIGITS + 1]; /* set once, by count_states */

static size_t count_states(void)
{
	strides[0] = 1;
	for (int d = 0; d < DIGITS; d++)
		strides[d + 1] = strides[d] * digits[d].base;
	return strides[DIGITS];
}

static unsigned digit_of(size_t state, int d)
{
	return (unsigned)(state / strides[d] % digits[d].base);
}

/* write:repository brings read:repository with it; where that is taken away, the set
 * is exact. */
static scope_set_t scopes_of(size_t state)
{
	bool reads = !digit_of(state, NO_READ), writes = !digit_of(state, NO_WRITE);
	scope_set_t content = writes  ? SCOPE_WRITE_REPOSITORY | (reads ? 0 : SCOPE_EXACT)
	                      : reads ? SCOPE_READ_REPOSITORY
	                              : 0;

	return content | (digit_of(state, NO_ADMIN) ? 0 : SCOPE_ADMIN_REPOSITORY);
}

/* Which of the stages it is goes with digits that mean nothing to them. */
static enum standing standing_of(size_t state)
{
	static const enum standing closed[] = {STANDING_OFF, STANDING_BROWNOUT, STANDING_ENDED,
	                                       STANDING_BROWNOUT};

	if (digit_of(state, BEGINS) && digit_of(state, BOT))
		return closed[digit_of(state, NO_ADMIN) + 2 * digit_of(state, ADDRESS_OUTSIDE)];
	return digit_of(state, NO_ADMIN) ? STANDING_NOTICE : STANDING_ALLOWED;
}

static void facts_of(size_t state, struct policy_facts *f)
{
	/* no end and a revocation of the past are in tests/policy/life.cases */
	static const int64_t expires[] = {NOW + 1, NOW, NOW + 1};
	static const int64_t revoked[] = {CLOCK_NEVER, NOW + 1};
	static const enum right rights[] = {RIGHT_ADMIN, RIGHT_WRITE, RIGHT_READ, RIGHT_NONE};
	static const enum visibility visibilities[] = {VISIBILITY_PUBLIC, VISIBILITY_INTERNAL,
	                                               VISIBILITY_PRIVATE};
	static const enum creation_rule creations[] = {CREATION_MEMBERS, CREATION_OWNERS,
	                                               CREATION_OFF};

	*f = (struct policy_facts){
	        .server = SERVER_READY,
	        .operation = digit_of(state, OPERATION) ? OPERATION_WRITE : OPERATION_READ,
	        .presented = PRESENTED_GENUINE,
	        .now = NOW,
	        .not_before = digit_of(state, BEGINS) && !digit_of(state, BOT) ? NOW + 1 : 0,
	        .expires = expires[digit_of(state, EXPIRES)],
	        .revoked = revoked[digit_of(state, REVOKED)],
	        .replaced = digit_of(state, EXPIRES) == 2,
	        .standing = standing_of(state),
	        /* two that close alike, and a scope that opens no content: all four */
	        .owner_suspended = digit_of(state, SUSPENDED) && !digit_of(state, BOT) &&
	                           !digit_of(state, NO_ADMIN),
	        .key_in_file = digit_of(state, SUSPENDED) && !digit_of(state, BOT) &&
	                       digit_of(state, NO_ADMIN),
	        .owner_deleted = digit_of(state, SUSPENDED) && digit_of(state, BOT),
	        .is_bot = digit_of(state, BOT),
	        .elsewhere = digit_of(state, WORKSPACE_HIDDEN) && digit_of(state, BOT),
	        .address_limited = digit_of(state, ADDRESS_LIMITED),
	        .address_inside = !digit_of(state, ADDRESS_OUTSIDE),
	        .repository_limited = digit_of(state, REPOSITORY_LIMITED),
	        .repository_inside = !digit_of(state, REPOSITORY_OUTSIDE),
	        .scopes = scopes_of(state),
	        .right = rights[digit_of(state, RIGHT)],
	        .exists = !digit_of(state, MISSING),
	        .visibility = visibilities[digit_of(state, VISIBILITY)],
	        .anonymous_reading = !digit_of(state, NOT_ANONYMOUS),
	        .archived = digit_of(state, ARCHIVED),
	        .life = 90,
	        .life_most = digit_of(state, TOO_LONG) ? 89 : 90,
	        .workspace_seen = !digit_of(state, WORKSPACE_HIDDEN),
	        .workspace_owner = !digit_of(state, NO_OWNER),
	        .creation = creations[digit_of(state, CREATION)],
	};
}

/* -- the rules once more, said the other way round -- */

static bool alive(const struct policy_facts *f)
{
	return f->revoked == CLOCK_NEVER && f->now < f->expires && !f->replaced &&
	       f->not_before <= f->now && !f->owner_suspended && !f->key_in_file &&
	       !f->owner_deleted;
}

static bool taken(const struct policy_facts *f)
{
	return f->standing == STANDING_ALLOWED || f->standing == STANDING_NOTICE;
}

/* No good, for good, and told so: a limit of failed tries hides what is not alive. */
static bool is_dead(const struct policy_facts *f)
{
	bool over = f->revoked != CLOCK_NEVER || f->expires <= f->now || f->replaced;

	return (over && !f->failures_reached) || (alive(f) && f->standing == STANDING_ENDED);
}

static bool anyone_reads(const struct policy_facts *f)
{
	return f->operation == OPERATION_READ && f->exists && f->visibility == VISIBILITY_PUBLIC &&
	       f->anonymous_reading;
}

static bool seen(const struct policy_facts *f)
{
	if (!f->exists)
		return false;
	if (f->right != RIGHT_NONE || (f->visibility == VISIBILITY_PUBLIC && f->anonymous_reading))
		return true;
	return f->visibility != VISIBILITY_PRIVATE && !f->is_bot;
}

static enum right right_here(const struct policy_facts *f)
{
	return f->right == RIGHT_NONE && seen(f) ? RIGHT_READ : f->right;
}

/* Does the credential alone reach as far as the repository's own rules? */
static bool reaches(const struct policy_facts *f)
{
	scope_set_t reading = f->scopes & SCOPE_EXACT
	                              ? SCOPE_READ_REPOSITORY
	                              : SCOPE_READ_REPOSITORY | SCOPE_WRITE_REPOSITORY;
	scope_set_t enough = f->operation == OPERATION_READ ? reading : SCOPE_WRITE_REPOSITORY;

	return (!f->address_limited || f->address_inside) && (f->scopes & enough) &&
	       (!f->repository_limited || (f->repository_inside && seen(f)));
}

static bool too_long(const struct policy_facts *f)
{
	return f->life > f->life_most;
}

static bool would_create(const struct policy_facts *f)
{
	return f->workspace_seen && !f->repository_limited && !f->elsewhere &&
	       (f->creation == CREATION_MEMBERS ||
	        (f->creation == CREATION_OWNERS && f->workspace_owner));
}

static bool expected(const struct policy_facts *f)
{
	if (!alive(f) || !taken(f) || f->requests_reached || f->in_clear)
		return false;
	if (anyone_reads(f))
		return true;
	if (!reaches(f) || too_long(f))
		return false;
	if (f->operation == OPERATION_READ)
		return seen(f);
	return f->exists ? !f->archived && seen(f) && f->right >= RIGHT_WRITE : would_create(f);
}

/* -- what holds for one state -- */

#define MUST(what)                                                                                 \
	do {                                                                                       \
		if (!(what))                                                                       \
			return #what;                                                              \
	} while (0)

static const char *check_trace(const struct verdict *v)
{
	enum policy_gate closed = policy_reason_gate(v->reason);

	MUST(v->trace[GATE_NONE] == GATE_SKIPPED);
	for (int g = GATE_NONE + 1; g < GATE_COUNT; g++) {
		MUST((v->trace[g] == GATE_CLOSED) == (g == (int)closed));
		if (closed != GATE_NONE && g > (int)closed)
			MUST(v->trace[g] == GATE_SKIPPED);
	}
	return NULL;
}

static const char *check_reason(const struct verdict *v)
{
	MUST(v->reason < REASON_COUNT);
	MUST(*policy_reason_name(v->reason) && *policy_reason_means(v->reason));
	MUST(*policy_reason_todo(v->reason));
	if (v->reason != REASON_ALLOWED) {
		MUST(policy_reason_gate(v->reason) != GATE_NONE);
		MUST(!v->create && !v->as_anyone);
	} else {
		MUST(v->create == (v->trace[GATE_CREATE] == GATE_OPEN));
		MUST(v->as_anyone || v->trace[GATE_LIFETIME] == GATE_OPEN);
		MUST(v->create ||
		     (v->trace[GATE_VISIBLE] == GATE_OPEN && v->trace[GATE_RIGHT] == GATE_OPEN));
		MUST(v->create || v->right_present >= v->right_needed);
	}
	MUST(v->missing == (v->needed & ~v->present));
	return check_trace(v);
}

static bool same(const struct verdict *v, const struct policy_facts *twin)
{
	struct verdict other;

	policy_decide(twin, &other);
	return memcmp(v, &other, sizeof other) == 0;
}

/* Hidden and missing: one verdict, down to the last bit. */
static const char *check_hidden(const struct policy_facts *f, const struct verdict *v)
{
	struct policy_facts twin = *f;

	if (!f->exists || seen(f))
		return NULL;
	twin.exists = twin.archived = false;
	if (f->operation == OPERATION_READ || !would_create(f)) {
		MUST(same(v, &twin));
		/* a name that does not exist is on no list either */
		twin.repository_inside = false;
		MUST(same(v, &twin));
	} else {
		MUST(v->reason != REASON_ALLOWED);
		MUST(v->reason != REASON_CREATE_NOT_ALLOWED);
	}
	return NULL;
}

/* The rule of a workspace is told to who sees it or what is in it, and only where
 * a shorter life is all that lacks. */
static const char *check_lifetime(const struct policy_facts *f, const struct verdict *v)
{
	struct policy_facts shorter = *f;
	struct verdict other;

	if (v->reason != REASON_TOKEN_LIFETIME)
		return NULL;
	MUST(seen(f) || f->workspace_seen);
	shorter.life = f->life_most;
	policy_decide(&shorter, &other);
	MUST(other.reason == REASON_ALLOWED && !other.as_anyone);
	return NULL;
}

/* What is said before the repository is looked at does not depend on it. */
static const char *check_early(const struct policy_facts *f, const struct verdict *v)
{
	enum policy_gate gate = policy_reason_gate(v->reason);
	struct policy_facts twin = *f;

	if (gate == GATE_NONE || gate > GATE_SCOPE || anyone_reads(f))
		return NULL;
	twin.exists = !f->exists;
	if (gate >= GATE_ADDRESS && anyone_reads(&twin))
		return NULL;
	MUST(same(v, &twin));
	twin.right = RIGHT_NONE;
	twin.visibility = VISIBILITY_PRIVATE;
	twin.archived = !f->archived;
	MUST(same(v, &twin));
	return NULL;
}

/* What is told as needed: a push also reads, unless the credential is one that does not. */
static scope_set_t needs(const struct policy_facts *f)
{
	if (f->operation == OPERATION_READ)
		return SCOPE_READ_REPOSITORY;
	return SCOPE_WRITE_REPOSITORY | (f->scopes & SCOPE_EXACT ? 0 : SCOPE_READ_REPOSITORY);
}

static const char *check_genuine(const struct policy_facts *f, const struct verdict *v)
{
	bool allowed = v->reason == REASON_ALLOWED;

	MUST(v->genuine == !f->in_clear);
	MUST((v->reason == REASON_TLS_REQUIRED) == f->in_clear);
	MUST(allowed == expected(f));
	MUST(!allowed || (alive(f) && taken(f)));
	MUST((v->reason == REASON_TOO_MANY_REQUESTS) == (f->requests_reached && !f->in_clear));
	MUST((v->reason == REASON_TOO_MANY_FAILURES) ==
	     (f->failures_reached && !f->requests_reached && !f->in_clear && !alive(f)));
	MUST(v->reason != REASON_TOKEN_LIFETIME || (too_long(f) && !anyone_reads(f)));
	MUST(v->dead == (!f->requests_reached && !f->in_clear && is_dead(f)));
	MUST(!v->as_anyone || anyone_reads(f));
	MUST(!allowed || v->as_anyone || v->missing == 0);
	MUST(v->needed == needs(f));
	MUST(v->create == (allowed && !f->exists));
	MUST(!v->create || f->operation == OPERATION_WRITE);
	MUST(v->right_needed == (f->operation == OPERATION_READ ? RIGHT_READ : RIGHT_WRITE));
	MUST(v->right_present ==
	     (v->trace[GATE_VISIBLE] == GATE_OPEN ? right_here(f) : RIGHT_NONE));
	MUST(v->right_present == RIGHT_NONE || seen(f));
	MUST(v->reason != REASON_TOKEN_ELSEWHERE || (f->elsewhere && !seen(f)));
	MUST(v->reason != REASON_NOT_FOUND || !f->elsewhere);
	return NULL;
}

static const char *check_state(const struct policy_facts *f, struct verdict *v)
{
	const char *fault;

	policy_decide(f, v);
	fault = check_reason(v);
	if (!fault)
		fault = check_genuine(f, v);
	if (!fault)
		fault = check_hidden(f, v);
	if (!fault)
		fault = check_lifetime(f, v);
	return fault ? fault : check_early(f, v);
}

static void show_state(size_t state)
{
	for (int d = 0; d < DIGITS; d++)
		print_message("digit %d (%s) = %u\n", d, digits[d].raised, digit_of(state, d));
}

/* -- the walk -- */

struct walk {
	size_t count;
	unsigned char *allowed; /* one bit per state */
};

static bool is_allowed(const struct walk *w, size_t state)
{
	return w->allowed[state / 8] >> state % 8 & 1;
}

static int walk_all(void **out)
{
	struct walk *w = calloc(1, sizeof *w);

	if (!w)
		return -1;
	*out = w;
	w->count = count_states();
	w->allowed = calloc(w->count / 8 + 1, 1);
	if (!w->allowed)
		return -1;
	for (size_t state = 0; state < w->count; state++) {
		struct policy_facts f;
		struct verdict v;
		const char *fault;

		facts_of(state, &f);
		fault = check_state(&f, &v);
		if (fault) {
			show_state(state);
			print_message("does not hold: %s (%s)\n", fault,
			              policy_reason_name(v.reason));
			return -1;
		}
		if (v.reason == REASON_ALLOWED)
			w->allowed[state / 8] |= (unsigned char)(1u << state % 8);
	}
	return 0;
}

static int walk_end(void **state)
{
	struct walk *w = *state;

	if (w)
		free(w->allowed);
	free(w);
	return 0;
}

static void all_states_keep_the_rules(void **state)
{
	const struct walk *w = *state;
	size_t allowed = 0;

	/* walk_all has checked each; that both answers occur is checked here */
	for (size_t i = 0; i < w->count; i++)
		allowed += is_allowed(w, i);
	print_message("# %zu states, %zu of them allowed\n", w->count, allowed);
	assert_true(allowed > 1000);
	assert_true(allowed < w->count / 4);
}

static void no_restriction_widens_access(void **state)
{
	const struct walk *w = *state;

	for (size_t i = 0; i < w->count; i++) {
		if (is_allowed(w, i))
			continue;
		for (int d = 0; d < RESTRICTING; d++) {
			if (digit_of(i, d) + 1 == digits[d].base)
				continue;
			if (is_allowed(w, i + strides[d])) {
				show_state(i);
				fail_msg("refused, but allowed with %s", digits[d].raised);
			}
		}
	}
}

/* A restriction that no state feels would be no restriction, or its digit would
 * not reach the facts. */
static void each_restriction_is_felt(void **state)
{
	const struct walk *w = *state;

	for (int d = 0; d < RESTRICTING; d++) {
		bool felt = false;

		for (size_t i = 0; i < w->count && !felt; i++)
			felt = digit_of(i, d) + 1 < digits[d].base && is_allowed(w, i) &&
			       !is_allowed(w, i + strides[d]);
		/* admin:repository opens no content at all */
		if (felt == (d == NO_ADMIN))
			fail_msg("%s: felt %d", digits[d].raised, felt);
	}
}

/* -- without a genuine secret -- */

/* Every fact about a credential set to what would open most. */
static void most_open(struct policy_facts *f)
{
	f->expires = f->revoked = CLOCK_NEVER;
	f->scopes = SCOPE_ALL;
	f->right = RIGHT_ADMIN;
	f->archived = false;
	f->life = 0;
	f->workspace_seen = f->workspace_owner = true;
	f->creation = CREATION_MEMBERS;
}

static void check_stranger(const struct policy_facts *f)
{
	struct policy_facts open = *f;
	struct verdict v;
	const char *fault;
	bool nothing = f->presented == PRESENTED_NOTHING;

	policy_decide(f, &v);
	fault = check_reason(&v);
	if (fault)
		fail_msg("presented %d: %s", (int)f->presented, fault);
	assert_false(v.genuine);
	assert_false(v.create);
	assert_int_equal(v.reason == REASON_ALLOWED, nothing && anyone_reads(f));
	assert_int_equal(v.as_anyone, nothing && anyone_reads(f));
	assert_int_equal(v.dead, f->presented >= PRESENTED_DAMAGED);
	for (int g = GATE_FORM; g <= GATE_REPOSITORY_LIMIT; g++)
		assert_true(!nothing || v.trace[g] == GATE_SKIPPED);
	assert_true(!nothing || v.trace[GATE_LIFETIME] == GATE_SKIPPED);
	most_open(&open);
	open.scopes |= SCOPE_EXACT;
	assert_true(same(&v, &open));
	if (!nothing || !anyone_reads(f)) {
		open.exists = !open.exists;
		if (!nothing || !anyone_reads(&open))
			assert_true(same(&v, &open));
	}
}

static void strangers_learn_and_open_nothing(void **state)
{
	(void)state;
	for (int p = PRESENTED_NOTHING; p < PRESENTED_GENUINE; p++)
		for (int i = 0; i < 2 * 2 * 3 * 2; i++)
			check_stranger(&(struct policy_facts){
			        .presented = (enum presented)p,
			        .operation = i & 1 ? OPERATION_WRITE : OPERATION_READ,
			        .exists = i & 2,
			        .anonymous_reading = i & 4,
			        .visibility = (enum visibility)(i / 8),
			        .now = NOW,
			});
}

/* Asked before the credential is looked at closely, so they multiply with
 * nothing: a part of the states is enough. */
static void limits_of_how_often_and_no_tls_only_narrow(void **state)
{
	size_t count = count_states(), allowed = 0;

	(void)state;
	for (size_t i = 0; i < count; i += 7) {
		struct policy_facts f;
		struct verdict v, plain;
		const char *fault;

		facts_of(i, &f);
		policy_decide(&f, &plain);
		/* stirred, so that they go with no digit */
		uint32_t stirred = (uint32_t)i * UINT32_C(2654435761) >> 16;
		f.failures_reached = stirred & 1;
		f.requests_reached = stirred & 2;
		f.in_clear = (stirred & 12) == 12;
		fault = check_state(&f, &v);
		if (fault) {
			show_state(i);
			fail_msg("does not hold: %s (%s)", fault, policy_reason_name(v.reason));
		}
		assert_true(v.reason != REASON_ALLOWED || plain.reason == REASON_ALLOWED);
		allowed += v.reason == REASON_ALLOWED;
	}
	assert_true(allowed > 1000);
}

static void an_unready_server_answers_before_anything_else(void **state)
{
	size_t count = count_states();

	(void)state;
	for (int s = SERVER_OVERLOADED; s <= SERVER_FAULT; s++)
		for (size_t i = 0; i < count; i += 997) {
			struct policy_facts f;
			struct verdict v;

			facts_of(i, &f);
			f.server = (enum server_state)s;
			f.presented = (enum presented)(i % (PRESENTED_GENUINE + 1));
			policy_decide(&f, &v);
			assert_int_equal(policy_reason_gate(v.reason), GATE_SERVER);
			assert_null(check_reason(&v));
			assert_false(v.dead);
		}
}

struct guarded {
	struct verdict v;
	char behind[8];
};

/* Everything after the last gate, padding too, holds a mark that no step may touch. */
static void decide_guarded(size_t state, struct guarded *g)
{
	size_t end = offsetof(struct verdict, trace) + sizeof g->v.trace;
	struct policy_facts f;

	facts_of(state, &f);
	policy_decide(&f, &g->v);
	memset((char *)g + end, 0x55, sizeof *g - end);
}

static bool check_refuse(size_t state, enum reason reason)
{
	enum policy_gate gate = policy_reason_gate(reason);
	struct guarded was, is;
	bool allowed;

	decide_guarded(state, &was);
	is = was;
	policy_refuse(&is.v, reason);
	allowed = was.v.reason == REASON_ALLOWED;
	if (allowed && gate != GATE_NONE) {
		was.v.reason = reason;
		was.v.create = was.v.as_anyone = false;
		was.v.trace[gate] = GATE_CLOSED;
		for (int g = GATE_COUNT - 1; g > (int)gate; g--)
			was.v.trace[g] = GATE_SKIPPED;
	}
	assert_memory_equal(&is, &was, sizeof is);
	return allowed;
}

/* Only what was allowed is refused later, for the later reason and wholly. */
static void a_later_refusal_takes_back_what_was_allowed(void **state)
{
	size_t count = count_states(), allowed = 0;

	(void)state;
	for (size_t i = 0; i < count; i += 331)
		for (int r = REASON_ALLOWED; r <= REASON_COUNT; r++)
			allowed += check_refuse(i, (enum reason)r);
	assert_true(allowed > 100);
}

/* A number that no enum has can only come from a bug: it must not open. */
static void numbers_outside_the_enums_are_refused(void **state)
{
	struct policy_facts f = {.presented = PRESENTED_GENUINE};
	struct verdict v;

	(void)state;
	most_open(&f);
	f.exists = true;
	policy_decide(&f, &v);
	assert_int_equal(v.reason, REASON_ALLOWED);
	f.server = (enum server_state)17;
	policy_decide(&f, &v);
	assert_int_equal(v.reason, REASON_SERVER_FAULT);
	f.server = SERVER_READY;
	f.standing = (enum standing)17;
	policy_decide(&f, &v);
	assert_int_equal(policy_reason_gate(v.reason), GATE_RETIREMENT);
	f.standing = STANDING_ALLOWED;
	f.presented = (enum presented)17;
	policy_decide(&f, &v);
	assert_int_equal(v.reason, REASON_HEADER_MALFORMED);
}

int main(void)
{
	/* those that need no walk come first: the walk takes seconds */
	const struct CMUnitTest quick[] = {
	        cmocka_unit_test(strangers_learn_and_open_nothing),
	        cmocka_unit_test(limits_of_how_often_and_no_tls_only_narrow),
	        cmocka_unit_test(an_unready_server_answers_before_anything_else),
	        cmocka_unit_test(a_later_refusal_takes_back_what_was_allowed),
	        cmocka_unit_test(numbers_outside_the_enums_are_refused),
	};
	const struct CMUnitTest walked[] = {
	        cmocka_unit_test(all_states_keep_the_rules),
	        cmocka_unit_test(no_restriction_widens_access),
	        cmocka_unit_test(each_restriction_is_felt),
	};
	int failed = cmocka_run_group_tests(quick, NULL, NULL);

	return failed ? failed : cmocka_run_group_tests(walked, walk_all, walk_end);
}
