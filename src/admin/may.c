/* May somebody, and who could: a decision without the deed. */
#include "admin/admin_int.h"

#include <string.h>

/* The words of the line, with and without --who. */
struct question {
	struct gate_may_ask ask;
	const char *ref; /* NULL: none given */
};

static int question_read(struct admin *a, bool who, struct question *q)
{
	size_t at = who ? 0 : 1;
	const char *when = admin_flag(a, "at");
	enum operation operation;

	if (a->nargs < at + 2)
		return admin_usage(a, "may wants: WHO OPERATION WS/REPO");
	if (a->nargs > at + 3)
		return admin_usage(a, "with --who there is no WHO: may --who OPERATION WS/REPO");
	if (!who && admin_flag(a, "limit"))
		return admin_usage(a, "--limit says nothing without --who");
	*q = (struct question){.ask = {.who = who ? NULL : a->args[0],
	                               .operation = a->args[at],
	                               .path = a->args[at + 1],
	                               .address = admin_flag(a, "from"),
	                               .now = clock_now()},
	                       .ref = a->nargs > at + 2 ? a->args[at + 2] : NULL};
	if (!gate_may_operation(q->ask.operation, &operation))
		return admin_usage(a, "\"%.60s\" is no operation (fetch or push)",
		                   q->ask.operation);
	if (!when)
		return 0;
	if (clock_parse(when, q->ask.now, 0, &q->ask.now, &a->err) || q->ask.now == CLOCK_NEVER)
		return admin_usage(a, "--at wants a span from now (1d) or a date");
	return 0;
}

/* -- one -- */

static const char *verb(const struct gate_ask *ask)
{
	return ask->operation == OPERATION_READ ? "fetch from" : "push to";
}

static const char *who_words(struct admin *a, const struct gate_may *m)
{
	const struct gate_session *s = &m->session;
	const char *text = "anyone, without a credential";

	if (m->kind == MAY_USER)
		text = arena_printf(&a->arena, "%s, as with a token of every scope and no limit",
		                    s->acts_as);
	else if (m->kind == MAY_CREDENTIAL)
		text = arena_printf(&a->arena, "%s, by the credential \"%s\"", s->acts_as,
		                    s->credential.name);
	return text ? text : "";
}

static void from_print(struct admin *a, const struct gate_may *m)
{
	if (m->address_assumed)
		admin_print(a,
		            "  from      %s, which its limit allows (--from asks about another)\n",
		            m->address);
	else
		admin_line_print(a, "from", m->address);
}

static void may_print(struct admin *a, const struct question *q, const struct gate_may *m)
{
	enum reason reason = m->decision.verdict.reason;
	bool yes = reason == REASON_ALLOWED;

	admin_print(a, "%s: %s %s %s %s/%s\n", yes ? "yes" : "no", admin_safe(a, q->ask.who),
	            yes ? "may" : "may not", verb(&m->ask), m->workspace, m->repository);
	admin_line_print(a, "who", who_words(a, m));
	from_print(a, m);
	admin_line_print(a, "at", admin_time(a, m->ask.now));
	if (q->ref)
		admin_print(a, "  ref       %s: as any other, no gate looks at it\n",
		            admin_safe(a, q->ref));
	admin_line_print(a, "by", buf_str(&m->how));
	if (yes) {
		admin_gates_print(a, m->trace, m->kind == MAY_USER);
		return;
	}
	admin_print(a, "  verdict   %s: %s\n", policy_reason_name(reason),
	            policy_reason_means(reason));
	admin_line_print(a, "mend", policy_reason_todo(reason));
	admin_opens_print(a, &m->opens);
	admin_gates_print(a, m->trace, m->kind == MAY_USER);
}

static json_t *may_json(struct admin *a, const struct question *q, const struct gate_may *m)
{
	enum reason reason = m->decision.verdict.reason;
	const struct store_credential *c = &m->session.credential;
	char closed[32];
	json_t *gates = gate_trace_json(m->trace, closed);
	const struct admin_field fields[] = {
	        {"allowed", json_boolean(reason == REASON_ALLOWED)},
	        {"reason", json_string(policy_reason_name(reason))},
	        {"means", json_string(policy_reason_means(reason))},
	        {"todo",
	         admin_json_text(a, reason == REASON_ALLOWED ? "" : policy_reason_todo(reason))},
	        {"actor", admin_json_text(a, m->session.acts_as)},
	        {"credential", m->kind == MAY_CREDENTIAL ? json_integer(c->id) : json_null()},
	        {"credential_name", admin_json_text(a, c->name)},
	        {"operation", json_string(m->ask.operation == OPERATION_READ ? "fetch" : "push")},
	        {"object", json_sprintf("%s/%s", m->workspace, m->repository)},
	        {"ref", admin_json_text(a, q->ref ? q->ref : "")},
	        {"address", admin_json_text(a, m->address)},
	        {"address_assumed", json_boolean(m->address_assumed)},
	        {"at", admin_json_time(m->ask.now)},
	        {"how", admin_json_text(a, buf_str(&m->how))},
	        {"open", admin_opens_json(&m->opens)},
	        {"closed", admin_json_text(a, closed)},
	        {"gates", gates},
	};

	return admin_json_object(fields, sizeof(fields) / sizeof(fields[0]));
}

