/* A lost ledger, made anew from the repositories. */
#include "admin/admin_int.h"

#include "gate/rebuild.h"

#include <string.h>
#include <sys/stat.h>

struct rebuilding {
	struct admin *a;
	json_t *items;      /* --json; else NULL */
	const char *places; /* what --place was given, and the proposals */
	bool failed;
};

static json_t *item_json(struct admin *a, const struct gate_rebuilt *r)
{
	const struct admin_field fields[] = {
	        {"name", admin_json_text(a, r->name)},
	        {"path", admin_json_text(a, r->path)},
	        {"placed", json_boolean(!r->why)},
	        {"why", admin_json_text(a, r->why ? r->why : "")},
	        {"place", admin_json_text(a, r->proposal)},
	        {"changed", admin_json_time(r->changed)},
	};

	return admin_json_object(fields, sizeof(fields) / sizeof(*fields));
}

static void keep_proposal(struct rebuilding *w, const char *proposal)
{
	const char *both = w->places && *proposal
	                           ? arena_printf(&w->a->arena, "%s,%s", w->places, proposal)
	                   : *proposal ? arena_strdup(&w->a->arena, proposal)
	                               : w->places;

	w->failed |= *proposal && !both;
	w->places = both;
}

static void say(void *arg, const struct gate_rebuilt *r)
{
	struct rebuilding *w = arg;
	struct admin *a = w->a;
	const char *name = *r->name ? r->name : "(no name)";

	keep_proposal(w, r->proposal);
	if (w->items) {
		w->failed |= json_array_append_new(w->items, item_json(a, r)) != 0;
		return;
	}
	if (!r->why) {
		if (!a->quiet)
			admin_print(a, "placed      %s\n", admin_safe(a, name));
		return;
	}
	admin_print(a, "NOT PLACED  %s: %s\n", admin_safe(a, name), admin_safe(a, r->why));
	admin_print(a, "            in %s, last changed %s\n", admin_safe(a, r->path),
	            admin_time(a, r->changed));
	if (*r->proposal)
		admin_print(a, "            free: --place %s\n", admin_safe(a, r->proposal));
}

/* The line that places all of them, as proposed. */
static void print_again(struct rebuilding *w)
{
	struct admin *a = w->a;
	const char *users = admin_flag(a, "users");

	admin_print(a, "\nWith the names proposed (look first which is which; --partial leaves out "
	               "what has none):\n");
	admin_print(a, "  gatehouse --data %s rebuild --owner %s%s%s",
	            admin_safe(a, a->settings.data), admin_safe(a, admin_flag(a, "owner")),
	            users ? " --users " : "", users ? admin_safe(a, users) : "");
	if (w->places)
		admin_print(a, " --place %s", admin_safe(a, w->places));
	admin_print(a, "\n");
}

static void print_done(struct admin *a, const struct gate_rebuild *ask,
                       const struct gate_rebuild_done *d)
{
	const char *owner = admin_safe(a, ask->owner), *data = admin_safe(a, a->settings.data);

	admin_print(a, "\nMade the ledger anew: %zu %s, all private, in %zu %s.\n", d->repositories,
	            d->repositories == 1 ? "repository" : "repositories", d->workspaces,
	            d->workspaces == 1 ? "workspace" : "workspaces");
	admin_print(
	        a,
	        "People, groups, grants, tokens, visibility, old names, addresses and the audit "
	        "were in\nthe lost one only: give rights anew. %s owns every workspace but those "
	        "of "
	        "--users. Next:\n",
	        owner);
	admin_print(a,
	            "  gatehouse --data %s user admin %s\n"
	            "  gatehouse --data %s token create --user %s --name laptop --scopes "
	            "write:repository\n"
	            "  gatehouse --data %s check\n",
	            data, owner, data, owner, data);
}

static int show_json(struct rebuilding *w, const struct gate_rebuild_done *d, bool written)
{
	return admin_json(w->a, json_pack("{s:b, s:I, s:I, s:I, s:O}", "written", written, "placed",
	                                  (json_int_t)d->repositories, "left", (json_int_t)d->left,
	                                  "workspaces", (json_int_t)d->workspaces, "repositories",
	                                  w->items));
}

static int show_end(struct rebuilding *w, const struct gate_rebuild *ask,
                    const struct gate_rebuild_done *d, int rc)
{
	struct admin *a = w->a;
	bool written = !rc && !ask->dry_run;

	if (w->failed)
		return err_set(&a->err, ERR_MEMORY, "out of memory");
	if (w->items && (!rc || d->left)) {
		int shown = show_json(w, d, written);
		return rc ? rc : shown;
	}
	if (d->left && !written && !a->quiet)
		print_again(w);
	if (rc)
		return rc;
	if (written && !a->quiet)
		print_done(a, ask, d);
	if (ask->dry_run && !a->quiet)
		admin_print(a, "\n%zu to be placed, %zu not. Nothing was written.\n",
		            d->repositories, d->left);
	return ask->dry_run && d->left ? ADMIN_NO : 0;
}

int admin_rebuild(struct admin *a)
{
	struct rebuilding w = {.a = a, .places = admin_flag(a, "place")};
	struct gate_rebuild ask = {.settings = &a->settings,
	                           .owner = admin_flag(a, "owner"),
	                           .users = admin_flag(a, "users"),
	                           .place = admin_flag(a, "place"),
	                           .actor = a->gate.actor,
	                           .dry_run = admin_flag(a, "dry-run") != NULL,
	                           .partial = admin_flag(a, "partial") != NULL,
	                           .say = say,
	                           .arg = &w};
	struct gate_rebuild_done done = {0};
	struct git_host host;
	int rc = admin_settings(&a->source, &a->settings, &a->err);

	if (!rc)
		rc = admin_become_owner(a);
	if (!rc)
		rc = admin_host_open(&host, &a->err);
	if (rc)
		return rc;
	umask(077);
	ask.host = &host;
	w.items = a->json ? json_array() : NULL;
	rc = show_end(&w, &ask, &done, gate_rebuild(&ask, &done, &a->err));
	json_decref(w.items);
	git_host_clear(&host);
	return rc;
}
