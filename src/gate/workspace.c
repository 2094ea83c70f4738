#include "gate/gate_int.h"

#include "base/clock.h"

#include <string.h>

int gate_workspace_find(struct gate *g, const char *name, struct store_workspace *out,
                        struct err *err)
{
	struct store_workspace w;
	int rc = store_workspace_get(g->store, name, &w, err);
	if (rc == ERR_NOT_FOUND)
		return err_set(err, rc, "there is no workspace \"%.100s\"", name);
	if (!rc && out)
		*out = w;
	return rc;
}

int gate_workspace_list(struct gate *g, const char *user,
                        int (*each)(void *, const struct store_workspace *), void *arg,
                        struct err *err)
{
	return gate_workspace_page(g, user, NULL, each, arg, err);
}

int gate_workspace_page(struct gate *g, const char *user, const char *after,
                        int (*each)(void *, const struct store_workspace *), void *arg,
                        struct err *err)
{
	struct store_user u = {0};
	int rc = user ? gate_user_find(g, user, &u, err) : 0;

	return rc ? rc : store_workspace_page(g->store, u.id, after ? after : "", each, arg, err);
}

int gate_member_list(struct gate *g, const struct store_workspace *w,
                     int (*each)(void *, const struct store_user *, enum member_role), void *arg,
                     struct err *err)
{
	return store_member_list(g->store, w->id, each, arg, err);
}

int gate_workspace_add(struct gate *g, const char *name, const char *owner, const char *display,
                       struct store_workspace *out, struct err *err)
{
	struct store_workspace w = {.creation = CREATION_OWNERS, .token_lifetime = CLOCK_NEVER};
	struct store_user u;
	char note[STORE_TEXT];

	int rc = gate_owner_name(w.name, name, "a workspace's name", err);
	if (!rc && display && *display)
		rc = gate_label(w.display, display, "a workspace's title", err);
	if (!rc)
		rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = gate_user_find(g, owner, &u, err);
	if (!rc)
		rc = store_workspace_add(g->store, &w, u.id, clock_now(), err);
	if (rc == ERR_EXISTS)
		err_set(err, rc, "the name \"%s\" is taken, by a user or a workspace", w.name);
	gate_put(note, sizeof(note), "owner %s", owner);
	rc = gate_change_end(g, rc, &(struct gate_change){"workspace create", w.name, note, NULL},
	                     err);
	if (!rc && out)
		*out = w;
	return rc;
}

struct member_walk {
	struct gate *g;
	const struct store_workspace *w;
	enum member_role role;
};

static int member_set(void *arg, const char *name, struct err *err)
{
	struct member_walk *walk = arg;
	struct store_user u;
	enum member_role now = MEMBER_NONE;

	int rc = gate_user_find(walk->g, name, &u, err);
	if (!rc)
		rc = store_member_get(walk->g->store, walk->w->id, u.id, &now, err);
	if (!rc && walk->role == MEMBER_NONE && now == MEMBER_NONE)
		return err_set(err, ERR_NOT_FOUND, "%s is no member of %s", u.name, walk->w->name);
	if (!rc)
		rc = store_member_set(walk->g->store, walk->w->id, u.id, walk->role, err);
	return rc || walk->role != MEMBER_NONE
	               ? rc
	               : store_member_left(walk->g->store, walk->w->id, u.id, clock_now(), err);
}

/* New owners first, so that one owner can take another's place in one edit. */
static int members_apply(struct gate *g, const struct store_workspace *w,
                         const struct gate_workspace_edit *edit, struct err *err)
{
	const struct {
		const char *names;
		enum member_role role;
	} step[] = {{edit->add_owner, MEMBER_OWNER},
	            {edit->add_member, MEMBER_MEMBER},
	            {edit->remove_member, MEMBER_NONE}};

	for (size_t i = 0; i < sizeof(step) / sizeof(step[0]); i++) {
		struct member_walk walk = {g, w, step[i].role};
		int rc = step[i].names ? gate_items(step[i].names, member_set, &walk, err) : 0;
		if (rc)
			return rc;
	}
	return 0;
}

int gate_workspace_apply(struct gate *g, struct store_workspace *w,
                         const struct gate_workspace_edit *edit, struct err *err)
{
	int rc = 0;

	if (edit->display)
		rc = *edit->display
		             ? gate_label(w->display, edit->display, "a workspace's title", err)
		             : (w->display[0] = 0);
	if (!rc && edit->creation && !policy_creation_parse(edit->creation, &w->creation))
		rc = err_set(err, ERR_INVALID, "\"%.60s\" is no rule (off, owners or members)",
		             edit->creation);
	if (!rc && edit->token_lifetime)
		rc = gate_lifetime_parse(edit->token_lifetime, &w->token_lifetime, err);
	if (!rc)
		rc = store_workspace_update(g->store, w, err);
	return rc ? rc : members_apply(g, w, edit, err);
}

static void workspace_note(char note[STORE_TEXT], const struct gate_workspace_edit *edit)
{
	const struct gate_part parts[] = {{"title", edit->display},
	                                  {"creation", edit->creation},
	                                  {"token lifetime", edit->token_lifetime},
	                                  {"+owner", edit->add_owner},
	                                  {"+member", edit->add_member},
	                                  {"-member", edit->remove_member}};

	gate_note(note, parts, sizeof(parts) / sizeof(*parts));
}

int gate_workspace_edit(struct gate *g, const char *name, const struct gate_workspace_edit *edit,
                        struct store_workspace *out, struct err *err)
{
	struct store_workspace w = {0};
	char note[STORE_TEXT];

	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	workspace_note(note, edit);
	rc = gate_workspace_find(g, name, &w, err);
	if (!rc)
		rc = gate_workspace_apply(g, &w, edit, err);
	rc = gate_change_end(g, rc, &(struct gate_change){"workspace edit", w.name, note, NULL},
	                     err);
	if (!rc && out)
		*out = w;
	return rc;
}

/* -- another name -- */

static int rename_fill(struct gate *g, const char *name, const char *new_name,
                       struct store_workspace *w, char out[NAME_OWNER_SIZE], struct err *err)
{
	int rc = gate_workspace_find(g, name, w, err);

	if (!rc && w->personal)
		return err_set(err, ERR_INVALID,
		               "%s is a person's own workspace and has their name: it keeps it",
		               w->name);
	return rc ? rc : gate_owner_name(out, new_name, "a workspace's name", err);
}

/* The configs after the commit: what a crash leaves out, the daily mending finds. */
int gate_workspace_rename(struct gate *g, const char *name, const char *new_name,
                          struct store_workspace *out, struct err *err)
{
	char fixed[NAME_OWNER_SIZE], note[STORE_TEXT];
	struct store_workspace w = {0};

	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = rename_fill(g, name, new_name, &w, fixed, err);
	if (!rc)
		rc = store_workspace_rename(g->store, w.id, fixed, err);
	if (rc == ERR_EXISTS)
		err_set(err, rc, "the name \"%s\" is taken, by a user or a workspace", fixed);
	gate_put(note, sizeof(note), "name %s", rc ? "" : fixed);
	rc = gate_change_end(g, rc, &(struct gate_change){"workspace rename", w.name, note, NULL},
	                     err);
	if (!rc)
		rc = store_workspace_get_id(g->store, w.id, &w, err);
	if (!rc && out)
		*out = w;
	return rc ? rc : gate_repository_names_mend(g, w.id, err);
}
