#include "admin/admin_int.h"
#include "base/secret.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static int keep_credential(void *arg, const struct store_credential *c)
{
	return admin_list_keep(arg, c);
}

const char *admin_token_state(struct admin *a, const struct store_credential *c)
{
	int64_t now = clock_now();
	struct gate_standing s;

	if (c->revoked != CLOCK_NEVER)
		return c->leaked ? "leaked" : "revoked";
	if (c->expires <= now)
		return "expired";
	if (c->not_before > now)
		return "not yet valid";
	if (!gate_standing(&a->gate, c, now, &s, NULL) && s.standing > STANDING_NOTICE)
		return admin_retire_stage(s.standing);
	return c->exposed ? "live, exposed" : "live";
}

int admin_whose(struct admin *a, struct gate_whose *out)
{
	const char *const all[] = {out->user = admin_flag(a, "user"),
	                           out->repository = admin_flag(a, "repo"),
	                           out->project = admin_flag(a, "project"),
	                           out->workspace = admin_flag(a, "workspace")};
	int given = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		given += all[i] != NULL;
	if (given == 1)
		return 0;
	return admin_usage(a, "%s %s%s: give %s of --user, --repo, --project and --workspace",
	                   given ? "a" : "whose", a->command->noun,
	                   given ? " belongs to one" : " is it", given ? "just one" : "one");
}

static int find(struct admin *a, struct store_credential *out)
{
	struct gate_whose whose;
	int rc = admin_whose(a, &whose);

	return rc ? rc : gate_credential_find(&a->gate, &whose, a->args[0], out, &a->err);
}

/* The owner's name; "" when it can't be read. */
static const char *owner_name(struct admin *a, const struct store_credential *c)
{
	struct gate_owner o;
	const char *name =
	        gate_owner_of(&a->gate, c, &o, NULL) ? NULL : arena_strdup(&a->arena, o.name);
	return name ? name : "";
}

/* -- JSON -- */

static int add_limit(void *arg, const char *words)
{
	json_t *text = json_string(words);
	return json_array_append_new(arg, text) ? ERR_MEMORY : 0;
}

/* null: not limited so. */
static json_t *limits_json(struct admin *a, const struct store_credential *c, enum limit_kind kind)
{
	json_t *list;
	if (!c->limits[kind])
		return json_null();
	list = json_array();
	if (list && gate_credential_limits(&a->gate, c, kind, add_limit, list, NULL)) {
		json_decref(list);
		return NULL;
	}
	return list;
}

json_t *admin_scopes_json(scope_set_t set)
{
	json_t *list = json_array();
	for (int i = 0; list && i < SCOPE_COUNT; i++)
		if (set & (UINT32_C(1) << i))
			json_array_append_new(list,
			                      json_string(policy_scope_name(UINT32_C(1) << i)));
	return list;
}

static json_t *reach_json(struct admin *a, const struct store_credential *c)
{
	struct buf reach;
	json_t *json;
	buf_init(&reach, 8192);
	json = gate_credential_reach(&a->gate, c, &reach, NULL)
	               ? json_null()
	               : admin_json_text(a, buf_str(&reach));
	buf_clear(&reach);
	return json;
}

