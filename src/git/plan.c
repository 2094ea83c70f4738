/* What is started for a plan: the box's arguments, git's arguments, and an
 * environment that is a closed list. The settings given here win over those of
 * the repository, whose own config is not trusted. */
#include "git/git_int.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define NOTICE_MOST 8192
#define ACTOR_MOST 256
#define IDLE_SECONDS "1800"
/* What a push's files may hold beyond the pack that came: objects that complete
 * a thin pack, and the index. git's own limit is the exact one; this one stands
 * for the case that git is no longer git. */
#define FILE_SLACK (64ll << 20)

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct setting_pair {
	const char *key, *value;
};

static const struct setting_pair always_table[] = {
        /* Adopted repositories may belong to another user; the box is the guard. */
        {"safe.directory", "*"},
        /* Nothing here is run by a path of the repository's choice. */
        {"core.fsmonitor", "false"},
        {"core.alternateRefsCommand", "gatehouse-none"},
        /* No work of its own behind our back: maintenance is the keeper's. */
        {"gc.auto", "0"},
        {"maintenance.auto", "false"},
        /* chmod by path is denied in the box: rights come from box_umask instead. */
        {"core.sharedRepository", "umask"},
};

static const struct setting_pair fetch_table[] = {
        {"uploadpack.allowFilter", "true"},
        {"uploadpack.allowAnySHA1InWant", "false"},
        /* Filters that cost no more than a full clone; not sparse:oid, which reads
         * a blob of the client's choice as patterns for every path. */
        {"uploadpackfilter.allow", "false"},
        {"uploadpackfilter.blob:none.allow", "true"},
        {"uploadpackfilter.blob:limit.allow", "true"},
        {"uploadpackfilter.tree.allow", "true"},
        {"uploadpackfilter.object:type.allow", "true"},
        {"uploadpackfilter.combine.allow", "true"},
};

static const struct setting_pair push_table[] = {
        {"receive.autogc", "false"},
        /* No working tree is changed, whatever its config asks for. */
        {"receive.denyCurrentBranch", "refuse"},
        {"receive.advertiseAtomic", "true"},
        {"receive.advertisePushOptions", "true"},
        /* What is reported stored must be on the disk: pack, its index, loose
         * objects, refs. Folders are synced by git_repository_sync. */
        {"core.fsync", "objects,derived-metadata,reference"},
        {"core.fsyncMethod", "fsync"},
        /* Pushes to one ref wait for one another, also on a slow disk, and hear then
         * that it has changed; not that a file of the server's is locked. ms */
        {"core.filesRefLockTimeout", "30000"},
        {"core.packedRefsTimeout", "30000"},
        /* Every push stays one pack: pack and index are two files to sync, where
         * unpacking syncs one for each object (docs/decisions/0003 has figures). */
        {"receive.unpackLimit", "1"},
};

/* Defects that old, honest histories have and that harm nobody: dates, names
 * and the zeros that early tools wrote before file modes. What could make two
 * readers see different trees (duplicate entries, wrong order) stays an error. */
static const char *const lenient_table[] = {
        "badDate",
        "badDateOverflow",
        "badEmail",
        "badName",
        "badTimezone",
        "missingEmail",
        "missingNameBeforeEmail",
        "missingSpaceBeforeDate",
        "missingSpaceBeforeEmail",
        "zeroPaddedDate",
        "zeroPaddedFilemode",
        "missingTaggerEntry",
};

/* What git's programs load: read, if there. */
static const char *const library_table[] = {
        "/lib",           "/lib64",
        "/usr/lib",       "/usr/lib64",
        "/usr/local/lib", "/etc/ld.so.cache",
        "/dev/urandom",   "/sys/devices/system/cpu/online", /* how many threads index-pack takes */
};

/* What a hook of a repository finds: the system's programs, and what they look up. */
static const char *const tree_table[] = {"/usr", "/bin", "/sbin", "/lib", "/lib64"};
static const char *const lookup_table[] = {"/etc/alternatives",  "/etc/passwd",    "/etc/group",
                                           "/etc/nsswitch.conf", "/etc/localtime", "/dev/zero"};
