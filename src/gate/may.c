/* The decision of a request that nobody made. */
#include "gate/gate_int.h"
#include "gate/why.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define WORDS 4000

bool gate_may_operation(const char *word, enum operation *out)
{
	static const struct {
		const char *word;
		enum operation operation;
	} words[] = {{"fetch", OPERATION_READ}, {"clone", OPERATION_READ},
	             {"pull", OPERATION_READ},  {"read", OPERATION_READ},
	             {"push", OPERATION_WRITE}, {"write", OPERATION_WRITE}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(word, words[i].word)) {
			*out = words[i].operation;
			return true;
		}
	return false;
}

/* -- who is meant -- */

static int by_id(struct gate *g, const char *text, struct gate_may *m, struct err *err)
{
	struct store_credential c;
	int rc = gate_credential_by_number(g, text, &c, err);

	m->kind = MAY_CREDENTIAL;
	return rc ? rc : gate_session_credential(g, &c, &m->session, err);
}

/* "ann/laptop": a token, or else (or where that is dead) a key; their names may hold slashes, a
 * user's none. */
static int by_token(struct gate *g, const char *text, const char *slash, struct gate_may *m,
                    struct err *err)
{
	struct store_credential c, key;
	char user[STORE_EMAIL];

	gate_put(user, sizeof(user), "%.*s", (int)(slash - text), text);
	int rc = gate_credential_find(g, GATE_USER(user), slash + 1, &c, err);
	bool dead = !rc && c.revoked != CLOCK_NEVER;
	if ((dead || rc == ERR_NOT_FOUND) &&
	    !gate_key_find(g, GATE_USER(user), slash + 1, &key, NULL) &&
	    (!dead || key.revoked == CLOCK_NEVER)) {
		c = key;
		rc = 0;
	}
	m->kind = MAY_CREDENTIAL;
	return rc ? rc : gate_session_credential(g, &c, &m->session, err);
}

static int by_user(struct gate *g, const char *text, struct gate_may *m, struct err *err)
{
	struct store_user u;
	int rc = gate_user_find(g, text, &u, err);

	m->kind = MAY_USER;
	if (!rc)
		gate_session_user(&u, &m->session);
	return rc;
}

static int who_find(struct gate *g, const char *text, struct gate_may *m, struct err *err)
{
	const char *slash = strchr(text, '/');

	if (!strcmp(text, "anyone")) {
		m->kind = MAY_ANYONE;
		m->session.presented = PRESENTED_NOTHING;
		return 0;
	}
	if (!strncmp(text, "id:", 3))
		return by_id(g, text, m, err);
	return slash ? by_token(g, text, slash, m, err) : by_user(g, text, m, err);
}

/* -- from where -- */

/* The first address of the network: one that the limit allows. */
static int take_network(void *arg, const char *value)
{
	struct net net;

	if (policy_net_parse(value, &net))
		return 0;
	net.bits = 128;
	policy_net_text(&net, arg);
	return 1;
}

static int address_find(struct gate *g, const char *typed, struct gate_may *m, struct err *err)
{
	const struct store_credential *c = &m->session.credential;
	struct net net;

	m->ask.address = m->address;
	if (typed) {
		const char *fault = policy_net_parse(typed, &net);
		if (fault || net.bits != 128)
			return err_set(err, ERR_INVALID, "\"%.60s\" is no address (%s)", typed,
			               fault ? fault : "a network has many");
		policy_net_text(&net, m->address);
		return 0;
	}
	if (m->kind != MAY_CREDENTIAL || !c->limits[LIMIT_ADDRESS])
		return 0;
	m->address_assumed = true;
	int rc = store_limit_list(g->store, c->id, LIMIT_ADDRESS, take_network, m->address, err);
	return rc < 0 ? rc : 0;
}

/* -- the whole -- */

static int path_find(const char *path, struct gate_may *m, struct err *err)
{
	const char *fault = policy_name_path(path, m->workspace, m->repository);

	if (fault)
		return err_set(err, ERR_INVALID, "\"%.200s\" names no repository: %s", path, fault);
	m->ask.workspace = m->workspace;
	m->ask.repository = m->repository;
	return 0;
}

int gate_may_fill(const struct gate_may_ask *ask, struct gate_may *m, struct err *err)
{
	memset(m, 0, sizeof(*m));
	buf_init(&m->how, WORDS);
	buf_init(&m->opens, WORDS);
	m->ask.server = SERVER_READY;
	m->ask.now = ask->now;
	if (!gate_may_operation(ask->operation, &m->ask.operation))
		return err_set(err, ERR_INVALID, "\"%.60s\" is no operation (fetch or push)",
		               ask->operation);
	return path_find(ask->path, m, err);
}

