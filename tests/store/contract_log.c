/* The contract of store.h: the audit, transactions, two connections, a full
 * disk. The same for every backend. */
#include "fixture.h"

#include "base/clock.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* -- kinds on their way out -- */

static int take_retirement(void *arg, const struct store_retirement *r)
{
	return take_name(arg, r->name);
}

static void same_rule(const struct retirement *a, const struct retirement *b)
{
	assert_int_equal(a->kinds, b->kinds);
	assert_int_equal(a->without_expiry, b->without_expiry);
	assert_true(a->made_before == b->made_before && a->notice == b->notice);
	assert_true(a->end == b->end && a->offset == b->offset);
	assert_int_equal(a->ntimes, b->ntimes);
	assert_int_equal(a->nphases, b->nphases);
	for (unsigned i = 0; i < a->ntimes; i++)
		assert_true(a->times[i] == b->times[i]);
	for (unsigned i = 0; i < a->nphases; i++) {
		assert_true(a->phases[i].from == b->phases[i].from);
		assert_true(a->phases[i].length == b->phases[i].length);
	}
}

static void a_retirement_is_read_as_it_was_written(void **state)
{
	struct fixture *f = *state;
	struct store_retirement got, r = {.name = "apps",
	                                  .rule = {.kinds = 32,
	                                           .made_before = CLOCK_NEVER,
	                                           .notice = 5,
	                                           .end = CLOCK_NEVER,
	                                           .offset = -3600,
	                                           .ntimes = RETIRE_TIMES,
	                                           .nphases = RETIRE_PHASES},
	                                  .created = 7,
	                                  .created_by = "operator root"};
	struct names names = {0};

	/* as full as it can be, of the longest numbers */
	for (int i = 0; i < RETIRE_TIMES; i++)
		r.rule.times[i] = 86399 - i;
	for (int i = 0; i < RETIRE_PHASES; i++)
		r.rule.phases[i] = (struct retire_phase){INT64_MAX / 2 - i, 86399 + i};
	ok(store_retirement_add(f->s, &r, &f->err));
	ok(store_retirement_get(f->s, "APPS", &got, &f->err));
	same_rule(&got.rule, &r.rule);
	assert_string_equal(got.created_by, "operator root");
	assert_true(got.created == 7 && got.id == r.id);
	fails(ERR_EXISTS, store_retirement_add(f->s, &r, &f->err));
	r.rule.ntimes = r.rule.nphases = 0;
	r.rule.without_expiry = true;
	ok(store_retirement_update(f->s, &r, &f->err));
	ok(store_retirement_get(f->s, "apps", &got, &f->err));
	same_rule(&got.rule, &r.rule);
	ok(store_retirement_list(f->s, take_retirement, &names, &f->err));
	ok(store_retirement_remove(f->s, r.id, &f->err));
	fails(ERR_NOT_FOUND, store_retirement_remove(f->s, r.id, &f->err));
	fails(ERR_NOT_FOUND, store_retirement_update(f->s, &r, &f->err));
	fails(ERR_NOT_FOUND, store_retirement_get(f->s, "apps", &got, &f->err));
}

/* -- audit -- */

static struct store_audit row(enum audit_kind kind, const char *reference, int64_t at)
{
	struct store_audit a = {.kind = kind, .at = at, .last = at, .count = 1};

	snprintf(a.reference, sizeof a.reference, "%s", reference);
	snprintf(a.reason, sizeof a.reason, "%s", kind == AUDIT_DECISION ? "allowed" : "unknown");
	return a;
}

static void add(struct fixture *f, struct store_audit a)
{
	ok(store_audit_add(f->s, &a, &f->err));
}

static int reference(void *arg, const struct store_audit *a)
{
	return take_name(arg, a->reference);
}

