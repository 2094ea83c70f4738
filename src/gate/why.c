/* What is known under a reference, for whoever asks. */
#include "gate/why.h"
#include "gate/gate_int.h"

#include "base/clock.h"

#include <string.h>

#define WORDS 4000

static int reference_fold(const char *typed, char out[STORE_REFERENCE], struct err *err)
{
	size_t n = 0;

	for (const char *p = typed; *p; p++) {
		if (strchr(" \t\r\n", *p))
			continue;
		if (n + 1 == STORE_REFERENCE)
			return err_set(err, ERR_INVALID,
			               "\"%.60s\" is no reference: they have %d characters", typed,
			               GATE_REFERENCE);
		out[n++] = *p;
	}
	out[n] = 0;
	policy_name_fold(out);
	return 0;
}

/* Also for what the reader may not know: the very same words. */
static int nothing_known(const char *reference, struct err *err)
{
	return err_set(err, ERR_NOT_FOUND,
	               "nothing is known under the reference \"%s\": it is mistyped, from "
	               "another server, or older than the audit keeps",
	               reference);
}

/* -- for the owner of the credential -- */

static bool concerns(const struct store_user *reader, const struct store_audit *row,
                     const struct store_credential *c)
{
	return row->kind != AUDIT_STRANGER && row->credential == c->id && c->owner == OWNER_USER &&
	       c->owner_id == reader->id;
}

/* Who else administers this server is nobody's business. */
static void actor_redact(const struct store_user *reader, struct store_audit *row)
{
	if (!policy_name_equal(row->actor, reader->name))
		gate_put(row->actor, sizeof(row->actor), "an administrator");
}

static int redact(struct gate *g, const struct store_user *reader, struct store_audit *row,
                  struct err *err)
{
	struct store_credential c;
	int rc = row->credential ? store_credential_get(g->store, row->credential, &c, err)
	                         : ERR_NOT_FOUND;

	if (!rc && !concerns(reader, row, &c))
		rc = ERR_NOT_FOUND;
	if (rc)
		return rc;
	if (row->kind == AUDIT_CHANGE)
		actor_redact(reader, row);
	gate_trace_redact(row->gates);
	return 0;
}

/* -- the same request today -- */

/* "advertise push", "fetch" */
static bool operation_of(const struct store_audit *row, enum operation *out)
{
	const char *space = strrchr(row->operation, ' ');

	return gate_may_operation(space ? space + 1 : row->operation, out);
}

/* What closed was no gate that a credential or a right opens, nor a repository that
 * comes back. */
static bool outside_the_ledger(enum reason reason)
{
	enum policy_gate gate = policy_reason_gate(reason);

	if (reason == REASON_DELETED)
		return false;
	return gate == GATE_REQUEST || gate == GATE_SERVER || gate == GATE_TRANSPORT ||
	       gate == GATE_CONTENT;
}

static int decide_again(struct gate *g, const struct store_credential *c,
                        const struct store_audit *row, struct gate_why *out, struct err *err)
{
	char workspace[NAME_OWNER_SIZE] = "", repository[NAME_REPOSITORY_SIZE] = "";
	struct gate_ask ask = {.workspace = workspace,
	                       .repository = repository,
	                       .address = row->address,
	                       .server = SERVER_READY,
	                       .now = clock_now()};
	struct gate_session s;
	struct gate_decision d;

	if (!operation_of(row, &ask.operation) || !*row->object)
		return 0;
	if (policy_name_path(row->object, workspace, repository))
		ask.path = row->object;
	int rc = gate_session_credential(g, c, &s, err);
	if (!rc)
		rc = gate_authorise(g, &s, &ask, &d, err);
	if (rc)
		return rc;
	out->today = d.verdict.reason;
	if (out->today != REASON_ALLOWED)
		rc = gate_opens(g, &s, &ask, &d, &out->opens, err);
	gate_decision_clear(&d);
	return rc;
}

/* A lower check is all that lets a malformed object in. */
static int object_check(struct gate *g, const struct store_audit *row, struct buf *opens)
{
	struct store_repository r;

	if (gate_repository_find(g, row->object, &r, NULL) || r.check == CHECK_OFF)
		return 0;
	return buf_addf(opens, "gatehouse repo edit %s/%s --check %s\n", r.workspace_name, r.name,
	                gate_check_name(r.check == CHECK_STRICT ? CHECK_LENIENT : CHECK_OFF));
}

static int today(struct gate *g, struct gate_why *out, struct err *err)
{
	const struct store_audit *row = &out->row;
	enum reason reason = policy_reason_by_name(row->reason);
	struct store_credential c;

	if (row->kind != AUDIT_DECISION || !row->credential || reason == REASON_ALLOWED ||
	    reason == REASON_COUNT)
		return 0;
	if (reason == REASON_OBJECT_CHECK)
		return object_check(g, row, &out->opens);
	if (reason == REASON_TOKEN_REPLACED) { /* that secret stays replaced */
		out->today = reason;
		return 0;
	}
	if (outside_the_ledger(reason))
		return 0;
	int rc = store_credential_get(g->store, row->credential, &c, err);
	if (rc == ERR_NOT_FOUND)
		return 0;
	return rc ? rc : decide_again(g, &c, row, out, err);
}

/* -- the whole -- */

int gate_why(struct gate *g, const struct store_user *reader, const char *reference,
             struct gate_why *out, struct err *err)
{
	char folded[STORE_REFERENCE];

	memset(out, 0, sizeof(*out));
	out->today = REASON_COUNT;
	buf_init(&out->opens, WORDS);
	int rc = reference_fold(reference, folded, err);
	if (rc)
		return rc;
	rc = store_audit_get(g->store, folded, &out->row, err);
	if (!rc && reader)
		rc = redact(g, reader, &out->row, err);
	if (rc == ERR_NOT_FOUND)
		return nothing_known(folded, err);
	if (!rc)
		rc = today(g, out, err);
	if (!rc && reader) /* commands are for those who can run them */
		buf_clear(&out->opens);
	if (rc)
		gate_why_clear(out);
	return rc;
}

void gate_why_clear(struct gate_why *w)
{
	buf_clear(&w->opens);
}