/* The names here are a promise to scripts. Neither secret nor hash is in it. */
json_t *admin_token_json(struct admin *a, const struct store_credential *c)
{
	static const char *const owners[] = {[OWNER_USER] = "user",
	                                     [OWNER_REPOSITORY] = "repository",
	                                     [OWNER_PROJECT] = "project",
	                                     [OWNER_WORKSPACE] = "workspace"};
	const char *owner = owner_name(a, c);
	int64_t since = 0;
	const char *network = admin_network_fresh(a, c, &since);
	struct gate_standing s = {0};

	if (gate_standing(&a->gate, c, clock_now(), &s, &a->err))
		return NULL;
	const struct admin_field fields[] = {
	        {"id", json_integer(c->id)},
	        {"name", admin_json_text(a, c->name)},
	        {"kind", json_string(policy_credential_kind_name(c->kind))},
	        {"user", admin_json_text(a, c->owner == OWNER_USER ? owner : "")},
	        {"owner", admin_json_text(a, owner)},
	        {"owner_kind", json_string(owners[c->owner])},
	        {"email", admin_json_text(a, c->bot_email)},
	        {"state", json_string(admin_token_state(a, c))},
	        {"scopes", admin_scopes_json(c->scopes)},
	        {"only_push", json_boolean(policy_scope_only_push(c->scopes))},
	        {"effective_scopes", admin_scopes_json(policy_scope_expand(c->scopes))},
	        {"reaches", reach_json(a, c)},
	        {"repositories", limits_json(a, c, LIMIT_REPOSITORY)},
	        {"addresses", limits_json(a, c, LIMIT_ADDRESS)},
	        {"created", admin_json_time(c->created)},
	        {"created_by", admin_json_text(a, c->created_by)},
	        {"not_before", admin_json_time(c->not_before)},
	        {"expires", admin_json_time(c->expires)},
	        {"retirement", admin_json_text(a, s.by.name)},
	        {"retires", admin_json_time(s.by.rule.end)},
	        {"revoked", admin_json_time(c->revoked)},
	        {"revoked_by", admin_json_text(a, c->revoked_by)},
	        {"revoke_reason", admin_json_text(a, c->revoke_reason)},
	        {"leaked", json_boolean(c->leaked)},
	        {"last_used", admin_json_time(c->used)},
	        {"last_used_from", admin_json_text(a, c->used_from)},
	        {"exposed", admin_json_time(c->exposed)},
	        {"last_refused", admin_json_time(c->refused)},
	        {"last_refused_from", admin_json_text(a, c->refused_from)},
	        {"last_refused_why", admin_json_text(a, c->refused_why)},
	        {"notices", json_boolean(!c->quiet)},
	        {"alerts", json_boolean(c->alerts)},
	        {"new_network", admin_json_text(a, network)},
	        {"new_network_since", admin_json_time(since)},
	};

	return admin_json_object(fields, sizeof(fields) / sizeof(fields[0]));
}

/* -- lines -- */

struct joined {
	struct buf text;
};

static int join_limit(void *arg, const char *words)
{
	struct joined *j = arg;
	buf_addf(&j->text, "%s%s", j->text.len ? ", " : "", words);
	return 0;
}

static int limits_print(struct admin *a, const struct store_credential *c, enum limit_kind kind,
                        const char *left, const char *none)
{
	struct joined j;
	int rc = 0;

	buf_init(&j.text, 16384);
	if (c->limits[kind])
		rc = gate_credential_limits(&a->gate, c, kind, join_limit, &j, &a->err);
	if (!rc)
		admin_print(a, "  %-11s%s\n", left,
		            j.text.len ? admin_safe(a, buf_str(&j.text)) : none);
	buf_clear(&j.text);
	return rc;
}

static void valid_print(struct admin *a, const struct store_credential *c)
{
	char span[CLOCK_TEXT];
	int64_t left = c->expires - clock_now();

	if (c->not_before)
		admin_print(a, "  from       %s\n", admin_time(a, c->not_before));
	if (c->expires == CLOCK_NEVER)
		admin_print(a, "  expires    never\n");
	else if (left > 0)
		admin_print(a, "  expires    %s (in %s)\n", admin_time(a, c->expires),
		            clock_span(left, span));
	else
		admin_print(a, "  expired    %s (%s ago)\n", admin_time(a, c->expires),
		            clock_span(-left, span));
}

/* "acme (90 days at most)" */
static int add_bar(void *arg, const struct store_workspace *w)
{
	char span[CLOCK_TEXT];
	struct buf *out = arg;

	return buf_addf(out, "%s%s (%s at most)", out->len ? ", " : "", w->name,
	                clock_span(w->token_lifetime, span));
}

static int bars_print(struct admin *a, const struct store_credential *c)
{
	struct buf bars;

	buf_init(&bars, 16384);
	int rc = gate_lifetime_bars(&a->gate, c, add_bar, &bars, &a->err);
	if (!rc && bars.len)
		admin_print(a, "  too long   it lives longer than these allow: %s\n",
		            buf_str(&bars));
	buf_clear(&bars);
	return rc;
}