/* Field by field: a copy need not keep what lies between the fields. */
static void same_audit(const struct store_audit *a, const struct store_audit *b)
{
	assert_string_equal(a->reference, b->reference);
	assert_string_equal(a->reason, b->reason);
	assert_string_equal(a->actor, b->actor);
	assert_string_equal(a->credential_name, b->credential_name);
	assert_string_equal(a->operation, b->operation);
	assert_string_equal(a->object, b->object);
	assert_string_equal(a->address, b->address);
	assert_string_equal(a->agent, b->agent);
	assert_string_equal(a->gates, b->gates);
	assert_string_equal(a->note, b->note);
	assert_true(a->id == b->id);
	assert_true(a->kind == b->kind);
	assert_true(a->at == b->at);
	assert_true(a->last == b->last);
	assert_true(a->count == b->count);
	assert_true(a->credential == b->credential);
}

static void an_audit_row_is_read_as_it_was_written(void **state)
{
	struct fixture *f = *state;
	struct store_audit got, a = {.reference = "K7Q2M9",
	                             .kind = AUDIT_DECISION,
	                             .at = 100,
	                             .last = 100,
	                             .count = 1,
	                             .reason = "scope-missing",
	                             .actor = "ann",
	                             .credential = 4,
	                             .credential_name = "laptop",
	                             .operation = "push",
	                             .object = "acme/site",
	                             .address = "192.0.2.1",
	                             .agent = "git/2.39",
	                             .gates = "scope\tclosed\tread:repository\n",
	                             .note = "n"};

	ok(store_audit_add(f->s, &a, &f->err));
	ok(store_audit_get(f->s, "K7Q2M9", &got, &f->err));
	assert_true(got.id > 0);
	a.id = got.id;
	same_audit(&got, &a);
	fails(ERR_NOT_FOUND, store_audit_get(f->s, "NONE", &got, &f->err));
	memset(a.agent, 'x', sizeof a.agent);
	fails(ERR_LIMIT, store_audit_add(f->s, &a, &f->err));
}

static void strangers_add_up_and_others_do_not(void **state)
{
	struct fixture *f = *state;
	struct store_audit a = row(AUDIT_STRANGER, "S1", 100), got;
	struct names n = {0};

	add(f, a);
	a.at = a.last = 200;
	a.count = 5;
	snprintf(a.reason, sizeof a.reason, "other");
	add(f, a);
	ok(store_audit_get(f->s, "S1", &got, &f->err));
	assert_true(got.count == 6 && got.at == 100 && got.last == 200);
	assert_string_equal(got.reason, "unknown"); /* nothing else changes */
	add(f, row(AUDIT_DECISION, "D1", 300));
	add(f, row(AUDIT_CHANGE, "D1", 301));
	ok(store_audit_list(f->s, &(struct store_audit_filter){0}, reference, &n, &f->err));
	assert_string_equal(n.text, "D1 D1 S1 ");
	ok(store_audit_get(f->s, "D1", &got, &f->err));
	assert_int_equal(got.kind, AUDIT_DECISION);
}

static void list_is(struct fixture *f, struct store_audit_filter filter, const char *want)
{
	struct names n = {0};

	ok(store_audit_list(f->s, &filter, reference, &n, &f->err));
	assert_string_equal(n.text, want);
}

