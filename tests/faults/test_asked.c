/* The nth allocation, the nth read of the ledger fails while somebody asks: the
 * answer is the right one or that of an accident, and never allows what would
 * not have been allowed. */
#include "fault.h"
#include "scene.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST 5000 /* faults of one question; there are far fewer */
#define NEW_ID "1111111111111111111111111111111111111111"
#define NO_ID "0000000000000000000000000000000000000000"

struct question {
	const char *title;
	enum scene_token token; /* SCENE_TOKENS: none */
	const char *method, *target;
	bool yes; /* it is allowed */
	bool cold;
};

#define FETCH "/info/refs?service=git-upload-pack"
#define PUSH "/info/refs?service=git-receive-pack"

static const struct question questions[] = {
        {"a fetch", TOKEN_READ, "GET", "/ann/site.git" FETCH, true, false},
        {"a push", TOKEN_WRITE, "GET", "/ann/site.git" PUSH, true, true},
        {"a push's body", TOKEN_WRITE, "POST", "/ann/site.git/git-receive-pack", true, false},
        {"a push to a new name", TOKEN_WRITE, "GET", "/ann/fresh.git" PUSH, true, false},
        {"a token for this repository", TOKEN_OTHER, "GET", "/ann/other.git" PUSH, true, false},
        {"nobody", SCENE_TOKENS, "GET", "/ann/site.git" FETCH, false, false},
        {"an unknown token", TOKEN_UNKNOWN, "GET", "/ann/site.git" FETCH, false, false},
        {"a revoked token", TOKEN_REVOKED, "GET", "/ann/site.git" FETCH, false, false},
        {"a push with a token that reads", TOKEN_READ, "GET", "/ann/site.git" PUSH, false, false},
        {"the body of such a push", TOKEN_READ, "POST", "/ann/site.git/git-receive-pack", false,
         false},
        {"a token for another repository", TOKEN_OTHER, "GET", "/ann/site.git" FETCH, false, false},
        {"a token for another network", TOKEN_ELSEWHERE, "GET", "/ann/site.git" PUSH, false, false},
        {"somebody else", TOKEN_BOB, "GET", "/ann/site.git" FETCH, false, true},
        {"somebody else's new name", TOKEN_BOB, "GET", "/ann/fresh.git" PUSH, false, false},
};
#define QUESTIONS (sizeof(questions) / sizeof(*questions))

static const struct smart_capabilities no_capabilities = {"", "", 0, 0};

/* One question with all that it needs. */
struct asking {
	struct gate fresh, *gate;
	struct arena arena;
	struct smart_context context;
	struct smart_request request;
	struct smart_answer answer;
	char header[TOKEN_LEN + 20];
	int body;
};

static int push_body(void)
{
	static const char line[] = NO_ID " " NEW_ID " refs/heads/main\0 report-status";
	int fd = memfd_create("body", 0);
	struct buf b;

	buf_init(&b, 1000);
	assert_int_equal(buf_addf(&b, "%04zx", sizeof(line) - 1 + 4), 0);
	assert_int_equal(buf_add(&b, line, sizeof(line) - 1), 0);
	assert_int_equal(buf_add_str(&b, "0000"), 0);
	assert_int_equal(write(fd, b.data, b.len), b.len);
	buf_clear(&b);
	return fd;
}

/* cold: with a connection of its own, which has prepared nothing yet. */
static bool has_room(void *arg)
{
	(void)arg;
	return true;
}
static const struct smart_house house = {.storable = has_room};

static void asking_init(struct asking *a, struct scene *s, const struct question *q, bool cold)
{
	struct smart_request *r = &a->request;

	memset(a, 0, sizeof(*a));
	a->gate = &s->gate;
	if (cold) {
		assert_int_equal(gate_open(&a->fresh, &s->settings, STORE_READ, &s->err), 0);
		a->gate = &a->fresh;
	}
	arena_init(&a->arena, 16u << 20);
	a->context = (struct smart_context){.gate = a->gate,
	                                    .queue = s->queue,
	                                    .memory = s->memory,
	                                    .rates = s->rates,
	                                    .house = &house,
	                                    .server = SERVER_READY,
	                                    .template = "/template.git",
	                                    .capabilities = &no_capabilities,
	                                    .arena = &a->arena};
	a->body = -1;
	r->method = q->method;
	r->target = q->target;
	r->peer = "192.0.2.7";
	r->user_agent = "git/2.39.5";
	r->body_fd = -1;
	if (!strcmp(q->method, "POST")) {
		a->body = r->body_fd = push_body();
		r->body = BODY_WHOLE;
		r->content_type = "application/x-git-receive-pack-request";
	}
	if (q->token < SCENE_TOKENS) {
		snprintf(a->header, sizeof(a->header), "Bearer %s", s->token[q->token]);
		r->authorization[0] = a->header;
		r->authorizations = 1;
	}
}

