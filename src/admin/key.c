/* SSH keys of people, and access keys of repositories, projects and workspaces. */
#include "admin/admin_int.h"

#include <errno.h>
#include <string.h>

/* -- the file -- */

static int read_all(struct admin *a, FILE *file, const char *name, char text[SSH_KEY_LINE + 1],
                    size_t *len)
{
	*len = fread(text, 1, SSH_KEY_LINE + 1, file);
	return ferror(file) ? err_system(&a->err, errno, "%s could not be read", name) : 0;
}

/* It is opened as the owner of the data folder, who may not look into every home. */
static int read_file(struct admin *a, const char *name, char text[SSH_KEY_LINE + 1], size_t *len)
{
	if (!strcmp(name, "-"))
		return read_all(a, stdin, "standard input", text, len);
	FILE *file = fopen(name, "re");
	if (!file && errno == EACCES)
		return err_set(&a->err, ERR_DENIED,
		               "%.200s can't be opened by the owner of the data folder; hand it "
		               "over: gatehouse %s add - … < FILE",
		               name, a->command->noun);
	if (!file)
		return err_system(&a->err, errno, "%.200s can't be opened", name);
	int rc = read_all(a, file, name, text, len);
	fclose(file);
	return rc;
}

/* Nothing of it is shown: it may be a private key. */
int admin_key_take(struct admin *a, struct ssh_key *out)
{
	char text[SSH_KEY_LINE + 1];
	size_t len;
	int rc = read_file(a, a->args[0], text, &len);

	if (rc)
		return rc;
	const char *fault = policy_ssh_key_parse(text, len, out);
	return fault ? err_set(&a->err, ERR_INVALID, "%.200s: %s",
	                       strcmp(a->args[0], "-") ? a->args[0] : "what came in", fault)
	             : 0;
}

/* -- shown -- */

const char *admin_key_fingerprint(struct admin *a, const struct ssh_key *key)
{
	char text[GATE_FINGERPRINT];
	uint8_t hash[STORE_HASH];

	gate_key_hash(key->blob, key->len, hash);
	gate_key_fingerprint(hash, text);
	const char *copy = arena_strdup(&a->arena, text);
	return copy ? copy : "";
}

static int add_served(void *arg, const struct store_repository *r)
{
	json_t *name = json_sprintf("%s/%s", r->workspace_name, r->name);

	return json_array_append_new(arg, name) ? ERR_MEMORY : 0;
}

/* The names here are a promise to scripts, as those of tokens are. */
static json_t *key_json(struct admin *a, const struct store_credential *c)
{
	json_t *json = admin_token_json(a, c), *served = json_array();
	struct ssh_key key;

	if (!json || !served || gate_key_of(&a->gate, c, &key, &a->err) ||
	    gate_key_served(&a->gate, c, add_served, served, &a->err)) {
		json_decref(json);
		json_decref(served);
		return NULL;
	}
	json_object_set_new(json, "type", json_string(key.type));
	json_object_set_new(json, "bits", json_integer(key.bits));
	json_object_set_new(json, "fingerprint", json_string(admin_key_fingerprint(a, &key)));
	json_object_set_new(json, "also_serves", served);
	return json;
}

int admin_key_print(struct admin *a, const struct store_credential *c)
{
	struct ssh_key key;
	int rc = gate_key_of(&a->gate, c, &key, &a->err);

	if (!rc)
		admin_print(a, "  key        %s, %u bits, %s\n", key.type, key.bits,
		            admin_key_fingerprint(a, &key));
	return rc;
}

static int key_done(struct admin *a, const struct store_credential *c, const char *sentence)
{
	if (a->json)
		return admin_json(a, key_json(a, c));
	admin_print(a, a->quiet ? "%s\n" : sentence, admin_safe(a, c->name));
	return 0;
}

/* -- the commands -- */

/* What `key add --repo A,B` names: the first owns it, the others are served. */
static int split_repositories(struct admin *a, struct gate_issue *ask)
{
	const char *comma = ask->owner.repository ? strchr(ask->owner.repository, ',') : NULL;

	if (!comma)
		return 0;
	ask->served = comma + 1;
	ask->owner.repository = arena_printf(
	        &a->arena, "%.*s", (int)(comma - ask->owner.repository), ask->owner.repository);
	return ask->owner.repository ? 0 : ERR_MEMORY;
}

static int asked(struct admin *a, struct gate_issue *ask)
{
	int rc = admin_whose(a, &ask->owner);

	ask->write = admin_flag(a, "write");
	if (!rc && ask->write && ask->owner.user)
		return admin_usage(a, "a user's key pushes where its user may; --scopes "
		                      "read:repository keeps it from that");
	if (!rc && ask->write && ask->scopes)
		return admin_usage(a, "--write and --scopes exclude each other");
	return rc ? rc : split_repositories(a, ask);
}

static int key_print(struct admin *a, const struct store_credential *c)
{
	int rc = admin_token_print(a, c);

	return rc ? rc : admin_preview_print(a, c);
}