static int add_bar_json(void *arg, const struct store_workspace *w)
{
	return json_array_append_new(arg,
	                             json_pack("{s:s, s:I}", "workspace", w->name, "token_lifetime",
	                                       (json_int_t)w->token_lifetime))
	               ? ERR_MEMORY
	               : 0;
}

/* What `show` tells and a list does not, since it asks about each repository. */
static json_t *whole_json(struct admin *a, const struct store_credential *c)
{
	json_t *json = admin_token_json(a, c), *bars = json_array();

	if (json && bars && !gate_lifetime_bars(&a->gate, c, add_bar_json, bars, NULL))
		json_object_set(json, "too_long_for", bars);
	json_decref(bars);
	return json;
}

int admin_token_facts(struct admin *a, const struct store_credential *c)
{
	struct buf text;
	scope_set_t implied = policy_scope_expand(c->scopes) & ~c->scopes;

	buf_init(&text, 4096);
	policy_scope_write(&text, c->scopes);
	if (implied) {
		buf_add_str(&text, " (which brings ");
		policy_scope_write(&text, implied);
		buf_add_char(&text, ')');
	}
	admin_print(a, "  scopes     %s\n", buf_str(&text));
	buf_reset(&text);
	int rc = gate_credential_reach(&a->gate, c, &text, &a->err);
	if (!rc)
		admin_print(a, "  reaches    %s\n", admin_safe(a, buf_str(&text)));
	buf_clear(&text);
	if (!rc)
		rc = limits_print(a, c, LIMIT_ADDRESS, "addresses", "any");
	if (!rc)
		valid_print(a, c);
	return rc ? rc : bars_print(a, c);
}

const char *admin_token_title(struct admin *a, const struct store_credential *c)
{
	const char *kind = policy_credential_kind_name(c->kind), *of = strstr(kind, " of a ");
	struct gate_owner o;
	struct buf title;

	buf_init(&title, sizeof(o.name) + 2 * STORE_LABEL + 64);
	buf_add(&title, kind, of ? (size_t)(of - kind) : strlen(kind));
	buf_addf(&title, " \"%s\" of ", c->name);
	if (!gate_owner_of(&a->gate, c, &o, NULL))
		gate_owner_words(&o, &title);
	const char *safe = admin_safe(a, buf_str(&title));
	buf_clear(&title);
	return safe;
}

static void whose_print(struct admin *a, const struct store_credential *c)
{
	admin_print(a, "%s: %s\n", admin_token_title(a, c), admin_token_state(a, c));
	if (c->owner != OWNER_USER)
		admin_print(a, "  acts as    bot %s <%s>, id:%lld in commands\n",
		            admin_safe(a, c->name), admin_safe(a, c->bot_email), (long long)c->id);
}

/* "2099-07-28 00:00:00 UTC, by the retirement apps (notice)" */
static int retires_print(struct admin *a, const struct store_credential *c)
{
	struct gate_standing s;
	int rc = gate_standing(&a->gate, c, clock_now(), &s, &a->err);

	if (!rc && s.by.id)
		admin_print(a, "  retires    %s, by the retirement %s (%s)\n",
		            s.by.rule.end == CLOCK_NEVER ? "some day"
		                                         : admin_time(a, s.by.rule.end),
		            admin_safe(a, s.by.name), admin_retire_stage(s.state.stage));
	return rc;
}

int admin_token_print(struct admin *a, const struct store_credential *c)
{
	whose_print(a, c);
	int rc = gate_is_key(c) ? admin_key_print(a, c) : 0;
	if (!rc)
		rc = admin_token_facts(a, c);
	if (!rc)
		rc = retires_print(a, c);
	if (!rc && c->limits[LIMIT_REPOSITORY])
		rc = limits_print(a, c, LIMIT_REPOSITORY, "limited to", "");
	admin_print(a, "  made       %s by %s\n", admin_time(a, c->created),
	            admin_safe(a, c->created_by));
	if (c->revoked != CLOCK_NEVER)
		admin_print(a, "  revoked    %s by %s%s%s%s\n", admin_time(a, c->revoked),
		            admin_safe(a, c->revoked_by), c->leaked ? ", as leaked" : "",
		            *c->revoke_reason ? ": " : "", admin_safe(a, c->revoke_reason));
	if (c->exposed)
		admin_print(
		        a,
		        "  exposed    %s: it came without TLS, where others may read; revoke it\n",
		        admin_time(a, c->exposed));
	if (c->used)
		admin_print(a, "  used       %s from %s\n", admin_time(a, c->used),
		            admin_safe(a, c->used_from));
	else
		admin_print(a, "  used       never\n");
	if (c->refused)
		admin_print(a, "  refused    %s from %s: %s\n", admin_time(a, c->refused),
		            admin_safe(a, c->refused_from), admin_safe(a, c->refused_why));
	return rc;
}