static void asking_clear(struct asking *a)
{
	arena_reset(&a->arena);
	if (a->gate == &a->fresh)
		gate_close(&a->fresh);
	if (a->body >= 0)
		close(a->body);
}

/* Nothing in it lets anything happen, and its client will see that. */
static bool says_no(const struct smart_answer *a)
{
	if (a->kind != SMART_REPLY)
		return false;
	if (a->status >= 400)
		return true;
	return a->text && (memmem(a->text, a->text_len, "ng refs/heads/main ", 19) ||
	                   memmem(a->text, a->text_len, "ERR ", 4));
}

/* The whole of what an allowance promises, with every guard in it. */
static bool says_yes(const struct scene *s, const struct question *q, const struct smart_answer *a)
{
	bool push = strstr(q->target, "receive-pack") != NULL;
	bool advertise = !strcmp(q->method, "GET");

	return a->kind == SMART_PLAN && a->status == 200 && a->plan.path &&
	       a->plan.path[0] == '/' &&
	       a->plan.service == (push ? GIT_RECEIVE_PACK : GIT_UPLOAD_PACK) &&
	       a->plan.advertise == advertise && a->plan.hook == (push && !advertise) &&
	       a->plan.level == GIT_CHECK_STRICT && a->plan.actor &&
	       a->plan.pack_limit == (push ? s->settings.push_limit : 0) &&
	       a->plan.cpu_limit == s->settings.child_cpu_time && a->header_count >= 4 &&
	       (!advertise || a->text_len);
}

static void judge(struct scene *s, const struct question *q, const struct smart_answer *a,
                  const char *fault, unsigned nth)
{
	if (says_no(a) || (q->yes && says_yes(s, q, a)))
		return;
	fail_msg("%s, %s %u: kind %d, status %d, %zu headers, text %.200s", q->title, fault, nth,
	         a->kind, a->status, a->header_count, a->text ? a->text : "none");
}

/* True when the fault happened. */
static bool ask_once(struct scene *s, const struct question *q, enum fault_kind kind, unsigned nth,
                     bool lasting, bool cold)
{
	struct asking a;

	asking_init(&a, s, q, cold);
	fault_arm(kind, nth, lasting);
	smart_answer(&a.context, &a.request, &a.answer);
	bool struck = fault_disarm();

	judge(s, q, &a.answer, fault_name(kind), nth);
	if (!struck && says_no(&a.answer) == q->yes)
		fail_msg("%s: the wrong answer without any fault", q->title);
	asking_clear(&a);
	return struck;
}

static void ask(struct scene *s, const struct question *q, enum fault_kind kind, bool lasting,
                bool cold)
{
	unsigned nth = 1;

	(void)ask_once(s, q, kind, MOST, false, cold); /* warm it */
	while (nth < MOST && ask_once(s, q, kind, nth, lasting, cold))
		nth++;
	assert_in_range(nth, 2, MOST - 1); /* faults happened, and ended */
}

/* A connection that has prepared nothing allocates a thousand times: that is
 * tried with two questions, unless there is time. */
static void ask_all(struct scene *s, enum fault_kind kind, bool lasting)
{
	bool big = getenv("GATEHOUSE_BIG") != NULL;

	for (size_t i = 0; i < QUESTIONS; i++) {
		bool cold = kind != FAULT_MEMORY || big || (questions[i].cold && !lasting);

		ask(s, &questions[i], kind, lasting, cold);
		if (cold && kind == FAULT_MEMORY)
			ask(s, &questions[i], kind, lasting, false);
	}
}

static void no_failing_allocation_allows_what_is_refused(void **state)
{
	ask_all(*state, FAULT_MEMORY, false);
}