static void the_audit_is_filtered(void **state)
{
	struct fixture *f = *state;
	struct store_audit a = row(AUDIT_DECISION, "A", 100), b = row(AUDIT_CHANGE, "B", 200),
	                   c = row(AUDIT_DECISION, "C", 300), got;

	snprintf(a.actor, sizeof a.actor, "Ann");
	snprintf(c.actor, sizeof c.actor, "ann");
	snprintf(b.object, sizeof b.object, "acme/site");
	snprintf(c.object, sizeof c.object, "acme/Site");
	add(f, a);
	add(f, b);
	add(f, c);
	ok(store_audit_get(f->s, "A", &got, &f->err));
	list_is(f, (struct store_audit_filter){0}, "C B A ");
	list_is(f, (struct store_audit_filter){.most = 2}, "C B ");
	list_is(f, (struct store_audit_filter){.actor = "ANN"}, "C A ");
	list_is(f, (struct store_audit_filter){.actor = "bob"}, "");
	list_is(f, (struct store_audit_filter){.object = "ACME/site"}, "C B ");
	list_is(f, (struct store_audit_filter){.reason = "allowed", .since = 150}, "C ");
	list_is(f, (struct store_audit_filter){.kind = AUDIT_CHANGE}, "B ");
	list_is(f, (struct store_audit_filter){.oldest = true}, "A B C ");
	list_is(f,
	        (struct store_audit_filter){
	                .oldest = true, .behind_at = 100, .behind_id = got.id, .actor = "ann"},
	        "C ");
	list_is(f,
	        (struct store_audit_filter){
	                .oldest = true, .behind_at = 100, .behind_id = got.id, .most = 1},
	        "B ");
}

static void the_audit_is_read_on_from_a_row(void **state)
{
	struct fixture *f = *state;
	struct store_audit got;
	struct names n = {0};
	int64_t last = 7;

	ok(store_audit_last(f->s, &last, &f->err));
	assert_int_equal(last, 0);
	add(f, row(AUDIT_DECISION, "A", 300));
	add(f, row(AUDIT_DECISION, "B", 300));
	add(f, row(AUDIT_DECISION, "C", 100)); /* the clock was set back */
	ok(store_audit_last(f->s, &last, &f->err));
	ok(store_audit_number(f->s, last - 1, &got, &f->err));
	assert_string_equal(got.reference, "B");
	fails(ERR_NOT_FOUND, store_audit_number(f->s, last + 1, &got, &f->err));
	ok(store_audit_behind(f->s, last - 2, reference, &n, &f->err));
	assert_string_equal(n.text, "B C ");
	list_is(f, (struct store_audit_filter){.oldest = true}, "C A B ");
	list_is(f,
	        (struct store_audit_filter){
	                .oldest = true, .behind_at = 300, .behind_id = last - 2},
	        "B ");
}

/* True when the filter takes `a`, and would not take `other`. */
static bool tells_apart(struct store_audit_filter f, const struct store_audit *a,
                        const struct store_audit *other)
{
	return store_audit_matches(&f, a) && !store_audit_matches(&f, other);
}

static struct net network(const char *text)
{
	struct net n;

	assert_null(policy_net_parse(text, &n));
	return n;
}

static void every_filter_of_the_audit_tells_rows_apart(void **state)
{
	struct store_audit a = row(AUDIT_DECISION, "A", 1000), b = row(AUDIT_CHANGE, "B", 9000);

	(void)state;
	a.credential = 7;
	snprintf(a.credential_name, sizeof a.credential_name, "Laptop");
	snprintf(a.actor, sizeof a.actor, "ann");
	snprintf(a.operation, sizeof a.operation, "advertise push");
	snprintf(a.object, sizeof a.object, "acme/site");
	snprintf(b.object, sizeof b.object, "acmes/site");
	snprintf(b.reason, sizeof b.reason, "token create");
	snprintf(a.address, sizeof a.address, "192.0.2.7");
	snprintf(b.address, sizeof b.address, "2001:db8:0:1::/64");
	const struct net one = network("192.0.2.7"), all = network("192.0.0.0/16"),
	                 six = network("2001:db8:0:1::9"), every = network("::/0");
#define APART(...) assert_true(tells_apart((struct store_audit_filter){__VA_ARGS__}, &a, &b))
#define BACK(...) assert_true(tells_apart((struct store_audit_filter){__VA_ARGS__}, &b, &a))
	APART(.actor = "Ann");
	APART(.object = "acme");
	APART(.object = "ACME/site");
	APART(.reason = "allowed");
	APART(.operation = "push");
	APART(.operation = "advertise");
	APART(.operation = "advertise push");
	BACK(.operation = "token");
	BACK(.operation = "token create");
	APART(.credential = 7);
	APART(.credential_name = "laptop");
	APART(.credential_name = "laptop", .credential_of = "ann");
	APART(.verdict = VERDICT_ALLOWED);
	APART(.kind = AUDIT_DECISION);
	BACK(.kind = AUDIT_CHANGE);
	APART(.network = &one);
	APART(.network = &all);
	BACK(.network = &six);
	BACK(.network = &every);
	APART(.until = 1000);
	BACK(.since = 1001);
#undef APART
#undef BACK
	assert_false(store_audit_matches(&(struct store_audit_filter){.object = "acme/si"}, &a));
	assert_false(store_audit_matches(&(struct store_audit_filter){.operation = "pus"}, &a));
	assert_false(store_audit_matches(
	        &(struct store_audit_filter){.credential_name = "laptop", .credential_of = "bob"},
	        &a));
	assert_false(
	        store_audit_matches(&(struct store_audit_filter){.verdict = VERDICT_REFUSED}, &a));
	assert_false(
	        store_audit_matches(&(struct store_audit_filter){.verdict = VERDICT_REFUSED}, &b));
	assert_false(store_audit_matches(
	        &(struct store_audit_filter){.actor = "ann", .operation = "fetch"}, &a));
}