static int may_one(struct admin *a, const struct question *q)
{
	struct gate_may *m = arena_alloc(&a->arena, sizeof(*m));

	if (!m) {
		err_set(&a->err, ERR_MEMORY, "out of memory");
		return ADMIN_UNASKED;
	}
	if (gate_may(&a->gate, &q->ask, m, &a->err))
		return ADMIN_UNASKED;
	bool yes = m->decision.verdict.reason == REASON_ALLOWED;
	int rc = 0;
	if (a->json)
		rc = admin_json(a, may_json(a, q, m));
	else
		may_print(a, q, m);
	gate_may_clear(m);
	if (rc)
		return ADMIN_UNASKED;
	return yes ? 0 : ADMIN_NO;
}

/* -- all who could -- */

struct could_list {
	struct admin *a;
	const struct question *q;
	json_t *list, *user; /* with --json; user: the one told last */
	size_t count;
};

static void who_head(struct could_list *l)
{
	const struct question *q = l->q;

	if (!l->list && !l->count++)
		admin_print(l->a, "Who could %s %s%s%s:\n", q->ask.operation,
		            admin_safe(l->a, q->ask.path), q->ref ? ", any ref, so also " : "",
		            admin_safe(l->a, q->ref ? q->ref : ""));
}

static void could_print(struct admin *a, const struct gate_could *c)
{
	if (c->kind == MAY_ANYONE)
		admin_print(a, "  anyone, without a credential: %s\n", c->how);
	else if (c->kind == MAY_USER)
		admin_print(a, "  %s: %s\n", admin_safe(a, c->name), admin_safe(a, c->how));
	else if (c->more)
		admin_print(a, "    and %zu more of their tokens\n", c->more);
	else if (c->is_bot)
		admin_print(a, "  bot %s (id:%lld): %s\n", admin_safe(a, c->name),
		            (long long)c->credential, admin_safe(a, c->how));
	else
		admin_print(a, "    by \"%s\" (id:%lld)%s%s\n", admin_safe(a, c->name),
		            (long long)c->credential, *c->how ? ", " : "", admin_safe(a, c->how));
}

static json_t *could_json(struct admin *a, const struct gate_could *c)
{
	static const char *const kinds[] = {
	        [MAY_USER] = "user", [MAY_CREDENTIAL] = "credential", [MAY_ANYONE] = "anyone"};
	const struct admin_field fields[] = {
	        {"kind", json_string(c->is_bot ? "bot" : kinds[c->kind])},
	        {"name", admin_json_text(a, c->name)},
	        {"id", c->credential ? json_integer(c->credential) : json_null()},
	        {"how", admin_json_text(a, c->how)},
	};

	return admin_json_object(fields, sizeof(fields) / sizeof(fields[0]));
}

static int could_add_json(struct could_list *l, const struct gate_could *c)
{
	bool inside = c->kind == MAY_CREDENTIAL && !c->is_bot && l->user;

	if (c->more)
		return inside ? json_object_set_new(l->user, "more_credentials",
		                                    json_integer((json_int_t)c->more))
		              : 0;
	json_t *json = could_json(l->a, c);
	if (!json)
		return ERR_MEMORY;
	if (inside)
		return json_array_append_new(json_object_get(l->user, "credentials"), json);
	if (c->kind == MAY_USER) {
		json_object_set_new(json, "credentials", json_array());
		l->user = json;
	}
	return json_array_append_new(l->list, json);
}

static int could_take(void *arg, const struct gate_could *c)
{
	struct could_list *l = arg;

	if (l->list)
		return could_add_json(l, c) ? ERR_MEMORY : 0;
	who_head(l);
	could_print(l->a, c);
	return 0;
}

static json_t *who_json(struct admin *a, const struct question *q, json_t *list, size_t more)
{
	enum operation operation;
	const struct admin_field fields[] = {
	        {"operation", json_string(gate_may_operation(q->ask.operation, &operation) &&
	                                                  operation == OPERATION_READ
	                                          ? "fetch"
	                                          : "push")},
	        {"object", json_string(q->ask.path)},
	        {"ref", admin_json_text(a, q->ref ? q->ref : "")},
	        {"at", admin_json_time(q->ask.now)},
	        {"could", list},
	        {"more", json_integer((json_int_t)more)},
	};

	return admin_json_object(fields, sizeof(fields) / sizeof(fields[0]));
}

static int may_who(struct admin *a, const struct question *q)
{
	struct could_list l = {.a = a, .q = q, .list = a->json ? json_array() : NULL};
	size_t most, more = 0;

	if (admin_number(a, "limit", 100, 1, &most))
		return ADMIN_USAGE;
	if (gate_may_who(&a->gate, &q->ask, most, could_take, &l, &more, &a->err)) {
		json_decref(l.list);
		return ADMIN_UNASKED;
	}
	if (a->json) {
		l.count = json_array_size(l.list);
		if (admin_json(a, who_json(a, q, l.list, more)))
			return ADMIN_UNASKED;
		return l.count ? 0 : ADMIN_NO;
	}
	if (!l.count) {
		who_head(&l);
		admin_print(a, "  nobody\n");
		return ADMIN_NO;
	}
	if (more)
		admin_print(a, "  and %zu more (--limit N shows more of them)\n", more);
	return 0;
}

int admin_may(struct admin *a)
{
	bool who = admin_flag(a, "who") != NULL;
	struct question q;
	int rc = question_read(a, who, &q);

	if (rc)
		return rc;
	return who ? may_who(a, &q) : may_one(a, &q);
}