static void no_memory_at_all_allows_nothing_that_is_refused(void **state)
{
	ask_all(*state, FAULT_MEMORY, true);
}

static void no_failing_read_of_the_ledger_allows_what_is_refused(void **state)
{
	ask_all(*state, FAULT_READ, false);
}

static void a_ledger_that_can_not_be_read_allows_nothing(void **state)
{
	ask_all(*state, FAULT_READ, true);
}

/* -- the later questions of a push -- */

static const struct question push = {"",   TOKEN_DOOMED, "POST", "/ann/site.git/git-receive-pack",
                                     true, false};

/* kept: what was answered when the push began. */
static void later_questions(struct scene *s, struct smart_answer *kept, enum fault_kind kind,
                            bool lasting, bool yes)
{
	bool struck = true;

	for (unsigned nth = 1; struck && nth < MOST; nth++) {
		const struct smart_refs refs = {"refs/heads/main", 1, NULL};
		const char *text = NULL;
		struct smart_answer no;
		struct asking a;

		asking_init(&a, s, &push, kind == FAULT_READ);
		fault_arm(kind, nth, lasting);
		bool allowed = smart_pre_receive(&a.context, kept, &refs, &text);
		struck = fault_disarm();
		if (allowed && !yes)
			fail_msg("%s %u let a push with a revoked token in", fault_name(kind), nth);
		if (!struck)
			assert_int_equal(allowed, yes);

		fault_arm(kind, nth, lasting);
		smart_unserved(&a.context, &a.request, kept, SERVER_OVERLOADED, &no);
		struck = fault_disarm() || struck;
		assert_true(says_no(&no));
		fault_arm(kind, nth, lasting);
		(void)smart_object_fault(&a.context, kept, NEW_ID, "badDate");
		struck = fault_disarm() || struck;
		asking_clear(&a);
	}
	assert_false(struck);
}

static void no_fault_lets_a_push_in_that_is_refused_by_its_hook(void **state)
{
	struct scene *s = *state;
	struct asking kept;

	asking_init(&kept, s, &push, false);
	smart_answer(&kept.context, &kept.request, &kept.answer);
	assert_int_equal(kept.answer.kind, SMART_PLAN);
	later_questions(s, &kept.answer, FAULT_MEMORY, false, true);
	later_questions(s, &kept.answer, FAULT_READ, false, true);
	assert_int_equal(
	        gate_revoke(&s->gate, GATE_USER("ann"), "doomed", "over", false, NULL, &s->err), 0);
	for (int kind = FAULT_MEMORY; kind <= FAULT_READ; kind++) {
		later_questions(s, &kept.answer, (enum fault_kind)kind, false, false);
		later_questions(s, &kept.answer, (enum fault_kind)kind, true, false);
	}
	asking_clear(&kept);
}

static void a_ledger_opens_whole_or_not_at_all(void **state)
{
	struct scene *s = *state;

	for (int kind = FAULT_MEMORY; kind <= FAULT_READ; kind++) {
		bool struck = true;
		unsigned nth = 0;

		while (struck && ++nth < MOST) {
			struct gate gate;
			struct err err = {0};

			fault_arm((enum fault_kind)kind, nth, false);
			int code = gate_open(&gate, &s->settings, STORE_READ, &err);
			struck = fault_disarm();
			if (!struck)
				assert_int_equal(code, 0);
			if (code)
				assert_int_not_equal(code, ERR_NOT_FOUND);
			else
				gate_close(&gate);
		}
		assert_in_range(nth, 2, MOST - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(no_failing_allocation_allows_what_is_refused),
	        cmocka_unit_test(no_memory_at_all_allows_nothing_that_is_refused),
	        cmocka_unit_test(no_failing_read_of_the_ledger_allows_what_is_refused),
	        cmocka_unit_test(a_ledger_that_can_not_be_read_allows_nothing),
	        cmocka_unit_test(no_fault_lets_a_push_in_that_is_refused_by_its_hook),
	        cmocka_unit_test(a_ledger_opens_whole_or_not_at_all),
	};

	/* thousands of accidents, all of them wanted */
	log_init("faults", false, (enum log_level)(LOG_ERROR + 1));
	return cmocka_run_group_tests(tests, scene_setup, scene_teardown);
}