/* Begun long before, and still going on. */
static void what_adds_up_is_found_by_when_it_last_happened(void **state)
{
	struct fixture *f = *state;
	struct store_audit a = row(AUDIT_STRANGER, "S", 10000);

	add(f, a);
	a.last = 13000;
	add(f, a);
	add(f, row(AUDIT_DECISION, "D", 11000));
	list_is(f, (struct store_audit_filter){.since = 12000}, "S ");
	list_is(f, (struct store_audit_filter){.since = 13001}, "");
	list_is(f, (struct store_audit_filter){.until = 10500}, "S ");
	list_is(f, (struct store_audit_filter){.since = 10500, .until = 12000}, "D S ");
}

static void pruning_takes_the_old_then_what_is_too_much(void **state)
{
	struct fixture *f = *state;
	int64_t removed = 0;
	char name[16];

	for (int i = 0; i < 6; i++) {
		snprintf(name, sizeof name, "D%d", i);
		add(f, row(AUDIT_DECISION, name, 100 + i));
		snprintf(name, sizeof name, "S%d", i);
		add(f, row(AUDIT_STRANGER, name, 100 + i));
	}
	ok(store_audit_prune(f->s, 0, 100, 100, &removed, &f->err));
	assert_true(removed == 0);
	ok(store_audit_prune(f->s, 102, 100, 100, &removed, &f->err));
	assert_true(removed == 4);
	ok(store_audit_prune(f->s, 0, 3, 1, &removed, &f->err));
	assert_true(removed == 4);
	list_is(f, (struct store_audit_filter){0}, "S5 D5 D4 D3 ");
	fails(ERR_INVALID, store_audit_prune(f->s, 0, -1, 1, &removed, &f->err));
	ok(store_audit_prune(f->s, 0, 0, 0, &removed, &f->err));
	assert_true(removed == 4);
}

static void pruning_takes_at_most_a_thousand_rows(void **state)
{
	struct fixture *f = *state;
	int64_t removed = 0;

	for (int i = 0; i < 700; i++) {
		add(f, row(AUDIT_DECISION, "D", 100 + i));
		add(f, row(AUDIT_CHANGE, "C", 9000));
	}
	ok(store_audit_prune(f->s, 800, 10, 10, &removed, &f->err));
	assert_true(removed == 1000); /* 700 old ones, 300 too many */
	ok(store_audit_prune(f->s, 800, 10, 10, &removed, &f->err));
	assert_true(removed == 390);
}

/* -- transactions -- */

static bool has_user(struct fixture *f, struct store *s, const char *name)
{
	struct store_user u;
	int code = store_user_get(s, name, &u, &f->err);

	assert_true(code == 0 || code == ERR_NOT_FOUND);
	return code == 0;
}