#define HOOK_PATH "/usr/local/bin:/usr/bin:/bin"

struct writer {
	struct arena *arena;
	struct plan_words *out;
	unsigned settings;
	bool failed;
};

static void add_word(struct writer *w, const char **list, size_t *count, size_t most,
                     const char *word)
{
	if (!word || *count + 1 >= most)
		w->failed = true;
	else
		list[(*count)++] = word;
}

static void arg(struct writer *w, const char *word)
{
	add_word(w, w->out->args, &w->out->nargs, PLAN_ARGS, word);
}

static void arg_pair(struct writer *w, const char *key, const char *value)
{
	arg(w, arena_printf(w->arena, "%s=%s", key, value));
}

static void arg_number(struct writer *w, const char *key, long long value)
{
	arg(w, arena_printf(w->arena, "%s=%lld", key, value));
}

static void env(struct writer *w, const char *name, const char *value)
{
	add_word(w, w->out->env, &w->out->nenv, PLAN_ENV,
	         arena_printf(w->arena, "%s=%s", name, value));
}

static void setting(struct writer *w, const char *key, const char *value)
{
	const char *name = arena_printf(w->arena, "GIT_CONFIG_KEY_%u", w->settings);
	const char *content = arena_printf(w->arena, "GIT_CONFIG_VALUE_%u", w->settings);

	w->settings++;
	w->failed = w->failed || !name || !content;
	if (!w->failed) {
		env(w, name, key);
		env(w, content, value);
	}
}

static void settings(struct writer *w, const struct setting_pair *table, size_t count)
{
	for (size_t i = 0; i < count; i++)
		setting(w, table[i].key, table[i].value);
}

static void push_settings(struct writer *w, const struct git_plan *plan)
{
	settings(w, push_table, COUNT(push_table));
	setting(w, "receive.fsckObjects", plan->level == GIT_CHECK_OFF ? "false" : "true");
	if (plan->level == GIT_CHECK_LENIENT)
		for (size_t i = 0; i < COUNT(lenient_table); i++)
			setting(w, arena_printf(w->arena, "receive.fsck.%s", lenient_table[i]),
			        "ignore");
	setting(w, "receive.maxInputSize",
	        arena_printf(w->arena, "%lld",
	                     plan->pack_limit > 0 ? (long long)plan->pack_limit : 0));
}

static void fetch_settings(struct writer *w, const struct git_plan *plan)
{
	settings(w, fetch_table, COUNT(fetch_table));
	/* By its name in PATH, not by its path: git would give a path with a blank
	 * in it to a shell, and there is none. An empty value is no hook. */
	if (plan->notice && !plan->advertise)
		setting(w, "uploadpack.packObjectsHook", "gatehouse-pack");
}

static const struct setting_pair env_table[] = {
        {"HOME", "/nonexistent"},
        {"XDG_CONFIG_HOME", "/nonexistent"},
        {"LC_ALL", "C"},
        {"TZ", "UTC"},
        {"GIT_CONFIG_NOSYSTEM", "1"},
        {"GIT_CONFIG_GLOBAL", "/dev/null"},
        {"GIT_ATTR_NOSYSTEM", "1"},
        {"GIT_TERMINAL_PROMPT", "0"},
        {"GIT_OPTIONAL_LOCKS", "0"},
        /* A repository that is a partial clone itself must not fetch for a client. */
        {"GIT_NO_LAZY_FETCH", "1"},
        {"GIT_COMMITTER_EMAIL", "gatehouse@localhost"},
};

