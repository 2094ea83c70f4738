/* repo adopt, disown. */
#include "admin/effect.h"
#include "gate/adopt.h"

#include <pwd.h>
#include <string.h>
#include <unistd.h>

/* What was found out, told with the effect or as the reasons against it. */
struct finding {
	struct admin *a;
	json_t *against, *notes; /* arrays of strings */
};

static void keep(void *arg, enum git_finding kind, const char *words)
{
	struct finding *f = arg;
	json_t *list = kind == GIT_AGAINST ? f->against : f->notes;

	(void)json_array_append_new(list, json_string_nocheck(admin_safe(f->a, words)));
}

static int finding_begin(struct finding *f, struct admin *a)
{
	*f = (struct finding){a, json_array(), json_array()};
	return f->against && f->notes ? 0 : err_set(&a->err, ERR_MEMORY, "out of memory");
}

static void finding_end(struct finding *f)
{
	json_decref(f->against);
	json_decref(f->notes);
}

static const char *user_name(void)
{
	const struct passwd *p = getpwuid(geteuid());

	return p ? p->pw_name : "the server's user";
}

/* -- adopt -- */

static void say_adoption(struct effect *e, const struct finding *f, const struct git_folder *found,
                         const struct store_repository *r)
{
	size_t refs = git_count_refs(found->path);
	const char *name = admin_repo_name(e->a, r);

	effect_say(e, "%s will be served as %s: %s, %s, %zu branch%s or tag%s, default branch %s.",
	           found->path, name, policy_visibility_name(r->visibility), r->format, refs,
	           refs == 1 ? "" : "es", refs == 1 ? "" : "s", found->branch);
	effect_say(e, "Nothing in it is changed now, and it stays where it is.");
	effect_say(e,
	           "Pushes will write into it as the user %s. When many packs or loose refs have "
	           "piled up, the server packs them; it never removes an object.",
	           user_name());
	effect_say(e, "Whoever reaches the folder by other ways goes on as before: what is granted "
	              "here does not bind them.");
	if (*found->hooks)
		effect_say(e,
		           "Its hooks are not run: %s. To run them: gatehouse repo hooks %s allow",
		           found->hooks, name);
	for (size_t i = 0; i < json_array_size(f->notes); i++)
		effect_say(e, "%s", json_string_value(json_array_get(f->notes, i)));
	effect_say(e, "To give it back: gatehouse repo disown %s", name);
}

/* One line each, then the sentence that ends it. */
static int refuse(struct finding *f, const char *folder)
{
	struct admin *a = f->a;

	for (size_t i = 0; i < json_array_size(f->against); i++)
		fprintf(a->complaints, "  %s\n", json_string_value(json_array_get(f->against, i)));
	return err_set(&a->err, ERR_INVALID, "%s can't be adopted, and was left as it is",
	               admin_safe(a, folder));
}

static int consent(struct finding *f, const struct git_folder *found,
                   const struct store_repository *r, bool *go)
{
	struct effect e;
	int rc = effect_begin(&e, f->a);

	if (rc)
		return rc;
	say_adoption(&e, f, found, r);
	rc = effect_consent(&e, "Adopt it?", go);
	effect_end(&e);
	return rc;
}

static int adopt_asked(struct finding *f, const struct gate_adoption *ask)
{
	struct admin *a = f->a;
	struct git_folder found = {0};
	struct store_repository looked, made;
	bool go = false;

	int rc = gate_adoption_look(&a->gate, ask, &found, &looked, &a->err);
	if (!rc && found.against)
		return refuse(f, ask->folder);
	if (!rc)
		rc = consent(f, &found, &looked, &go);
	if (rc || !go)
		return rc;
	rc = gate_adopt(&a->gate, &looked, &made, &a->err);
	return rc ? rc : admin_repo_done(a, &made, "Adopted %s.\n");
}

static int adopt_one(struct admin *a, const struct git_host *host, enum visibility visibility)
{
	struct finding f;
	const struct gate_adoption ask = {.folder = a->args[0],
	                                  .path = a->args[1],
	                                  .visibility = visibility,
	                                  .host = host,
	                                  .quick = admin_flag(a, "quick"),
	                                  .say = keep,
	                                  .arg = &f};
	int rc = finding_begin(&f, a);

	if (!rc)
		rc = adopt_asked(&f, &ask);
	finding_end(&f);
	return rc;
}

int admin_repo_adopt(struct admin *a)
{
	enum visibility visibility;
	struct git_host host;
	bool tree = admin_flag(a, "tree");

	if (!tree && admin_flag(a, "keep-addresses"))
		return admin_usage(a, "--keep-addresses goes with --tree; for one repository see "
		                      "repo alias");
	int rc = admin_visibility(a, &visibility);
	if (!rc)
		rc = admin_host_open(&host, &a->err);
	if (rc)
		return rc;
	rc = tree ? admin_repo_adopt_tree(a, &host, visibility) : adopt_one(a, &host, visibility);
	git_host_clear(&host);
	return rc;
}

/* -- disown -- */

static bool reads(const struct gate_reached *r)
{
	return r->who == WHO_USER && r->before.reads;
}

static bool limited(const struct gate_reached *r)
{
	return r->limited;
}

static void say_disowning(struct effect *e, const struct gate_effect *of)
{
	const struct store_repository *r = &of->before;
	const char *name = admin_repo_name(e->a, r), *names;
	size_t count;

	effect_say(e, "%s is no longer served, at once. Its files stay as they are, in %s.", name,
	           r->folder);
	names = effect_names(e, of, reads, &count);
	if (names)
		effect_say(e, "%zu %s read it now: %s.", count,
		           count == 1 ? "person can" : "people can", names);
	names = effect_names(e, of, limited, &count);
	if (names)
		effect_say(e, "%zu token%s limited to it and then reach%s nothing: %s.", count,
		           count == 1 ? " is" : "s are", count == 1 ? "es" : "", names);
	effect_say(e,
	           "What pushes brought belongs to the user %s: chown -R where another is to "
	           "have it.",
	           user_name());
	effect_say(e, "Its names are free at once and its grants end: adopted again, it needs them "
	              "anew.");
}

int admin_repo_disown(struct admin *a)
{
	struct gate_effect of;
	struct store_repository r;
	struct effect e;
	bool go = false;

	int rc = gate_disowning_rehearse(&a->gate, a->args[0], &of, &a->err);
	if (rc)
		return rc;
	rc = effect_begin(&e, a);
	if (!rc) {
		say_disowning(&e, &of);
		rc = effect_consent(&e, "Give it back?", &go);
		effect_end(&e);
	}
	gate_effect_clear(&of);
	if (rc || !go)
		return rc;
	rc = gate_disown(&a->gate, a->args[0], &r, &a->err);
	return rc ? rc
	          : admin_repo_done(a, &r,
	                            "%s is no longer served; its files are where they were.\n");
}