/* -- the commands -- */

static int previewed_json(struct admin *a, const struct store_credential *c)
{
	json_t *json = whole_json(a, c);
	int rc = json ? admin_preview_json(a, c, json) : 0;

	if (json && !rc)
		rc = admin_former_json(a, c, json);
	if (json && !rc)
		rc = admin_networks_json(a, c, json);
	if (!rc)
		return admin_json(a, json);
	json_decref(json);
	return rc;
}

int admin_token_show(struct admin *a)
{
	struct store_credential c;
	int rc = find(a, &c);
	if (rc)
		return rc;
	if (a->json)
		return previewed_json(a, &c);
	if (a->quiet) {
		admin_print(a, "%s\n", admin_safe(a, c.name));
		return 0;
	}
	rc = admin_token_print(a, &c);
	if (!rc)
		rc = admin_told_print(a, &c);
	if (!rc)
		rc = admin_former_print(a, &c);
	return rc ? rc : admin_preview_print(a, &c);
}

static json_t *list_json(struct admin *a, const void *item)
{
	return admin_token_json(a, item);
}

static const char *list_bare(struct admin *a, const void *item)
{
	return admin_safe(a, ((const struct store_credential *)item)->name);
}

/* "2026-11-25 14:03:07 UTC from 192.0.2.7: scope-missing" */
static const char *stamp_text(struct admin *a, int64_t when, const char *from, const char *why)
{
	const char *text = when ? arena_printf(&a->arena, "%s from %s%s%s", admin_time(a, when),
	                                       from, *why ? ": " : "", why)
	                        : "never";

	return text ? text : "";
}

static void list_cells(struct admin_table *t, const void *item)
{
	const struct store_credential *c = item;
	struct buf scopes;

	buf_init(&scopes, 4096);
	policy_scope_write(&scopes, c->scopes);
	admin_table_add(t, c->name);
	admin_table_add(t, admin_token_state(t->a, c));
	admin_table_add(t, policy_credential_kind_name(c->kind));
	admin_table_add(t, c->expires == CLOCK_NEVER ? "never" : admin_time(t->a, c->expires));
	admin_table_add(t, buf_str(&scopes));
	admin_table_add(t, stamp_text(t->a, c->used, c->used_from, ""));
	admin_table_add(t, stamp_text(t->a, c->refused, c->refused_from, c->refused_why));
	admin_table_add(t, admin_network_fresh(t->a, c, NULL));
	buf_clear(&scopes);
}

static int list_page(struct admin *a, const char *after, struct admin_list *l)
{
	struct gate_whose whose;
	int rc = admin_whose(a, &whose);

	return rc ? rc : gate_credential_page(&a->gate, &whose, after, keep_credential, l, &a->err);
}

/* Names come again once a token was revoked: its number stands for it. */
static const char *list_place(struct admin *a, const void *item)
{
	const struct store_credential *c = item;
	const char *place = arena_printf(&a->arena, "id:%lld", (long long)c->id);

	return place ? place : "";
}

int admin_token_list(struct admin *a)
{
	static const struct admin_shape shape = {"No tokens.",
	                                         {"NAME", "STATE", "KIND", "EXPIRES", "SCOPES",
	                                          "LAST USED", "LAST REFUSED", "NEW NETWORK"},
	                                         list_json,
	                                         list_bare,
	                                         list_cells};
	static const struct admin_pages pages = {sizeof(struct store_credential), &shape, list_page,
	                                         list_place};

	return admin_pages_show(a, &pages);
}

