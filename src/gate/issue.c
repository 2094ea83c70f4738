#include "gate/access.h"
#include "gate/gate_int.h"

#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

#define ISSUE_ITEMS 100 /* repositories or networks of one token */
#define ISSUE_YEAR (365 * INT64_C(86400))
#define ISSUE_CI (90 * INT64_C(86400)) /* of a job's token */

/* A request, checked: everything the transaction will write. */
struct issue {
	struct gate *g;
	struct gate_owner owner;
	struct gate_session most; /* of a user: all that one of their tokens could do */
	bool operator;
	struct store_credential c;
	const struct ssh_key *key; /* NULL: a token */
	struct buf
	        missing; /* repositories that were named and do not exist, or may not be told of */
	size_t nrepositories, nnetworks, nserved;
	char repositories[ISSUE_ITEMS][STORE_ID];
	char served[ISSUE_ITEMS][STORE_ID]; /* by an access key, besides its owner */
	char networks[ISSUE_ITEMS][NET_TEXT];
	struct gate_life rule;
};

static const char *noun(const struct issue *i)
{
	return i->key ? "key" : "token";
}

/* -- scopes -- */

static int scopes_unknown(const char *bad, size_t len, struct err *err)
{
	struct buf known;
	buf_init(&known, 1024);
	policy_scope_write(&known, SCOPE_ALL);
	err_set(err, ERR_INVALID, "there is no scope \"%.*s\"; known are: %s",
	        (int)(len < 60 ? len : 60), bad, buf_str(&known));
	buf_clear(&known);
	return ERR_INVALID;
}

/* A person's key does what the person may; an access key reads. */
static const char *scopes_typed(const struct issue *i, const struct gate_issue *ask)
{
	if (ask->scopes || !i->key)
		return ask->scopes ? ask->scopes : "";
	return i->owner.key.kind == OWNER_USER || ask->write ? "write:repository"
	                                                     : "read:repository";
}

/* A bot has no account, and nothing around what it belongs to. */
static scope_set_t scopes_possible(enum credential_owner owner)
{
	const scope_set_t account = SCOPE_READ_USER | SCOPE_WRITE_USER | SCOPE_READ_SSH_KEY |
	                            SCOPE_WRITE_SSH_KEY | SCOPE_DELETE_SSH_KEY;
	const scope_set_t workspace = SCOPE_READ_WORKSPACE | SCOPE_ADMIN_WORKSPACE;
	const scope_set_t project = SCOPE_READ_PROJECT | SCOPE_ADMIN_PROJECT;

	switch (owner) {
	case OWNER_USER:
		return SCOPE_ALL;
	case OWNER_WORKSPACE:
		return SCOPE_ALL & ~account;
	case OWNER_PROJECT:
		return SCOPE_ALL & ~(account | workspace);
	default:
		return SCOPE_ALL & ~(account | workspace | project);
	}
}

static int scopes_impossible(const struct issue *i, scope_set_t too_much, struct err *err)
{
	struct buf scopes;

	buf_init(&scopes, 1024);
	policy_scope_write(&scopes, too_much);
	err_set(err, ERR_INVALID, "the bot of %s could never use %s", i->owner.name,
	        buf_str(&scopes));
	buf_clear(&scopes);
	return ERR_INVALID;
}

/* Takes away the reading that pushing brings. */
static int only_push(struct issue *i, const struct gate_issue *ask, struct err *err)
{
	if (strcmp(ask->only, "push") != 0)
		return err_set(err, ERR_INVALID,
		               "only \"%.40s\"? What can be had alone is push: all else brings "
		               "nothing with it",
		               ask->only);
	if (!i->c.scopes)
		i->c.scopes = SCOPE_WRITE_REPOSITORY;
	if (!(i->c.scopes & SCOPE_WRITE_REPOSITORY))
		return err_set(err, ERR_INVALID,
		               "only push goes with write:repository, which is not asked for");
	if (i->c.scopes & SCOPE_READ_REPOSITORY)
		return err_set(err, ERR_INVALID,
		               "only push leaves read:repository out, which is asked for as well");
	i->c.scopes |= SCOPE_EXACT;
	return 0;
}