static void environment(struct writer *w, const struct git_host *h, const struct git_plan *plan,
                        bool hook)
{
	bool theirs = hook && plan->hooks;

	for (size_t i = 0; i < COUNT(env_table); i++)
		env(w, env_table[i].key, env_table[i].value);
	/* Only what the box answers to is found here; git adds its own folder. */
	env(w, "PATH", theirs ? HOOK_PATH : h->hooks[0] ? h->hooks : "/nonexistent");
	env(w, "GIT_EXEC_PATH", h->exec_path);
	env(w, "GATEHOUSE_GIT", h->git);
	env(w, "GIT_COMMITTER_NAME", plan->actor ? plan->actor : "gatehouse");
	if (plan->protocol)
		env(w, "GIT_PROTOCOL", plan->protocol);
	if (plan->actor)
		env(w, "GATEHOUSE_ACTOR", plan->actor);
	if (plan->notice)
		env(w, "GATEHOUSE_NOTICE", plan->notice);
	if (hook)
		env(w, "GATEHOUSE_HOOK_FD", "4");
	if (theirs) {
		env(w, "GATEHOUSE_HOOKS", arena_printf(w->arena, "%s/hooks", plan->path));
		env(w, "REMOTE_USER", plan->actor ? plan->actor : "");
	}
	settings(w, always_table, COUNT(always_table));
	setting(w, "core.hooksPath", theirs ? h->theirs : hook ? h->hooks : "/dev/null");
	if (plan->service == GIT_UPLOAD_PACK)
		fetch_settings(w, plan);
	else
		push_settings(w, plan); /* a chore syncs what it writes, too */
	env(w, "GIT_CONFIG_COUNT", arena_printf(w->arena, "%u", w->settings));
}

static bool writes(const struct git_plan *plan)
{
	return plan->service != GIT_UPLOAD_PACK && plan->service != GIT_UPLOAD_ARCHIVE &&
	       plan->service != GIT_FSCK && plan->service != GIT_CONFIG_LIST && !plan->advertise;
}

/* What is written is for the server alone; in a repository that others use too,
 * for whoever its folder of objects is for: a group, or all readers. */
static long long box_umask(const struct git_plan *plan)
{
	char objects[GIT_PATH + 16];
	struct stat st;

	snprintf(objects, sizeof(objects), "%s/objects", plan->path);
	return !plan->shared || stat(objects, &st) < 0 ? 077 : (~st.st_mode & 077) | S_IWOTH;
}

static void box_limits(struct writer *w, const struct git_plan *plan)
{
	if (plan->memory_limit > 0)
		arg_number(w, "memory", plan->memory_limit);
	if (plan->cpu_limit > 0)
		arg_number(w, "cpu", plan->cpu_limit);
	if (writes(plan))
		arg_number(w, "umask", box_umask(plan));
	if (!writes(plan))
		arg_number(w, "file", 0); /* it writes no file */
	else if (plan->pack_limit > 0)
		arg_number(w, "file", plan->pack_limit + plan->pack_limit / 4 + FILE_SLACK);
}

/* The whole child is in the wider box, since what it starts can't have more. */
static int box_hook_paths(struct writer *w, const struct git_host *h, const struct git_plan *plan,
                          struct err *err)
{
	if (!h->landlock)
		return err_set(err, ERR_INVALID,
		               "its hooks are allowed, and they run only where the kernel has "
		               "Landlock: gatehouse repo hooks forbids them");
	for (size_t i = 0; i < COUNT(tree_table); i++)
		arg_pair(w, "tree", tree_table[i]);
	for (size_t i = 0; i < COUNT(lookup_table); i++)
		arg_pair(w, "perhaps", lookup_table[i]);
	arg(w, arena_printf(w->arena, "tree=%s/hooks", plan->path));
	return 0;
}

static int box_paths(struct writer *w, const struct git_host *h, const struct git_plan *plan,
                     struct err *err)
{
	const char *alternates[ALTERNATES];
	size_t count = 0;
	int rc = alternates_read(plan->path, w->arena, alternates, &count, err);