int admin_token_revoke(struct admin *a)
{
	struct store_credential c;
	struct gate_whose whose;
	int rc = admin_whose(a, &whose);
	if (!rc)
		rc = gate_revoke(&a->gate, &whose, a->args[0], admin_flag(a, "reason"),
		                 admin_flag(a, "leaked") != NULL, &c, &a->err);
	if (rc)
		return rc;
	if (a->json)
		return admin_json(a, admin_token_json(a, &c));
	admin_print(a,
	            a->quiet ? "%s\n" : "Revoked the token %s: the very next request is refused.\n",
	            admin_safe(a, c.name));
	return 0;
}

/* jansson's memory is wiped before it goes back: it held the token. */
static void wiping_free(void *memory)
{
	if (memory)
		secret_wipe(memory, malloc_usable_size(memory));
	free(memory);
}

json_t *admin_token_secret_json(struct admin *a, const struct store_credential *c,
                                const char *token)
{
	json_t *json;

	json_set_alloc_funcs(malloc, wiping_free);
	json = admin_token_json(a, c);
	if (json)
		json_object_set_new(json, "token", json_string(token));
	return json;
}

static int scopes_asked(struct admin *a, struct gate_issue *ask)
{
	bool none = admin_flag(a, "no-scopes");

	ask->allow_no_scopes = none;
	if (none && ask->scopes)
		return admin_usage(a, "--scopes and --no-scopes exclude each other");
	if (none && ask->only)
		return admin_usage(a, "--only push and --no-scopes exclude each other");
	if (none || ask->scopes || ask->only)
		return 0;
	return admin_usage(a, "token create needs --scopes A,B (clone and clone-and-push are two)");
}

/* Permissions of the old way that open nothing here are no mistake, and no secret. */
static void idle_print(struct admin *a, const struct gate_issue *ask)
{
	scope_set_t set;
	struct buf idle;
	const char *bad;
	size_t len;

	if (!ask->app_password || !ask->scopes || a->quiet)
		return;
	buf_init(&idle, 4096);
	if (policy_permission_parse_list(ask->scopes, &set, &idle, &bad, &len) && idle.len)
		fprintf(a->complaints,
		        "There is nothing here that these permissions would open: %s.\n",
		        admin_safe(a, buf_str(&idle)));
	buf_clear(&idle);
}

/* The ledger holds it for the moment, and then never did. */
static int rehearsed(void *arg, const struct store_credential *c)
{
	struct admin *a = arg;

	if (a->json)
		return previewed_json(a, c);
	if (a->quiet)
		return 0;
	admin_print(a, "Nothing was made. It would be the %s:\n", admin_token_title(a, c));
	int rc = admin_token_facts(a, c);
	return rc ? rc : admin_preview_print(a, c);
}

int admin_token_create(struct admin *a)
{
	struct gate_issue ask = {.operator= true,
	                         .name = admin_flag(a, "name"),
	                         .app_password = admin_flag(a, "app-password"),
	                         .scopes = admin_flag(a, "scopes"),
	                         .only = admin_flag(a, "only"),
	                         .repositories = admin_flag(a, "repos"),
	                         .addresses = admin_flag(a, "addresses"),
	                         .expires = admin_flag(a, "expires"),
	                         .not_before = admin_flag(a, "not-before"),
	                         .told = {admin_flag(a, "notices"), admin_flag(a, "alerts")}};
	struct store_credential c;
	struct secret token = {0};

	int rc = admin_whose(a, &ask.owner);
	if (!rc)
		rc = scopes_asked(a, &ask);
	if (!rc && admin_flag(a, "dry-run")) {
		idle_print(a, &ask);
		return gate_issue_rehearse(&a->gate, &ask, rehearsed, a, &a->err);
	}
	if (!rc)
		rc = gate_issue(&a->gate, &ask, &c, token.bytes, &a->err);
	token.len = rc ? 0 : TOKEN_LEN;
	if (!rc)
		idle_print(a, &ask);
	if (!rc && a->json)
		rc = admin_json(a, admin_token_secret_json(a, &c, token.bytes));
	else if (!rc && a->quiet)
		admin_print(a, "%s\n", token.bytes);
	else if (!rc)
		rc = admin_token_made(a, &c, token.bytes);
	secret_clear(&token);
	return rc;
}
