/* The commands that would open what was refused.
 *
 * The facts are changed as each command would change them, and policy_decide
 * is asked again, until it allows or no command helps: so the list is whole,
 * and no rule is written here a second time.
 */
#include "gate/gate_int.h"
#include "gate/why.h"

#include "base/clock.h"

#include <string.h>

#define STEPS 12 /* more than there are gates a command can open */

struct plan {
	struct gate *g;
	const struct gate_session *s;
	const struct gate_ask *ask;
	const struct gate_decision *d;
	struct policy_facts facts; /* after the commands so far */
	struct buf *out;
	char path[NAME_PATH_SIZE + 8]; /* "acme/site", as it is stored where it exists */
	const char *user;              /* as a command names them: "ann", "id:12" for a bot */
	/* a new token, made at the end so that it has all it needs */
	bool token, token_here, token_repository;
};

static enum right right_needed(const struct plan *p)
{
	return p->facts.operation == OPERATION_READ ? RIGHT_READ : RIGHT_WRITE;
}

/* -- one step for each reason: true when a command helps -- */

static bool open_owner(struct plan *p)
{
	buf_addf(p->out, "gatehouse user resume %s\n", p->user);
	p->facts.owner_suspended = false;
	return true;
}

static bool open_deleted(struct plan *p)
{
	if (!p->s->owner.deleted_at)
		return false;
	buf_addf(p->out, "gatehouse repo undelete %s\n", p->s->owner.key.repository);
	p->facts.owner_deleted = false;
	if (policy_name_equal(p->path, p->s->owner.name)) {
		p->facts.exists = true;
		p->facts.elsewhere = false;
		p->facts.right = RIGHT_ADMIN;
	}
	return true;
}

/* By its id: others of its name may have been deleted before it. Under a name that is
 * taken meanwhile it does not come back as it was. */
static bool open_undeleted(struct plan *p)
{
	const struct store_repository *was = &p->d->repository;
	struct store_repository taken;

	if (store_repository_find(p->g->store, was->workspace_name, was->name, &taken, NULL) !=
	    ERR_NOT_FOUND)
		return false;
	buf_addf(p->out, "gatehouse repo undelete %s\n", was->id);
	return true;
}

static bool open_alive(struct plan *p)
{
	p->token = true;
	p->facts.revoked = p->facts.expires = CLOCK_NEVER;
	p->facts.not_before = 0;
	return true;
}

/* An API token in its place; the setting is for whoever runs the server to weigh. */
static bool open_retired(struct plan *p)
{
	p->token = true;
	p->facts.standing = STANDING_ALLOWED;
	return true;
}

static bool open_address(struct plan *p)
{
	p->token = p->token_here = true;
	p->facts.address_inside = true;
	return true;
}

static bool open_key_file(struct plan *p)
{
	buf_addf(p->out, "gatehouse user edit %s --ssh-keys any\n", p->user);
	p->facts.key_in_file = false;
	return true;
}

/* A key keeps its name and its owner's machine, so it is not made anew. */
static bool open_key_scope(struct plan *p)
{
	buf_add_str(p->out, "gatehouse key edit ");
	gate_add_word(p->out, p->s->credential.name);
	buf_add_char(p->out, ' ');
	gate_add_whose(p->out, p->s);
	buf_addf(p->out, " --write %s\n", p->facts.operation == OPERATION_WRITE ? "yes" : "no");
	p->facts.scopes |= p->facts.operation == OPERATION_WRITE ? SCOPE_WRITE_REPOSITORY
	                                                         : SCOPE_READ_REPOSITORY;
	return true;
}

static bool open_scope(struct plan *p)
{
	if (gate_is_key(&p->s->credential))
		return open_key_scope(p);
	p->token = true;
	p->facts.scopes |= p->facts.operation == OPERATION_READ ? SCOPE_READ_REPOSITORY
	                                                        : SCOPE_WRITE_REPOSITORY;
	return true;
}

/* Where the list names it already, seeing it is what lacks: a later step. */
static bool open_repository_limit(struct plan *p)
{
	if (!p->facts.repository_inside)
		p->token = p->token_repository = true;
	p->facts.repository_limited = false;
	return true;
}

static bool add_grant(struct plan *p)
{
	if (p->facts.right >= right_needed(p))
		return false;
	buf_addf(p->out, "gatehouse grant add %s %s %s\n", p->user, p->path,
	         policy_right_name(right_needed(p)));
	p->facts.right = right_needed(p);
	return true;
}

/* The repository is made, and its workspace before it: that one's owner has
 * every right in it. */
static bool make_repository(struct plan *p)
{
	struct store_workspace w;

	if (policy_name_owner_fault(p->d->workspace, strlen(p->d->workspace)) ||
	    policy_name_repository_fault(p->d->name, strlen(p->d->name)))
		return false;
	int rc = store_workspace_get(p->g->store, p->d->workspace, &w, NULL);
	if (rc && p->s->is_bot) /* whose it would be is not for a bot to say */
		return false;
	if (rc) {
		buf_addf(p->out, "gatehouse workspace create %s --owner %s\n", p->d->workspace,
		         p->user);
		p->facts.right = RIGHT_ADMIN;
	} else if (p->facts.workspace_owner || (p->s->is_bot && !p->facts.elsewhere)) {
		p->facts.right = RIGHT_ADMIN;
	}
	buf_addf(p->out, "gatehouse repo create %s\n", p->path);
	p->facts.exists = true;
	p->facts.visibility = VISIBILITY_PRIVATE;
	return true;
}