	if (rc)
		return rc;
	/* git starts itself for all it does here, so that this is every program. */
	arg_pair(w, "run", h->git);
	arg(w, arena_printf(w->arena, "run=%s/git", h->exec_path));
	arg_pair(w, "run", h->box);
	if (h->loader[0])
		arg_pair(w, "run", h->loader);
	for (size_t i = 0; i < COUNT(library_table); i++)
		arg_pair(w, "perhaps", library_table[i]);
	arg_pair(w, "device", "/dev/null");
	for (size_t i = 0; i < count; i++)
		arg_pair(w, "read", alternates[i]);
	arg_pair(w, writes(plan) ? "write" : "read", plan->path);
	return 0;
}

/* git's own words for each service, before the options and the path. A chore
 * brings packs together so that each holds twice the objects of the next, or
 * writes loose refs into one file. */
static const char *const word_table[][6] = {
        [GIT_UPLOAD_PACK] = {"upload-pack", "--strict", "--timeout=" IDLE_SECONDS},
        [GIT_RECEIVE_PACK] = {"receive-pack"},
        [GIT_UPLOAD_ARCHIVE] = {"upload-archive"},
        [GIT_REPACK] = {"repack", "-d", "-l", "-q", "--geometric=2"},
        [GIT_PACK_REFS] = {"pack-refs", "--all"},
        [GIT_FSCK] = {"fsck", "--full", "--no-dangling", "--no-progress"},
        [GIT_CONFIG_LIST] = {"config", "--local", "--no-includes", "--null", "--list"},
};

static bool is_chore(const struct git_plan *plan)
{
	return plan->service > GIT_UPLOAD_ARCHIVE;
}

static void git_words(struct writer *w, const struct git_host *h, const struct git_plan *plan)
{
	arg(w, "--");
	arg(w, h->git);
	arg(w, "git");
	if (is_chore(plan))
		arg_pair(w, "--git-dir", plan->path);
	for (size_t i = 0; i < COUNT(word_table[0]) && word_table[plan->service][i]; i++)
		arg(w, word_table[plan->service][i]);
	if (is_chore(plan))
		return;
	if (!plan->session && plan->service != GIT_UPLOAD_ARCHIVE)
		arg(w, "--stateless-rpc");
	if (plan->advertise)
		arg(w, "--http-backend-info-refs");
	arg(w, plan->path);
}

static int check_plan(const struct git_plan *plan, struct err *err)
{
	if (!plan->path || plan->path[0] != '/')
		return err_set(err, ERR_INVALID, "the path of the repository is not whole");
	if (plan->protocol && git_protocol_safe(plan->protocol) == NULL)
		return err_set(err, ERR_INVALID, "the protocol's text has the wrong form");
	if (plan->notice && strlen(plan->notice) > NOTICE_MOST)
		return err_set(err, ERR_LIMIT, "the notice is too long");
	if (plan->actor && (strlen(plan->actor) > ACTOR_MOST || strpbrk(plan->actor, "\r\n<>")))
		return err_set(err, ERR_INVALID, "the actor's name has the wrong form");
	return 0;
}

int plan_words(const struct git_host *h, const struct git_plan *plan, pid_t parent, bool hook,
               struct arena *a, struct plan_words *out, struct err *err)
{
	struct writer w = {.arena = a, .out = out};
	int rc = check_plan(plan, err);

	if (rc)
		return rc;
	memset(out, 0, sizeof(*out));
	arg(&w, "gatehouse-box");
	arg(&w, "run");
	arg_number(&w, "parent", (long long)parent);
	arg_number(&w, "landlock", h->landlock);
	if (h->filter_fd >= 0)
		arg(&w, "filter=3");
	if (hook)
		arg(&w, "keep=4");
	box_limits(&w, plan);
	rc = box_paths(&w, h, plan, err);
	if (!rc && hook && plan->hooks)
		rc = box_hook_paths(&w, h, plan, err);
	if (rc)
		return rc;
	git_words(&w, h, plan);
	environment(&w, h, plan, hook);
	return w.failed ? err_set(err, ERR_MEMORY, "no room for the arguments of git") : 0;
}
