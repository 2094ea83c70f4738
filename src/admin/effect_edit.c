/* What an edit of a repository means for whom, in sentences. */
#include "admin/effect.h"

#include <string.h>

#define RIGHTS_SHOWN 12

static bool is_person(const struct gate_reached *r)
{
	return r->who == WHO_USER;
}

static bool is_credential(const struct gate_reached *r)
{
	return r->who == WHO_TOKEN || r->who == WHO_BOT;
}

static bool person_stops(const struct gate_reached *r)
{
	return is_person(r) && r->before.pushes && !r->after.pushes;
}

static bool token_stops(const struct gate_reached *r)
{
	return is_credential(r) && r->before.pushes && !r->after.pushes;
}

static bool person_starts(const struct gate_reached *r)
{
	return is_person(r) && !r->before.pushes && r->after.pushes;
}

static bool token_starts(const struct gate_reached *r)
{
	return is_credential(r) && !r->before.pushes && r->after.pushes;
}

static bool token_changes(const struct gate_reached *r)
{
	return is_credential(r) &&
	       (r->before.reads != r->after.reads || r->before.pushes != r->after.pushes);
}

/* "2 people can push now and no longer will: ann, bob." */
static void say_count(struct effect *e, const struct gate_effect *of,
                      bool (*pick)(const struct gate_reached *), const char *one, const char *many,
                      const char *what)
{
	size_t count;
	const char *names = effect_names(e, of, pick, &count);

	if (names)
		effect_say(e, "%zu %s %s: %s.", count, count == 1 ? one : many, what, names);
}

static void say_archived(struct effect *e, const struct gate_effect *of)
{
	const struct store_repository *r = &of->after;
	bool closes = r->archived != 0;

	if (closes)
		effect_say(e,
		           "%s/%s becomes read-only: cloning and fetching go on, every push is "
		           "refused, also one that is on its way.",
		           r->workspace_name, r->name);
	else
		effect_say(e, "%s/%s takes pushes again.", r->workspace_name, r->name);
	say_count(e, of, closes ? person_stops : person_starts, "person", "people",
	          closes ? "can push now and then can't" : "can push then");
	say_count(e, of, closes ? token_stops : token_starts, "token", "tokens",
	          closes ? "can push now and then can't" : "can push then");
	if (closes)
		effect_say(e, "To open it again: gatehouse repo unarchive %s/%s", r->workspace_name,
		           r->name);
}

static void say_visibility(struct effect *e, const struct gate_effect *of)
{
	const struct gate_reached *anyone = &of->all[0];

	effect_say(e, "%s/%s becomes %s; it is %s now.", of->before.workspace_name, of->before.name,
	           policy_visibility_name(of->after.visibility),
	           policy_visibility_name(of->before.visibility));
	if (!anyone->before.reads && anyone->after.reads)
		effect_say(e, "Anyone who reaches this server may then read it, without a "
		              "credential: all branches, all history.");
	else if (anyone->before.reads && !anyone->after.reads)
		effect_say(e, "Nobody may then read it without a credential; what was cloned "
		              "stays with those who have it.");
	if (of->after.visibility == VISIBILITY_INTERNAL)
		effect_say(e, "Every user may then read it; bots need a grant.");
}

static void say_hooks(struct effect *e, const struct gate_effect *of)
{
	const struct store_repository *r = &of->after;

	if (!r->hooks) {
		effect_say(
		        e,
		        "Hooks in %s/hooks are no longer run: a push that they would have refused "
		        "is let in.",
		        r->folder);
		return;
	}
	effect_say(
	        e,
	        "pre-receive, update, post-receive and post-update in %s/hooks run at every push, "
	        "after the server's own decision. Whoever may write to that folder decides what "
	        "they do.",
	        r->folder);
	effect_say(e,
	           "They run any program of the system as the server's user, in a box: they read "
	           "and write this repository and nothing else, and have no network. Mail, web "
	           "calls and checkouts elsewhere fail (docs/decisions/0010).");
}

static void say_branch(struct effect *e, const struct gate_effect *of)
{
	const char *old = of->before.default_branch;

	effect_say(
	        e,
	        "A clone of %s/%s then checks out %s%s%s. Clones made before keep what they have.",
	        of->before.workspace_name, of->before.name, of->after.default_branch,
	        *old ? " instead of " : "", old);
}

