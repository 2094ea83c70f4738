/* Which rows of the audit are meant: the flags of `gatehouse audit`. */
#include "admin/admin_int.h"

#include <stdlib.h>
#include <string.h>

/* The words something may be, one after another: from a list, or the reasons. */
struct words {
	const char *const *list;
	int reason;
};

static const char *next_word(void *arg)
{
	struct words *w = arg;

	return *w->list ? *w->list++ : NULL;
}

static const char *next_reason(void *arg)
{
	struct words *w = arg;

	return w->reason < REASON_COUNT ? policy_reason_name((enum reason)w->reason++) : NULL;
}

static const char *const verdicts[] = {"any", "allowed", "refused", NULL};

/* The number of the word in the list from `first` on; -1 after a complaint. */
static int word_of(struct admin *a, const char *flag, const char *const *list)
{
	const char *typed = admin_flag(a, flag), *near;
	struct words w = {list, 0};

	for (int i = 0; list[i]; i++)
		if (!strcmp(list[i], typed))
			return i;
	near = admin_nearest(typed, next_word, &w);
	admin_usage(a, "--%s: there is no \"%.60s\"; %s \"%s\"%s", flag, typed,
	            near ? "did you mean" : "it takes words such as", near ? near : list[0],
	            near ? "?" : "");
	return -1;
}

static int take_verdict(struct admin *a, struct store_audit_filter *f)
{
	int i = word_of(a, "verdict", verdicts + 1);

	f->verdict = i ? VERDICT_REFUSED : VERDICT_ALLOWED;
	return i < 0 ? ADMIN_USAGE : 0;
}

static int take_kind(struct admin *a, struct store_audit_filter *f)
{
	const char *kinds[] = {gate_audit_kind(AUDIT_DECISION), gate_audit_kind(AUDIT_CHANGE),
	                       gate_audit_kind(AUDIT_STRANGER), NULL};
	int i = word_of(a, "kind", kinds);

	f->kind = AUDIT_DECISION + i;
	return i < 0 ? ADMIN_USAGE : 0;
}

/* "token" is there when "token create" is. */
static bool is_operation(const char *typed)
{
	for (const char *const *o = gate_audit_operations; *o; o++) {
		size_t len = strlen(typed);
		if (!strncmp(*o, typed, len) && (!(*o)[len] || (*o)[len] == ' '))
			return true;
	}
	return false;
}

static int take_operation(struct admin *a, struct store_audit_filter *f)
{
	f->operation = admin_flag(a, "operation");
	if (is_operation(f->operation))
		return 0;
	return word_of(a, "operation", gate_audit_operations) < 0 ? ADMIN_USAGE : 0;
}

static int take_reason(struct admin *a, struct store_audit_filter *f)
{
	const char *typed = admin_flag(a, "reason"), *near;
	struct words w = {0};

	f->reason = typed;
	if (policy_reason_by_name(typed) != REASON_COUNT || is_operation(typed))
		return 0; /* a change has what it did in the reason's place */
	near = admin_nearest(typed, next_reason, &w);
	if (near)
		return admin_usage(a, "--reason: there is no \"%.60s\"; did you mean \"%s\"?",
		                   typed, near);
	return admin_usage(
	        a, "--reason: there is no \"%.60s\"; `gatehouse help refusals` lists them", typed);
}

/* "id:12", "ann/laptop", "laptop". */
static int take_credential(struct admin *a, struct store_audit_filter *f)
{
	const char *typed = admin_flag(a, "credential"), *slash = strchr(typed, '/');
	char *end;

	if (!strncmp(typed, "id:", 3)) {
		f->credential = strtoll(typed + 3, &end, 10);
		if (typed[3] < '0' || typed[3] > '9' || *end || f->credential < 1)
			return admin_usage(
			        a, "--credential: \"%.60s\" is no number (wanted: id:12)", typed);
		return 0;
	}
	if (!*typed || (slash && (slash == typed || !slash[1])))
		return admin_usage(a, "--credential wants a name (laptop), whose and a name "
		                      "(ann/laptop), or a number (id:12)");
	f->credential_name = slash ? slash + 1 : typed;
	if (slash)
		f->credential_of = arena_memdup(&a->arena, typed, (size_t)(slash - typed));
	return slash && !f->credential_of ? err_set(&a->err, ERR_MEMORY, "out of memory") : 0;
}

static int take_address(struct admin *a, struct store_audit_filter *f)
{
	struct net *network = arena_alloc(&a->arena, sizeof(*network));
	const char *typed = admin_flag(a, "address");

	if (!network)
		return err_set(&a->err, ERR_MEMORY, "out of memory");
	const char *fault = policy_net_parse(typed, network);
	f->network = network;
	return fault ? admin_usage(a,
	                           "--address: \"%.60s\": %s (wanted: 192.0.2.7, 10.0.0.0/8 or "
	                           "2001:db8::/32)",
	                           typed, fault)
	             : 0;
}

static int take_time(struct admin *a, const char *flag, int64_t *out)
{
	if (!clock_parse_past(admin_flag(a, flag), clock_now(), !strcmp(flag, "until"), out,
	                      &a->err))
		return 0;
	return admin_usage(a, "--%s: \"%.60s\" is %s", flag, admin_flag(a, flag), a->err.text);
}

static int take_since(struct admin *a, struct store_audit_filter *f)
{
	return take_time(a, "since", &f->since);
}

static int take_until(struct admin *a, struct store_audit_filter *f)
{
	return take_time(a, "until", &f->until);
}

static int take_after(struct admin *a, struct store_audit_filter *f)
{
	if (admin_flag(a, "follow"))
		return admin_usage(a, "--after is for what was; --follow goes on");
	return gate_history_behind(&a->gate, admin_flag(a, "after"), f, &a->err);
}

int admin_audit_filter(struct admin *a, struct store_audit_filter *f)
{
	static const struct {
		const char *flag;
		int (*take)(struct admin *a, struct store_audit_filter *f);
	} flags[] = {{"verdict", take_verdict},
	             {"kind", take_kind},
	             {"operation", take_operation},
	             {"reason", take_reason},
	             {"credential", take_credential},
	             {"address", take_address},
	             {"since", take_since},
	             {"until", take_until},
	             {"after", take_after}};
	int rc = 0;

	f->actor = admin_flag(a, "actor");
	f->object = admin_flag(a, "object");
	for (size_t i = 0; !rc && i < sizeof(flags) / sizeof(flags[0]); i++)
		if (admin_flag(a, flags[i].flag))
			rc = flags[i].take(a, f);
	if (!rc && f->until && f->since > f->until)
		rc = admin_usage(a, "--since lies behind --until: nothing is between them");
	return rc;
}