static int scopes_fill(struct issue *i, const struct gate_issue *ask, struct err *err)
{
	const char *bad = NULL;
	size_t len = 0;

	const char *typed = scopes_typed(i, ask);
	bool known = ask->app_password
	                     ? policy_permission_parse_list(typed, &i->c.scopes, NULL, &bad, &len)
	                     : policy_scope_parse_list(typed, &i->c.scopes, &bad, &len);

	if (!known)
		return scopes_unknown(bad, len, err);
	if (ask->only && only_push(i, ask, err))
		return ERR_INVALID;
	scope_set_t too_much = i->c.scopes & SCOPE_ALL & ~scopes_possible(i->owner.key.kind);
	if (too_much)
		return scopes_impossible(i, too_much, err);
	if (!i->c.scopes && !ask->allow_no_scopes)
		return err_set(err, ERR_INVALID,
		               "a %s without scopes opens nothing: read:repository lets it clone "
		               "and fetch, write:repository lets it push as well",
		               noun(i));
	return 0;
}

/* -- limits -- */

/* Of what a user may not see they hear what they hear of nothing at all; the
 * operator hears why. */
static int repository_seen(struct issue *i, const struct store_repository *r, const char *item,
                           struct err *err)
{
	struct verdict v;
	int rc = gate_would(i->g, &i->most, r->id, OPERATION_READ, &v, err);

	if (rc || v.reason == REASON_ALLOWED)
		return rc;
	if (!i->operator)
		return ERR_NOT_FOUND;
	return err_set(err, ERR_INVALID,
	               "%s may not see %s, so a token of theirs could not either: gatehouse grant "
	               "add %s %s/%s read",
	               i->owner.name, item, i->owner.name, r->workspace_name, r->name);
}

static int repository_add(void *arg, const char *item, struct err *err)
{
	struct issue *i = arg;
	struct store_repository r;

	if (i->nrepositories == ISSUE_ITEMS)
		return err_set(err, ERR_LIMIT, "a %s can name at most %d repositories", noun(i),
		               ISSUE_ITEMS);
	int rc = gate_repository_find(i->g, item, &r, err);
	if (!rc && i->owner.key.kind == OWNER_USER)
		rc = repository_seen(i, &r, item, err);
	if (rc == ERR_NOT_FOUND) {
		buf_addf(&i->missing, "%s%s", i->missing.len ? ", " : "", item);
		return 0;
	}
	if (rc)
		return rc;
	if (i->owner.key.kind != OWNER_USER && !gate_owner_holds(&i->owner.key, &r))
		return err_set(err, ERR_INVALID,
		               "%s/%s does not belong to %s: its %s can't reach it",
		               r.workspace_name, r.name, i->owner.name, noun(i));
	for (size_t n = 0; n < i->nrepositories; n++)
		if (!strcmp(i->repositories[n], r.id))
			return 0;
	memcpy(i->repositories[i->nrepositories++], r.id, STORE_ID);
	return 0;
}

static int repositories_fill(struct issue *i, const struct gate_issue *ask, struct err *err)
{
	int rc = ask->repositories ? gate_items(ask->repositories, repository_add, i, err) : 0;
	if (rc)
		return rc;
	if (i->missing.len)
		return err_set(err, ERR_NOT_FOUND, "there is no repository %s",
		               buf_str(&i->missing));
	/* An empty list must not turn into "all of them". */
	if (ask->repositories && !i->nrepositories)
		return err_set(err, ERR_INVALID, "the list of repositories is empty");
	return 0;
}

/* The repositories of an access key besides the first, in which its name is free
 * too: commands find it by any of them. */
static int served_add(void *arg, const char *item, struct err *err)
{
	struct issue *i = arg;
	struct gate_owner o;
	struct store_credential c;

	if (i->nserved == ISSUE_ITEMS)
		return err_set(err, ERR_LIMIT, "a key can serve at most %d repositories",
		               ISSUE_ITEMS + 1);
	int rc = gate_owner_find(i->g, &(struct gate_whose){.repository = item}, &o, err);
	if (rc)
		return rc;
	if (!strcmp(o.key.repository, i->owner.key.repository))
		return 0;
	for (size_t n = 0; n < i->nserved; n++)
		if (!strcmp(i->served[n], o.key.repository))
			return 0;
	if (!store_key_by_name(i->g->store, &o.key, i->c.name, &c, NULL) &&
	    c.revoked == CLOCK_NEVER)
		return err_set(err, ERR_EXISTS, "%s has a living key \"%s\" already", o.name,
		               i->c.name);
	memcpy(i->served[i->nserved++], o.key.repository, STORE_ID);
	return 0;
}

