#include "keeper/metrics.h"

#include "gate/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct scene {
	struct metrics m;
	struct metrics_moment t;
	struct gate_settings settings;
	struct buf out;
};

static int up(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	if (!s)
		return -1;
	s->t = (struct metrics_moment){
	        .now = 130, .started = 100, .git_version = "2.39.5", .settings = &s->settings};
	buf_init(&s->out, 56000);
	*state = s;
	return 0;
}

static int down(void **state)
{
	struct scene *s = *state;

	buf_clear(&s->out);
	free(s);
	return 0;
}

static const char *text(struct scene *s)
{
	buf_reset(&s->out);
	metrics_write(&s->out, &s->m, &s->t);
	assert_int_equal(s->out.failed, 0);
	return buf_str(&s->out);
}

static void says(struct scene *s, const char *line)
{
	if (!strstr(text(s), line))
		fail_msg("\"%s\" is not in:\n%s", line, buf_str(&s->out));
}

static void what_is_counted_is_said(void **state)
{
	struct scene *s = *state;

	metrics_request(&s->m, TOPIC_PUSH, 200);
	metrics_request(&s->m, TOPIC_PUSH, 200);
	metrics_request(&s->m, TOPIC_PAGE, 299);
	metrics_child_started(&s->m, GIT_UPLOAD_PACK);
	metrics_child_started(&s->m, GIT_UPLOAD_PACK);
	metrics_child_ended(&s->m, GIT_UPLOAD_PACK, CHILD_LEFT);
	says(s, "\ngatehouse_requests_total{kind=\"push\",status=\"200\"} 2\n");
	says(s, "\ngatehouse_requests_total{kind=\"page\",status=\"other\"} 1\n");
	says(s, "\ngatehouse_children_running{service=\"git-upload-pack\"} 1\n");
	says(s,
	     "\ngatehouse_children_ended_total{service=\"git-upload-pack\",cause=\"client-gone\"} "
	     "1\n");
	says(s, "\ngatehouse_uptime_seconds 30\n");
}

static void ssh_is_counted_apart(void **state)
{
	struct scene *s = *state;
	uint64_t last[COUNT_COUNT] = {0}, now[COUNT_COUNT] = {0};

	now[COUNT_ACCEPTED] = 7;
	metrics_wire(&s->m, TRANSPORT_SSH, last, now);
	metrics_session(&s->m, TRANSPORT_SSH, SESSION_PUSH);
	metrics_session(&s->m, TRANSPORT_OPENSSH, SESSION_WORDS);
	metrics_key(&s->m, true);
	says(s, "\ngatehouse_connections_accepted_total{transport=\"http\"} 0\n");
	says(s, "\ngatehouse_connections_accepted_total{transport=\"ssh\"} 7\n");
	says(s, "\ngatehouse_sessions_total{transport=\"ssh\",kind=\"push\"} 1\n");
	says(s, "\ngatehouse_sessions_total{transport=\"openssh\",kind=\"words\"} 1\n");
	says(s, "\ngatehouse_keys_total{verdict=\"accepted\"} 1\n");
	says(s, "\ngatehouse_keys_total{verdict=\"rejected\"} 0\n");
}

static void a_label_is_escaped(void **state)
{
	struct scene *s = *state;

	s->t.git_version = "a\"b\\c\nd";
	says(s, ",git=\"a\\\"b\\\\c\\nd\"} 1\n");
}

static void a_push_falls_into_its_bucket_and_all_above(void **state)
{
	struct scene *s = *state;

	metrics_push(&s->m, 100);
	metrics_push(&s->m, 101);
	metrics_push(&s->m, INT64_C(3600000));
	metrics_push(&s->m, -5);
	says(s, "_bucket{le=\"0.1\"} 2\n");
	says(s, "_bucket{le=\"0.25\"} 3\n");
	says(s, "_bucket{le=\"1800\"} 3\n");
	says(s, "_bucket{le=\"+Inf\"} 4\n");
	says(s, "_sum 3600.201\n");
	says(s, "_count 4\n");
}

static void a_wire_adds_to_the_sum_and_can_not_take_from_it(void **state)
{
	struct scene *s = *state;
	uint64_t first[COUNT_COUNT] = {0}, second[COUNT_COUNT] = {0}, now[COUNT_COUNT] = {0};

	now[COUNT_OPEN] = 3;
	now[COUNT_BYTES_IN] = 100;
	metrics_wire(&s->m, TRANSPORT_HTTP, first, now);
	metrics_wire(&s->m, TRANSPORT_HTTP, second, now);
	says(s, "\ngatehouse_connections_open{transport=\"http\"} 6\n");
	says(s, "\ngatehouse_received_bytes_total{transport=\"http\"} 200\n");
	now[COUNT_OPEN] = 0;
	now[COUNT_BYTES_IN] = 50;
	metrics_wire(&s->m, TRANSPORT_HTTP, first, now);
	says(s, "\ngatehouse_connections_open{transport=\"http\"} 3\n");
	says(s, "\ngatehouse_received_bytes_total{transport=\"http\"} 200\n");
	now[COUNT_BYTES_IN] = UINT64_MAX;
	metrics_wire(&s->m, TRANSPORT_HTTP, first, now);
	says(s, "\ngatehouse_received_bytes_total{transport=\"http\"} 9007199254741092\n");
}

static void the_most_there_can_be_fits(void **state)
{
	struct scene *s = *state;

	memset(&s->m, 0x7f, sizeof(s->m));
	memset(&s->t.queue, 0x7f, sizeof(s->t.queue));
	assert_true(strlen(text(s)) < 50000);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, up, down)
	const struct CMUnitTest tests[] = {
	        T(what_is_counted_is_said),
	        T(ssh_is_counted_apart),
	        T(a_label_is_escaped),
	        T(a_push_falls_into_its_bucket_and_all_above),
	        T(a_wire_adds_to_the_sum_and_can_not_take_from_it),
	        T(the_most_there_can_be_fits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