static void say_name(struct effect *e, const struct gate_effect *of)
{
	const struct store_repository *old = &of->before, *new = &of->after;
	char base[SETTINGS_TEXT];

	admin_base_url(e->a, base);
	effect_say(e, "%s/%s becomes %s/%s.", old->workspace_name, old->name, new->workspace_name,
	           new->name);
	effect_say(e,
	           "The old name goes on working for fetch and push, and nobody else can take it. "
	           "Whoever uses it is told: git remote set-url origin %s/%s/%s.git",
	           base, new->workspace_name, new->name);
}

/* "group:devs (write)" of those whose grants end with a move. */
struct ending {
	struct admin *a;
	struct admin_list grants;
};

static int keep_group_grant(void *arg, const struct store_grant *grant)
{
	struct ending *end = arg;

	if (grant->subject != GRANT_GROUP || grant->object != GRANT_REPOSITORY)
		return 0;
	return admin_list_keep(&end->grants, grant);
}

static void say_group_grants(struct effect *e, const struct gate_effect *of)
{
	struct admin *a = e->a;
	struct ending end = {a, ADMIN_LIST(struct store_grant)};
	char subject[300], object[300];
	const char *path =
	        arena_printf(&a->arena, "%s/%s", of->before.workspace_name, of->before.name);

	if (path)
		(void)gate_grant_list(&a->gate, path, keep_group_grant, &end, NULL);
	for (size_t i = 0; i < end.grants.count; i++) {
		const struct store_grant *grant = admin_list_at(&end.grants, i);
		if (!gate_grant_words(&a->gate, grant, subject, sizeof(subject), object,
		                      sizeof(object), NULL))
			effect_say(e, "The grant of %s to %s ends: it is a group of %s.",
			           policy_right_name(grant->right), subject,
			           of->before.workspace_name);
	}
	admin_list_free(&end.grants);
}

static void say_move(struct effect *e, const struct gate_effect *of)
{
	struct store_project p;

	if (of->before.project && !gate_project_of(&e->a->gate, &of->before, &p, NULL))
		effect_say(e, "The project %s is left behind.", p.name);
	say_group_grants(e, of);
	effect_say(e, "Who has which right changes with the workspace:");
}

static bool limited(const struct gate_reached *r)
{
	return r->limited && r->after.reads;
}

/* -- rights -- */

static void say_rights(struct effect *e, const struct gate_effect *of)
{
	size_t changed = 0;

	for (size_t i = 0; i < of->count; i++) {
		const struct gate_reached *r = &of->all[i];
		if ((r->who != WHO_USER && r->who != WHO_BOT) || r->before.right == r->after.right)
			continue;
		if (++changed <= RIGHTS_SHOWN)
			effect_say(e, "  %s: %s now, then %s", r->name,
			           policy_right_name(r->before.right),
			           policy_right_name(r->after.right));
	}
	if (changed > RIGHTS_SHOWN)
		effect_say(e, "  and %zu more", changed - RIGHTS_SHOWN);
	if (!changed)
		effect_say(e, "Nobody's right changes.");
	say_count(e, of, token_changes, "token reaches", "tokens reach",
	          "more or less of it with that");
}

static bool rights_change(const struct gate_effect *of)
{
	for (size_t i = 0; i < of->count; i++)
		if (of->all[i].before.right != of->all[i].after.right)
			return true;
	return false;
}

void effect_of_edit(struct effect *e, const struct gate_effect *of)
{
	const struct store_repository *old = &of->before, *new = &of->after;
	bool moved = old->workspace != new->workspace;
	bool named = moved || strcmp(old->name, new->name) != 0;
	bool shown = old->visibility != new->visibility;

	if (named)
		say_name(e, of);
	if (named)
		say_count(e, of, limited, "token is limited to it and goes on working",
		          "tokens are limited to it and go on working", "under either name");
	if ((old->archived != 0) != (new->archived != 0))
		say_archived(e, of);
	if (old->hooks != new->hooks)
		say_hooks(e, of);
	if (strcmp(old->default_branch, new->default_branch))
		say_branch(e, of);
	if (shown)
		say_visibility(e, of);
	if (moved)
		say_move(e, of);
	else if (old->project != new->project && rights_change(of))
		effect_say(e, "%s/%s changes its project, and with it who has which right:",
		           old->workspace_name, old->name);
	if (moved || shown || (old->project != new->project &&rights_change(of)))
		say_rights(e, of);
}