static int network_add(void *arg, const char *item, struct err *err)
{
	struct issue *i = arg;
	struct net net;

	if (i->nnetworks == ISSUE_ITEMS)
		return err_set(err, ERR_LIMIT, "a %s can name at most %d networks", noun(i),
		               ISSUE_ITEMS);
	const char *fault = policy_net_parse(item, &net);
	if (fault)
		return err_set(err, ERR_INVALID, "\"%.80s\" is no address or network: %s", item,
		               fault);
	policy_net_text(&net, i->networks[i->nnetworks]);
	for (size_t n = 0; n < i->nnetworks; n++)
		if (!strcmp(i->networks[n], i->networks[i->nnetworks]))
			return 0;
	i->nnetworks++;
	return 0;
}

static int networks_fill(struct issue *i, const struct gate_issue *ask, struct err *err)
{
	int rc = ask->addresses ? gate_items(ask->addresses, network_add, i, err) : 0;
	if (!rc && ask->addresses && !i->nnetworks)
		rc = err_set(err, ERR_INVALID, "the list of addresses is empty");
	return rc;
}

/* -- time -- */

/* Of what it reaches: the repositories it is limited to, else all its owner has. */
static int rule_find(struct issue *i, struct err *err)
{
	int rc;

	if (i->key) { /* rules for how long a token lives say nothing of keys */
		i->rule.most = CLOCK_NEVER;
		return 0;
	}
	rc = gate_life_rule(i->g, &i->owner, i->nrepositories > 0, &i->rule, err);
	for (size_t n = 0; n < i->nrepositories && !rc; n++)
		rc = gate_life_narrow(i->g, i->repositories[n], &i->rule, err);
	return rc;
}

static int life_check(struct issue *i, int64_t now, struct err *err)
{
	char asked[CLOCK_TEXT], most[CLOCK_TEXT];
	int64_t expires = i->c.expires;

	if (expires <= now)
		return err_set(err, ERR_INVALID, "the %s would have expired already, at %s",
		               noun(i), clock_text(expires, asked));
	if (i->c.not_before && i->c.not_before >= expires)
		return err_set(err, ERR_INVALID, "the %s would expire (%s) before it begins",
		               noun(i), clock_text(expires, asked));
	if (i->rule.most == CLOCK_NEVER ||
	    (expires != CLOCK_NEVER && expires - now <= i->rule.most))
		return 0;
	if (expires == CLOCK_NEVER)
		gate_put(asked, sizeof(asked), "for ever");
	else
		clock_span(expires - now, asked);
	return err_set(err, ERR_LIMIT, "the token would live %s; %s allows %s at most", asked,
	               i->rule.whose, clock_span(i->rule.most, most));
}

static int moment_parse(const char *text, int64_t now, int end_of_day, int64_t *out,
                        struct err *err)
{
	int rc = clock_parse(text, now, end_of_day, out, err);
	if (rc)
		err_prefix(err, "\"%.60s\"", text);
	return rc;
}

/* The life nobody asked for. A key has none; an app password is for what can't be told a new one
 * often; the policy of retirement ends them all. */
static int64_t usual_life(const struct gate_issue *ask)
{
	if (ask->app_password || ask->key)
		return CLOCK_NEVER;
	return ask->scopes && policy_name_equal(ask->scopes, "ci") ? ISSUE_CI : ISSUE_YEAR;
}

static int time_fill(struct issue *i, const struct gate_issue *ask, struct err *err)
{
	int64_t now = clock_now(), usual = usual_life(ask);
	int rc = rule_find(i, err);

	i->c.created = now;
	if (!rc && ask->expires)
		rc = moment_parse(ask->expires, now, 1, &i->c.expires, err);
	else
		i->c.expires = i->rule.most < usual   ? now + i->rule.most
		               : usual == CLOCK_NEVER ? CLOCK_NEVER
		                                      : now + usual;
	if (!rc && ask->not_before)
		rc = moment_parse(ask->not_before, now, 0, &i->c.not_before, err);
	if (!rc && i->c.not_before == CLOCK_NEVER)
		rc = err_set(err, ERR_INVALID, "a %s that never begins is of no use", noun(i));
	return rc ? rc : life_check(i, now, err);
}

/* -- the whole -- */

/* Of the old way: only a person's, and only while they are taken. */
static int app_password_check(const struct issue *i, struct err *err)
{
	if (i->owner.key.kind != OWNER_USER)
		return err_set(err, ERR_INVALID,
		               "an app password belongs to a user; what belongs to a repository, "
		               "project or workspace is an access token");
	if (i->g->settings->app_passwords)
		return 0;
	return err_set(err, ERR_DENIED,
	               "app passwords are turned off: none is made, and none is taken. An API "
	               "token goes where an app password went, with the same user name. To turn "
	               "them on for tools that can't wait, say app-passwords = yes in the server's "
	               "settings and reload it");
}