static bool open_visible(struct plan *p)
{
	return p->facts.exists ? add_grant(p) : make_repository(p);
}

static bool open_archived(struct plan *p)
{
	buf_addf(p->out, "gatehouse repo unarchive %s\n", p->path);
	p->facts.archived = false;
	return true;
}

/* Said again by make_token, whatever the new one is made for. */
static bool open_lifetime(struct plan *p)
{
	p->token = true;
	p->facts.life = p->facts.life_most;
	return true;
}

static bool open_create(struct plan *p)
{
	bool owner = p->facts.workspace_owner;

	if (p->facts.exists)
		return add_grant(p);
	p->facts.creation = owner ? CREATION_OWNERS : CREATION_MEMBERS;
	buf_addf(p->out, "gatehouse workspace edit %s --creation %s\n", p->d->workspace,
	         policy_creation_name(p->facts.creation));
	return true;
}

/* Nobody came: all that opens it is opening it to everybody. */
static bool open_anyone(struct plan *p)
{
	if (!p->facts.exists || !p->facts.anonymous_reading ||
	    p->facts.operation != OPERATION_READ || p->facts.visibility == VISIBILITY_PUBLIC)
		return false;
	buf_addf(p->out,
	         "gatehouse repo edit %s --visibility public  # everybody may read it then\n",
	         p->path);
	p->facts.visibility = VISIBILITY_PUBLIC;
	return true;
}

static bool (*const steps[REASON_COUNT])(struct plan *) = {
        [REASON_NO_CREDENTIAL] = open_anyone,    [REASON_TOKEN_REVOKED] = open_alive,
        [REASON_TOKEN_EXPIRED] = open_alive,     [REASON_TOKEN_NOT_YET] = open_alive,
        [REASON_OWNER_SUSPENDED] = open_owner,   [REASON_ADDRESS_NOT_ALLOWED] = open_address,
        [REASON_NO_SCOPES] = open_scope,         [REASON_SCOPE_ADMIN_ONLY] = open_scope,
        [REASON_SCOPE_MISSING] = open_scope,     [REASON_REPOSITORY_LIMIT] = open_repository_limit,
        [REASON_NOT_FOUND] = open_visible,       [REASON_ARCHIVED] = open_archived,
        [REASON_RIGHT_MISSING] = add_grant,      [REASON_CREATE_NOT_ALLOWED] = open_create,
        [REASON_TOKEN_LIFETIME] = open_lifetime, [REASON_OWNER_DELETED] = open_deleted,
        [REASON_TOKEN_ELSEWHERE] = open_visible, [REASON_APP_PASSWORDS_OFF] = open_retired,
        [REASON_SK_KEY_NEEDED] = open_key_file,  [REASON_BROWNOUT] = open_retired,
        [REASON_RETIRED] = open_retired,         [REASON_DELETED] = open_undeleted,
};

/* The new token: the reach of the old one, and what lacked. What the bot was granted
 * besides stays with the old one. */
static bool make_token(struct plan *p)
{
	const struct gate_replace ask = {.s = p->s,
	                                 .scopes = p->facts.scopes,
	                                 .repository = p->token_repository ? p->path : NULL,
	                                 .address = p->token_here ? p->ask->address : NULL,
	                                 .life_most = p->facts.life_most};

	if (p->s->is_bot && (p->facts.elsewhere || p->s->owner.deleted))
		return false;
	if (!gate_replacement(p->g, &ask, p->out))
		return false;
	buf_add_char(p->out, '\n');
	return true;
}

/* -- the whole -- */

static bool run_steps(struct plan *p)
{
	struct verdict v = p->d->verdict;

	for (int i = 0; i < STEPS && v.reason != REASON_ALLOWED; i++) {
		if (!steps[v.reason] || !steps[v.reason](p))
			return false;
		policy_decide(&p->facts, &v);
	}
	return v.reason == REASON_ALLOWED && (!p->token || make_token(p));
}

int gate_opens(struct gate *g, const struct gate_session *s, const struct gate_ask *ask,
               const struct gate_decision *d, struct buf *out, struct err *err)
{
	struct buf commands;
	char bot[32];
	struct plan p = {.g = g,
	                 .s = s,
	                 .ask = ask,
	                 .d = d,
	                 .facts = d->facts,
	                 .out = &commands,
	                 .user = s->is_bot ? bot : s->user.name};

	gate_put(bot, sizeof(bot), "id:%lld", (long long)s->credential.id);
	buf_init(&commands, out->limit);
	gate_put(p.path, sizeof(p.path), "%s/%s",
	         d->facts.exists ? d->repository.workspace_name : d->workspace,
	         d->facts.exists ? d->repository.name : d->name);
	if (run_steps(&p)) /* half of it would open nothing */
		buf_add_str(out, buf_str(&commands));
	int failed = commands.failed ? commands.failed : out->failed;
	buf_clear(&commands);
	return failed ? err_set(err, failed, "the commands are too long to say") : 0;
}