/* The ledger holds it for the moment, and then never did. */
static int rehearsed(void *arg, const struct store_credential *c)
{
	struct admin *a = arg;

	if (a->json)
		return admin_json(a, key_json(a, c));
	if (a->quiet)
		return 0;
	admin_print(a, "Nothing was registered. It would be:\n");
	return key_print(a, c);
}

static int made(struct admin *a, const struct store_credential *c, const struct ssh_key *key)
{
	if (a->json || a->quiet)
		return key_done(a, c, "");
	admin_print(a, "Registered the %s.\n", admin_token_title(a, c));
	if (!strcmp(key->type, "ssh-rsa") && key->bits < SSH_KEY_RSA_GOOD)
		admin_print(a,
		            "It has %u bits, and %d are what is wanted of RSA today; a new one is "
		            "better: ssh-keygen -t ed25519\n",
		            key->bits, SSH_KEY_RSA_GOOD);
	return key_print(a, c);
}

int admin_key_add(struct admin *a)
{
	struct ssh_key key;
	struct gate_issue ask = {.operator= true,
	                         .name = admin_flag(a, "name"),
	                         .scopes = admin_flag(a, "scopes"),
	                         .repositories = admin_flag(a, "repos"),
	                         .addresses = admin_flag(a, "addresses"),
	                         .expires = admin_flag(a, "expires"),
	                         .not_before = admin_flag(a, "not-before"),
	                         .key = &key};
	struct store_credential c;

	int rc = asked(a, &ask);
	if (!rc)
		rc = admin_key_take(a, &key);
	if (!rc && admin_flag(a, "dry-run"))
		return gate_issue_rehearse(&a->gate, &ask, rehearsed, a, &a->err);
	if (!rc)
		rc = gate_issue(&a->gate, &ask, &c, NULL, &a->err);
	return rc ? rc : made(a, &c, &key);
}

static int find(struct admin *a, struct store_credential *out)
{
	struct gate_whose whose;
	int rc = admin_whose(a, &whose);

	return rc ? rc : gate_key_find(&a->gate, &whose, a->args[0], out, &a->err);
}

int admin_key_show(struct admin *a)
{
	struct store_credential c;
	int rc = find(a, &c);

	if (rc)
		return rc;
	if (a->quiet)
		return key_done(a, &c, "");
	if (!a->json)
		return key_print(a, &c);
	json_t *json = key_json(a, &c);
	rc = json ? admin_preview_json(a, &c, json) : ERR_MEMORY;
	if (!rc)
		return admin_json(a, json);
	json_decref(json);
	return rc;
}

int admin_key_edit(struct admin *a)
{
	const char *write = admin_flag(a, "write");
	struct gate_whose whose;
	struct store_credential c;

	if (strcmp(write, "yes") && strcmp(write, "no"))
		return admin_usage(a, "--write wants yes or no");
	int rc = admin_whose(a, &whose);
	if (!rc)
		rc = gate_key_write(&a->gate, &whose, a->args[0], !strcmp(write, "yes"), &c,
		                    &a->err);
	return rc ? rc
	          : key_done(a, &c,
	                     !strcmp(write, "yes") ? "The key %s may push from now on.\n"
	                                           : "The key %s only reads from now on.\n");
}

int admin_key_revoke(struct admin *a)
{
	struct gate_whose whose;
	struct store_credential c;
	int rc = admin_whose(a, &whose);

	if (!rc)
		rc = gate_key_revoke(&a->gate, &whose, a->args[0], admin_flag(a, "reason"),
		                     admin_flag(a, "leaked") != NULL, &c, &a->err);
	return rc ? rc : key_done(a, &c, "Revoked the key %s: the very next request is refused.\n");
}

static int keep_key(void *arg, const struct store_credential *c)
{
	return admin_list_keep(arg, c);
}

static json_t *list_json(struct admin *a, const void *item)
{
	return key_json(a, item);
}

static const char *list_bare(struct admin *a, const void *item)
{
	return admin_safe(a, ((const struct store_credential *)item)->name);
}

static void list_cells(struct admin_table *t, const void *item)
{
	const struct store_credential *c = item;
	struct ssh_key key;
	bool known = !gate_key_of(&t->a->gate, c, &key, NULL);

	admin_table_add(t, c->name);
	admin_table_add(t, admin_token_state(t->a, c));
	admin_table_add(t, known ? key.type : "");
	admin_table_add(t, known ? admin_key_fingerprint(t->a, &key) : "");
	admin_table_add(t, policy_scope_expand(c->scopes) & SCOPE_WRITE_REPOSITORY ? "read-write"
	                                                                           : "read-only");
	admin_table_add(t, c->used ? admin_time(t->a, c->used) : "never");
}

int admin_key_list(struct admin *a)
{
	static const struct admin_shape shape = {
	        "No keys.",
	        {"NAME", "STATE", "TYPE", "FINGERPRINT", "MAY", "LAST USED"},
	        list_json,
	        list_bare,
	        list_cells};
	struct admin_list list = ADMIN_LIST(struct store_credential);
	struct gate_whose whose;
	int rc = admin_whose(a, &whose);

	if (!rc)
		rc = gate_key_list(&a->gate, &whose, keep_key, &list, &a->err);
	return admin_list_show(a, rc, &list, &shape);
}
