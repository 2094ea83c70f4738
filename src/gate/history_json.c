/* A row of the audit as JSON: the one form of `audit --json`, `why --json` and
 * the decision log. */
#include "gate/history.h"

#include "base/clock.h"
#include "gate/why.h"

#include <string.h>

json_t *gate_json_text(const char *text)
{
	json_t *json = *text ? json_string(text) : json_null();
	struct buf safe;

	if (json)
		return json;
	buf_init(&safe, 16384); /* it was no UTF-8 */
	(void)buf_add_safe(&safe, text, strlen(text));
	json = json_string(safe.failed ? "(too long)" : buf_str(&safe));
	buf_clear(&safe);
	return json;
}

json_t *gate_json_time(int64_t t)
{
	char text[CLOCK_TEXT];

	return t == CLOCK_NEVER || t == 0 ? json_null() : json_string(clock_rfc3339(t, text));
}

json_t *gate_trace_json(const char *trace, char closed[32])
{
	json_t *list = json_array();
	struct gate_trace_line line;

	*closed = 0;
	while (list && gate_trace_next(&trace, &line)) {
		if (!strcmp(line.result, "closed") && !*closed)
			memcpy(closed, line.name, sizeof(line.name));
		json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "gate",
		                                      gate_json_text(line.name), "result",
		                                      gate_json_text(line.result), "saw",
		                                      gate_json_text(line.saw)));
	}
	return list;
}

/* Of a change there are no words. */
static json_t *reason_json(const char *(*words)(enum reason), const struct store_audit *r)
{
	enum reason reason = policy_reason_by_name(r->reason);

	return gate_json_text(reason == REASON_COUNT ? "" : words(reason));
}

static const char *todo(enum reason reason)
{
	return reason == REASON_ALLOWED ? "" : policy_reason_todo(reason);
}

json_t *gate_audit_json(const struct store_audit *r)
{
	char closed[32];
	const char *kind = gate_audit_kind(r->kind);
	json_t *gates = gate_trace_json(r->gates, closed), *json = json_object();
	const struct {
		const char *key;
		json_t *value;
	} fields[] = {
	        {"reference", json_string(r->reference)},
	        {"kind", json_string(kind ? kind : "unknown")},
	        {"at", gate_json_time(r->at)},
	        {"last", gate_json_time(r->last)},
	        {"count", json_integer(r->count)},
	        {"reason", gate_json_text(r->reason)},
	        {"means", reason_json(policy_reason_means, r)},
	        {"todo", reason_json(todo, r)},
	        {"actor", gate_json_text(r->actor)},
	        {"credential", r->credential ? json_integer(r->credential) : json_null()},
	        {"credential_name", gate_json_text(r->credential_name)},
	        {"operation", gate_json_text(r->operation)},
	        {"object", gate_json_text(r->object)},
	        {"address", gate_json_text(r->address)},
	        {"user_agent", gate_json_text(r->agent)},
	        {"closed", gate_json_text(closed)},
	        {"gates", gates},
	        {"note", gate_json_text(r->note)},
	};
	int failed = json == NULL;

	/* also takes over what no object was there for */
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		failed |= json_object_set_new(json, fields[i].key, fields[i].value);
	if (!failed)
		return json;
	json_decref(json);
	return NULL;
}
