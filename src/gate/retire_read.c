/* What is typed about a retirement. */
#include "gate/gate_int.h"
#include "gate/retire.h"

#include "base/clock.h"

#include <ctype.h>
#include <string.h>

/* "14:05" as seconds; -1: it is no time of a day. */
static int64_t time_of_day(const char *text)
{
	static const char form[] = "99:99";

	for (size_t i = 0; i < strlen(form); i++)
		if (form[i] == '9' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
			return -1;
	int hour = (text[0] - '0') * 10 + text[1] - '0',
	    minute = (text[3] - '0') * 10 + text[4] - '0';

	return text[5] || hour > 23 || minute > 59 ? -1 : hour * 3600 + minute * 60;
}

static int offset_read(const char *text, struct retirement *rule, struct err *err)
{
	int64_t seconds = 0;

	if (policy_name_equal(text, "UTC")) {
		rule->offset = 0;
		return 0;
	}
	if (*text == '+' || *text == '-')
		seconds = time_of_day(text + 1);
	if ((*text != '+' && *text != '-') || seconds < 0)
		return err_set(err, ERR_INVALID,
		               "\"%.60s\" is no offset from UTC (wanted: +02:00, -05:30, UTC)",
		               text);
	rule->offset = *text == '-' ? -seconds : seconds;
	return 0;
}

/* A date begins by the policy's own offset. */
static int moment_read(const char *text, int64_t offset, int64_t *out, struct err *err)
{
	int64_t now = clock_now();
	bool date = strlen(text) == strlen("2026-12-31") && strchr(text, '-');

	if (policy_name_equal(text, "now")) {
		*out = now;
		return 0;
	}
	int rc = clock_parse(text, now, 0, out, err);
	if (rc)
		return err_prefix(err, "\"%.60s\"", text), rc;
	if (date)
		*out -= offset;
	return 0;
}

static int time_add(void *arg, const char *item, struct err *err)
{
	struct retirement *rule = arg;
	int64_t time = time_of_day(item);
	unsigned at = rule->ntimes;

	if (time < 0)
		return err_set(err, ERR_INVALID, "\"%.60s\" is no time of a day (wanted: 06:00)",
		               item);
	if (rule->ntimes == RETIRE_TIMES)
		return err_set(err, ERR_LIMIT, "a day has room for %d brownouts", RETIRE_TIMES);
	for (; at > 0 && rule->times[at - 1] > time; at--)
		rule->times[at] = rule->times[at - 1];
	rule->times[at] = time;
	rule->ntimes++;
	return 0;
}

static int phase_add(void *arg, const char *item, struct err *err)
{
	struct retirement *rule = arg;
	const char *equals = strchr(item, '=');
	char from[GATE_ITEM];
	struct retire_phase p = {0};

	if (!equals)
		return err_set(err, ERR_INVALID,
		               "\"%.60s\" is no brownout (wanted: from when on, and how long: "
		               "2026-06-09=15m)",
		               item);
	if (rule->nphases == RETIRE_PHASES)
		return err_set(err, ERR_LIMIT, "there can be %d lengths at most", RETIRE_PHASES);
	gate_put(from, sizeof(from), "%.*s", (int)(equals - item), item);
	int rc = moment_read(from, rule->offset, &p.from, err);
	if (!rc && clock_parse(equals + 1, 0, 0, &p.length, NULL))
		rc = err_set(err, ERR_INVALID, "\"%.60s\" is no length (wanted: 15m, 2h)",
		             equals + 1);
	if (!rc)
		rule->phases[rule->nphases++] = p;
	return rc;
}

static int list_read(const char *text, int (*add)(void *, const char *, struct err *),
                     unsigned *count, struct retirement *rule, struct err *err)
{
	*count = 0;
	return strcmp(text, "none") ? gate_items(text, add, rule, err) : 0;
}

static int which_read(const struct gate_retire *ask, struct retirement *rule, struct err *err)
{
	if (ask->kind)
		rule->kinds = policy_retire_kinds(ask->kind);
	if (!rule->kinds)
		return err_set(
		        err, ERR_INVALID,
		        "\"%.60s\" is no kind (wanted: app-password, api-token, access-token, "
		        "ssh-key, access-key, any)",
		        ask->kind ? ask->kind : "");
	rule->without_expiry = rule->without_expiry || ask->without_expiry;
	return ask->made_before
	               ? moment_read(ask->made_before, rule->offset, &rule->made_before, err)
	               : 0;
}

int gate_retire_read(const struct gate_retire *ask, struct retirement *rule, struct err *err)
{
	int rc = ask->offset ? offset_read(ask->offset, rule, err) : 0;

	if (!rc)
		rc = which_read(ask, rule, err);
	if (!rc && ask->notice)
		rc = moment_read(ask->notice, rule->offset, &rule->notice, err);
	if (!rc && ask->end)
		rc = moment_read(ask->end, rule->offset, &rule->end, err);
	if (!rc && ask->times)
		rc = list_read(ask->times, time_add, &rule->ntimes, rule, err);
	if (!rc && ask->brownouts)
		rc = list_read(ask->brownouts, phase_add, &rule->nphases, rule, err);
	return rc;
}