static int most_fill(struct issue *i, struct err *err)
{
	struct store_user user;

	if (i->owner.key.kind != OWNER_USER)
		return 0;
	int rc = store_user_get_id(i->g->store, i->owner.key.id, &user, err);
	if (!rc)
		gate_session_user(&user, &i->most);
	return rc;
}

static void owner_fill(struct issue *i, bool app_password)
{
	static const enum credential_kind kinds[] = {
	        [OWNER_USER] = CREDENTIAL_API_TOKEN,
	        [OWNER_REPOSITORY] = CREDENTIAL_REPOSITORY_TOKEN,
	        [OWNER_PROJECT] = CREDENTIAL_PROJECT_TOKEN,
	        [OWNER_WORKSPACE] = CREDENTIAL_WORKSPACE_TOKEN};
	const struct store_owner *owner = &i->owner.key;

	i->c.kind = app_password ? CREDENTIAL_APP_PASSWORD : kinds[owner->kind];
	if (i->key)
		i->c.kind = owner->kind == OWNER_USER ? CREDENTIAL_USER_KEY : CREDENTIAL_ACCESS_KEY;
	i->c.owner = owner->kind;
	i->c.owner_id = owner->id;
	memcpy(i->c.owner_repository, owner->repository, sizeof(owner->repository));
	i->c.revoked = CLOCK_NEVER;
	gate_put(i->c.created_by, sizeof(i->c.created_by), "%s", i->g->actor);
}

static int issue_fill(struct issue *i, const struct gate_issue *ask, struct err *err)
{
	int rc = gate_owner_find(i->g, &ask->owner, &i->owner, err);
	if (!rc && i->owner.suspended)
		rc = err_set(err, ERR_INVALID, "%s is suspended and can't get a %s", i->owner.name,
		             noun(i));
	if (!rc && i->key && i->owner.hardware_keys && !i->key->hardware)
		rc = err_set(err, ERR_INVALID,
		             "%s takes SSH keys that live on a security key only (ssh-keygen -t "
		             "ed25519-sk), and this one lives in a file",
		             i->owner.name);
	if (!rc && ask->app_password)
		rc = app_password_check(i, err);
	if (!rc)
		rc = most_fill(i, err);
	if (!rc)
		rc = gate_label(i->c.name, ask->name, i->key ? "a key's name" : "a token's name",
		                err);
	if (!rc)
		rc = scopes_fill(i, ask, err);
	if (!rc)
		rc = repositories_fill(i, ask, err);
	if (!rc && ask->served)
		rc = gate_items(ask->served, served_add, i, err);
	if (!rc)
		rc = networks_fill(i, ask, err);
	if (!rc)
		rc = time_fill(i, ask, err);
	if (!rc)
		rc = gate_told_fill(&ask->told, &i->c, err);
	if (rc)
		return rc;
	owner_fill(i, ask->app_password);
	return gate_retire_may_make(i->g, &i->c, err);
}

/* A bot's address holds its number, and stays as it was made. */
static int bot_email(struct issue *i, struct err *err)
{
	struct store_user user;
	char *email = i->c.bot_email;

	if (i->c.owner == OWNER_USER)
		return 0;
	if (strlen(i->g->settings->bot_domain) + 24 > sizeof(i->c.bot_email))
		return err_set(err, ERR_LIMIT, "bot-domain is too long for an e-mail address");
	gate_put(email, sizeof(i->c.bot_email), "%lld@%s", (long long)i->c.id,
	         i->g->settings->bot_domain);
	if (!store_user_by_email(i->g->store, email, &user, NULL))
		return err_set(err, ERR_EXISTS,
		               "the bot's e-mail address %s belongs to the user %s", email,
		               user.name);
	return store_credential_email(i->g->store, i->c.id, email, err);
}