static void a_rollback_leaves_nothing(void **state)
{
	struct fixture *f = *state;

	add_user(f, "ann");
	store_rollback(f->s);
	store_rollback(f->s); /* none is open: nothing */
	assert_false(has_user(f, f->s, "ann"));
	ok(store_begin(f->s, &f->err));
	add_user(f, "ann");
	keep(f);
	assert_true(has_user(f, f->s, "ann"));
}

static void an_undone_mark_takes_only_its_own(void **state)
{
	struct fixture *f = *state;

	ok(store_mark(f->s, &f->err));
	add_user(f, "ann");
	ok(store_keep(f->s, &f->err));
	ok(store_mark(f->s, &f->err));
	add_user(f, "bob");
	store_undo(f->s);
	ok(store_mark(f->s, &f->err));
	add_user(f, "cleo");
	ok(store_keep(f->s, &f->err));
	keep(f);
	assert_true(has_user(f, f->s, "ann") && has_user(f, f->s, "cleo"));
	assert_false(has_user(f, f->s, "bob"));
}

static void a_write_outside_a_transaction_is_a_bug(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t pid;

	store_rollback(f->s);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct store_user u = {.name = "ann"};

		signal(SIGABRT, SIG_DFL);
		fclose(stderr);
		store_user_add(f->s, &u, 1, &f->err);
		_exit(0);
	}
	assert_true(waitpid(pid, &status, 0) == pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void a_reader_sees_the_last_commit_while_another_writes(void **state)
{
	struct fixture *f = *state;
	struct store *reader;

	add_user(f, "ann");
	keep(f);
	add_user(f, "bob");
	ok(store_open(&reader, f->path, STORE_READ, &f->err));
	assert_true(has_user(f, reader, "ann"));
	assert_false(has_user(f, reader, "bob"));
	keep(f);
	assert_true(has_user(f, reader, "bob"));
	fails(ERR_DENIED, store_begin(reader, &f->err));
	store_close(reader);
}

static void a_reader_needs_no_server(void **state)
{
	struct fixture *f = *state;
	struct store *reader;

	add_user(f, "ann");
	keep(f);
	store_rollback(f->s);
	store_close(f->s);
	f->s = NULL;
	ok(store_open(&reader, f->path, STORE_READ, &f->err));
	assert_true(has_user(f, reader, "ann"));
	store_close(reader);
}

static void reading_makes_no_ledger(void **state)
{
	struct fixture *f = *state;
	struct store *reader = NULL;
	char path[128];

	snprintf(path, sizeof path, "%s/other", f->folder);
	fails(ERR_NOT_FOUND, store_open(&reader, path, STORE_READ, &f->err));
	assert_true(access(path, F_OK) == -1);
	snprintf(path, sizeof path, "%s/no/folder", f->folder);
	fails(ERR_NOT_FOUND, store_open(&reader, path, STORE_READ, &f->err));
	fails(ERR_NOT_FOUND, store_open(&reader, path, STORE_WRITE, &f->err));
	assert_null(reader);
	store_close(NULL);
}

static void a_second_writer_is_told_that_the_ledger_is_busy(void **state)
{
	struct fixture *f = *state;
	struct store *second;

	ok(store_open(&second, f->path, STORE_WRITE, &f->err));
	backend.impatient(second);
	fails(ERR_BUSY, store_begin(second, &f->err));
	store_rollback(f->s);
	ok(store_begin(second, &f->err));
	store_rollback(second);
	store_close(second);
}

static void *write_later(void *arg)
{
	struct store *s = arg;

	usleep(100000);
	return store_commit(s, NULL) ? (void *)s : NULL;
}

static void a_second_writer_waits_for_the_first(void **state)
{
	struct fixture *f = *state;
	struct store *second;
	pthread_t thread;
	void *failed;

	ok(store_open(&second, f->path, STORE_WRITE, &f->err));
	add_user(f, "ann");
	assert_int_equal(pthread_create(&thread, NULL, write_later, f->s), 0);
	ok(store_begin(second, &f->err));
	assert_int_equal(pthread_join(thread, &failed), 0);
	assert_null(failed);
	assert_true(has_user(f, second, "ann"));
	store_rollback(second);
	store_close(second);
}

static void what_was_committed_survives_a_killed_process(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t pid;

	store_rollback(f->s);
	store_close(f->s);
	f->s = NULL;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct store_user ann = {.name = "ann"}, bob = {.name = "bob"};
		struct store *s;

		if (store_open(&s, f->path, STORE_WRITE, NULL) || store_begin(s, NULL) ||
		    store_user_add(s, &ann, 1, NULL) || store_commit(s, NULL) ||
		    store_begin(s, NULL) || store_user_add(s, &bob, 1, NULL))
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	assert_true(waitpid(pid, &status, 0) == pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	ok(store_open(&f->s, f->path, STORE_WRITE, &f->err));
	assert_true(has_user(f, f->s, "ann"));
	assert_false(has_user(f, f->s, "bob"));
}

/* -- a full disk -- */

static int fill_up(struct fixture *f)
{
	struct store_audit a = row(AUDIT_DECISION, "X", 1);
	int code = 0;

	memset(a.gates, 'g', sizeof a.gates - 1);
	for (int i = 0; i < 2000 && !code; i++)
		code = store_audit_add(f->s, &a, &f->err);
	return code;
}

static void a_full_disk_is_told_and_the_ledger_works_again_afterwards(void **state)
{
	struct fixture *f = *state;
	struct store_user u;

	add_user(f, "ann");
	keep(f);
	backend.fill(f->s);
	fails(ERR_FULL, fill_up(f));
	store_rollback(f->s);
	ok(store_user_get(f->s, "ann", &u, &f->err)); /* reading goes on */
	backend.unfill(f->s);
	ok(store_begin(f->s, &f->err));
	add_user(f, "bob");
	keep(f);
	assert_true(has_user(f, f->s, "bob"));
}

static void one_job_that_finds_the_disk_full_is_undone_alone_or_fails_all(void **state)
{
	struct fixture *f = *state;
	int code;

	add_user(f, "ann");
	backend.fill(f->s);
	ok(store_mark(f->s, &f->err));
	fails(ERR_FULL, fill_up(f));
	store_undo(f->s);
	code = store_commit(f->s, &f->err);
	assert_true(code == 0 || code == ERR_FULL);
	assert_int_equal(has_user(f, f->s, "ann"), code == 0); /* the answer is true */
	backend.unfill(f->s);
	ok(store_begin(f->s, &f->err));
	add_user(f, "bob");
	keep(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        test(a_retirement_is_read_as_it_was_written),
	        test(an_audit_row_is_read_as_it_was_written),
	        test(strangers_add_up_and_others_do_not),
	        test(the_audit_is_filtered),
	        test(the_audit_is_read_on_from_a_row),
	        test(every_filter_of_the_audit_tells_rows_apart),
	        test(what_adds_up_is_found_by_when_it_last_happened),
	        test(pruning_takes_the_old_then_what_is_too_much),
	        test(pruning_takes_at_most_a_thousand_rows),
	        test(a_rollback_leaves_nothing),
	        test(an_undone_mark_takes_only_its_own),
	        test(a_write_outside_a_transaction_is_a_bug),
	        test(a_reader_sees_the_last_commit_while_another_writes),
	        test(a_reader_needs_no_server),
	        test(reading_makes_no_ledger),
	        test(a_second_writer_is_told_that_the_ledger_is_busy),
	        test(a_second_writer_waits_for_the_first),
	        test(what_was_committed_survives_a_killed_process),
	        test(a_full_disk_is_told_and_the_ledger_works_again_afterwards),
	        test(one_job_that_finds_the_disk_full_is_undone_alone_or_fails_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