int gate_may_decide(struct gate *g, struct gate_may *m, const char *address, struct err *err)
{
	m->address[0] = '\0';
	m->address_assumed = false;
	int rc = address_find(g, address, m, err);
	return rc ? rc : gate_authorise(g, &m->session, &m->ask, &m->decision, err);
}

static int decide(struct gate *g, struct gate_may *m, const char *address, struct err *err)
{
	int rc = gate_may_decide(g, m, address, err);

	if (rc)
		return rc;
	gate_trace_write(m->trace, sizeof(m->trace), &m->decision);
	rc = m->decision.verdict.reason == REASON_ALLOWED
	             ? gate_may_how(g, &m->session, &m->decision, &m->how, err)
	             : gate_opens(g, &m->session, &m->ask, &m->decision, &m->opens, err);
	if (rc)
		gate_may_clear(m);
	return rc;
}

int gate_may(struct gate *g, const struct gate_may_ask *ask, struct gate_may *out, struct err *err)
{
	int rc = gate_may_fill(ask, out, err);
	if (!rc)
		rc = who_find(g, ask->who, out, err);
	return rc ? rc : decide(g, out, ask->address, err);
}

void gate_may_clear(struct gate_may *m)
{
	gate_decision_clear(&m->decision);
	buf_clear(&m->how);
	buf_clear(&m->opens);
}

/* -- by what right -- */

struct sources {
	const struct gate_decision *d;
	const char *project;
	struct buf *out;
	size_t told;
};

/* All that suffice: each of them alone would do. */
static int add_source(void *arg, const struct store_right_source *r)
{
	struct sources *s = arg;
	const struct store_repository *at = &s->d->repository;

	if (r->right < s->d->verdict.right_needed)
		return 0;
	buf_addf(s->out, "%s%s, ", s->told++ ? "; " : "", policy_right_name(r->right));
	if (r->owner)
		return buf_addf(s->out, "as an owner of the workspace %s", at->workspace_name);
	buf_add_str(s->out, "by a grant");
	if (r->subject == GRANT_GROUP)
		buf_addf(s->out, " to group:%s", r->group);
	if (r->object == GRANT_WORKSPACE)
		return buf_addf(s->out, " on %s", at->workspace_name);
	if (r->object == GRANT_PROJECT)
		return buf_addf(s->out, " on %s/project:%s", at->workspace_name, s->project);
	return buf_addf(s->out, " on %s/%s", at->workspace_name, at->name);
}

static int user_how(struct gate *g, const struct gate_session *s, const struct gate_decision *d,
                    struct buf *out, struct err *err)
{
	struct store_project project = {0};
	struct sources sources = {d, project.name, out, 0};

	int rc = gate_project_of(g, &d->repository, &project, err);
	if (!rc)
		rc = store_right_sources(g->store, s->user.id, &d->repository, add_source, &sources,
		                         err);
	if (!rc && !sources.told)
		buf_addf(out, "read, since the repository is %s",
		         policy_visibility_name(d->repository.visibility));
	return rc;
}

static int is_served(void *arg, const struct store_repository *r)
{
	const char *id = arg;

	return !strcmp(id, r->id);
}

static int bot_how(struct gate *g, const struct gate_session *s, const struct gate_decision *d,
                   struct buf *out, struct err *err)
{
	char id[STORE_ID];

	memcpy(id, d->repository.id, sizeof(id));
	int served = gate_key_served(g, &s->credential, is_served, id, err);

	if (served < 0)
		return served;
	if (served) {
		buf_addf(out, "it is an access key of %s/%s", d->repository.workspace_name,
		         d->repository.name);
		return 0;
	}
	if (gate_owner_holds(&s->owner.key, &d->repository)) {
		buf_add_str(out, "it belongs to ");
		gate_owner_words(&s->owner, out);
	} else {
		buf_addf(out, "%s, by a grant to the bot itself",
		         policy_right_name(d->verdict.right_present));
	}
	return 0;
}

int gate_may_how(struct gate *g, const struct gate_session *s, const struct gate_decision *d,
                 struct buf *out, struct err *err)
{
	int rc = 0;

	if (d->verdict.as_anyone)
		buf_add_str(out, "read, as anyone may: the repository is public");
	else if (d->verdict.create)
		buf_addf(out, "the push makes it: %s of %s may (its rule for creation is %s)",
		         d->facts.workspace_owner ? "an owner" : "a member", d->workspace,
		         policy_creation_name(d->facts.creation));
	else if (s->is_bot)
		rc = bot_how(g, s, d, out, err);
	else
		rc = user_how(g, s, d, out, err);
	if (!rc && out->failed)
		rc = err_set(err, out->failed, "the reasons are too long to say");
	return rc;
}