static int issue_rows(struct issue *i, struct err *err)
{
	struct store *s = i->g->store;
	int rc = i->key ? gate_key_free(i->g, &i->owner, i->c.hash, err) : 0;

	if (rc)
		return rc;
	rc = store_credential_add(s, &i->c, err);
	if (rc == ERR_EXISTS)
		err_set(err, rc,
		        "%s has a living %s \"%s\" already; revoke it or take another name",
		        i->owner.name, noun(i), i->c.name);
	if (!rc && i->key)
		rc = store_key_add(s, i->c.id, i->key->blob, i->key->len, err);
	for (size_t n = 0; n < i->nserved && !rc; n++)
		rc = store_key_repository_add(s, i->c.id, i->served[n], err);
	if (!rc)
		rc = bot_email(i, err);
	if (!rc && (i->c.quiet || i->c.alerts))
		rc = store_credential_tell(s, &i->c, err);
	for (size_t n = 0; n < i->nrepositories && !rc; n++)
		rc = store_limit_add(s, i->c.id, LIMIT_REPOSITORY, i->repositories[n], err);
	for (size_t n = 0; n < i->nnetworks && !rc; n++)
		rc = store_limit_add(s, i->c.id, LIMIT_ADDRESS, i->networks[n], err);
	i->c.limits[LIMIT_REPOSITORY] = (int)i->nrepositories;
	i->c.limits[LIMIT_ADDRESS] = (int)i->nnetworks;
	return rc;
}

static void issue_note(const struct issue *i, char note[STORE_TEXT])
{
	struct buf scopes;
	char expires[CLOCK_TEXT], print[GATE_FINGERPRINT] = "";

	buf_init(&scopes, 1024);
	policy_scope_write(&scopes, i->c.scopes);
	if (i->key)
		gate_key_fingerprint(i->c.hash, print);
	gate_put(note, STORE_TEXT, "%s%s%s: %s; %zu repositories, %zu networks named; expires %s",
	         i->c.name, i->key ? " " : "", print, buf_str(&scopes),
	         i->nrepositories + i->nserved, i->nnetworks, clock_text(i->c.expires, expires));
	buf_clear(&scopes);
}

static int issue_store(struct issue *i, struct err *err)
{
	char note[STORE_TEXT];
	int rc = gate_change_begin(i->g, err);
	if (rc)
		return rc;
	issue_note(i, note);
	rc = issue_rows(i, err);
	return gate_change_end(i->g, rc,
	                       &(struct gate_change){i->key ? "key add" : "token create",
	                                             i->owner.name, note, &i->c},
	                       err);
}

int gate_secret_make(struct store_credential *c, char token[TOKEN_LEN + 1], struct err *err)
{
	uint8_t bytes[TOKEN_RANDOM];

	random_bytes(bytes, sizeof(bytes));
	int rc = policy_token_write(c->kind, bytes, token);
	secret_wipe(bytes, sizeof(bytes));
	if (rc)
		return err_set(err, rc, "no token can be made of this kind");
	gate_secret_hash(token, TOKEN_LEN, c->hash);
	return 0;
}

/* A request checked, and a secret for it. issue_end when it returned 0. */
static int issue_begin(struct gate *g, const struct gate_issue *ask, struct issue **out,
                       char secret[TOKEN_LEN + 1], struct err *err)
{
	struct issue *i = calloc(1, sizeof(*i));

	if (!i)
		return err_set(err, ERR_MEMORY, "out of memory");
	i->g = g;
	i->key = ask->key;
	i->operator= ask->operator;
	buf_init(&i->missing, 300);
	int rc = issue_fill(i, ask, err);
	if (!rc && i->key)
		gate_key_hash(i->key->blob, i->key->len, i->c.hash);
	else if (!rc)
		rc = gate_secret_make(&i->c, secret, err);
	buf_clear(&i->missing);
	if (rc)
		free(i);
	else
		*out = i;
	return rc;
}

static void issue_end(struct issue *i, char secret[TOKEN_LEN + 1])
{
	secret_wipe(secret, TOKEN_LEN + 1);
	free(i);
}

int gate_issue(struct gate *g, const struct gate_issue *ask, struct store_credential *out,
               char *token, struct err *err)
{
	char secret[TOKEN_LEN + 1] = "";
	struct issue *i;
	int rc = issue_begin(g, ask, &i, secret, err);

	if (rc)
		return rc;
	rc = issue_store(i, err);
	if (!rc) {
		if (token)
			memcpy(token, secret, sizeof(secret));
		if (out)
			*out = i->c;
	}
	issue_end(i, secret);
	return rc;
}

int gate_issue_rehearse(struct gate *g, const struct gate_issue *ask,
                        int (*look)(void *, const struct store_credential *), void *arg,
                        struct err *err)
{
	char secret[TOKEN_LEN + 1] = "";
	struct issue *i;
	int rc = issue_begin(g, ask, &i, secret, err);

	if (rc)
		return rc;
	rc = gate_change_begin(g, err);
	if (!rc) {
		rc = issue_rows(i, err);
		if (!rc)
			rc = look(arg, &i->c);
		store_rollback(g->store);
	}
	issue_end(i, secret);
	return rc;
}
