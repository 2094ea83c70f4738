/* Whether a folder that others made can be served where it lies. */
#include "git/inspect_int.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIAL_SECONDS 600
#define TRIAL_TEXT 4096

void inspect_say(struct inspect *i, enum git_finding kind, const char *fmt, ...)
{
	char words[3 * GIT_FOLDER];
	va_list args;

	va_start(args, fmt);
	vsnprintf(words, sizeof(words), fmt, args);
	va_end(args);
	i->out->against += kind == GIT_AGAINST;
	i->ask->say(i->ask->arg, kind, words);
}

/* -- the path -- */

static bool has(const char *path, const char *part, mode_t kind)
{
	char full[PATH_MAX + 32];
	struct stat st;

	snprintf(full, sizeof(full), "%s/%s", path, part);
	return stat(full, &st) == 0 && (st.st_mode & S_IFMT) == kind;
}

bool git_folder_looks_bare(const char *path)
{
	return has(path, "HEAD", S_IFREG) && has(path, "objects", S_IFDIR) &&
	       has(path, "refs", S_IFDIR);
}

static bool within(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	return strncmp(path, folder, len) == 0 && (path[len] == '/' || !path[len]);
}

/* Either would let one repository's child reach what is another's. */
static bool touches(const char *path, const char *data)
{
	char real[PATH_MAX];

	return realpath(data, real) && (within(path, real) || within(real, path));
}

int git_folder_stands(const char *path, const char *data, struct err *err)
{
	char real[PATH_MAX];

	if (!realpath(path, real))
		return err_system(err, errno, "its folder %s", path);
	if (strcmp(real, path) != 0)
		return err_set(err, ERR_INVALID,
		               "its folder %s is another now: there is a link on the way, to %s",
		               path, real);
	if (touches(path, data))
		return err_set(err, ERR_INVALID, "its folder %s lies in the data folder", path);
	if (!git_folder_looks_bare(path))
		return err_set(err, ERR_NOT_FOUND,
		               "its folder %s is no repository: HEAD, objects or refs are missing",
		               path);
	return 0;
}

static bool has_control(const char *path)
{
	for (const char *p = path; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return true;
	return false;
}

/* False: it is no folder that any of the rest could be asked about. */
static bool check_path(struct inspect *i, const char *path, const char *real)
{
	if (has_control(real))
		inspect_say(i, GIT_AGAINST,
		            "The path holds a line break or another control character: no log or "
		            "list could show it. Rename the folder.");
	else if (strlen(real) >= GIT_FOLDER)
		inspect_say(i, GIT_AGAINST, "The path is longer than %d bytes.", GIT_FOLDER - 1);
	else if (touches(real, i->ask->data))
		inspect_say(i, GIT_AGAINST,
		            "%s lies in the server's own data folder: what is there is the "
		            "server's.",
		            path);
	else
		return true;
	return false;
}

static bool ends_in_git(const char *path)
{
	size_t len = strlen(path);

	return len >= 5 && strcmp(path + len - 5, "/.git") == 0;
}

static bool check_entry(struct inspect *i, const char *real)
{
	if (!access(real, R_OK | X_OK))
		return true;
	inspect_say(i, GIT_AGAINST,
	            "%s can't look into it. To let it: setfacl -R -m u:%s:rwX -m d:u:%s:rwX %s",
	            i->user, i->user, i->user, real);
	return false;
}

static bool check_kind(struct inspect *i, const char *real)
{
	bool tree = ends_in_git(real) || has(real, ".git", S_IFDIR) || has(real, ".git", S_IFREG);

	if (tree)
		inspect_say(i, GIT_AGAINST,
		            "%s has a working tree: a push would change the branch under the "
		            "hands of whoever works there. Only bare repositories are served: git "
		            "clone --bare FROM TO makes one.",
		            real);
	else if (!git_folder_looks_bare(real))
		inspect_say(i, GIT_AGAINST,
		            "%s is no Git repository: HEAD, objects or refs are missing.", real);
	else
		return true;
	return false;
}

/* -- git itself -- */

/* What a client would meet: git in its box, with this repository. */
static int try_to_serve(struct inspect *i, struct err *err)
{
	struct git_plan plan = {
	        .service = GIT_UPLOAD_PACK, .advertise = true, .path = i->out->path, .body = -1};
	struct buf words, errors;
	int status = 0, rc;

	buf_init(&words, TRIAL_TEXT);
	buf_init(&errors, TRIAL_TEXT);
	rc = git_child_ask(i->ask->host, &plan, TRIAL_SECONDS, &words, &errors, &status, err);
	if (!rc && status != 0)
		inspect_say(i, GIT_AGAINST, "git can't serve it in its box: %.*s",
		            (int)strcspn(buf_str(&errors), "\n"), buf_str(&errors));
	buf_clear(&words);
	buf_clear(&errors);
	return rc;
}

static int read_objects(struct inspect *i, struct err *err)
{
	struct git_checked found;
	int rc = git_repository_check(i->ask->host, i->out->path, &found, err);

	if (rc)
		return rc;
	if (found.state == GIT_DAMAGED)
		inspect_say(i, GIT_AGAINST,
		            "It is damaged (%s; %u such lines): put back what is lost, or use "
		            "--quick to serve what can be read.",
		            found.fault, found.faults);
	else if (found.state == GIT_MALFORMED)
		inspect_say(i, GIT_NOTE,
		            "Nothing is lost, but its history holds objects that git would not "
		            "make today (%s; %u such lines): a push that brings them anew needs "
		            "gatehouse repo edit --check lenient.",
		            found.fault, found.faults);
	return 0;
}

/* Each step needs what the one before it found to be well. */
static int look(struct inspect *i, struct err *err)
{
	static int (*const steps[])(struct inspect *, struct err *) = {
	        inspect_config, inspect_parts, try_to_serve, read_objects};
	size_t count = sizeof(steps) / sizeof(steps[0]) - i->ask->quick;
	int rc = 0;

	inspect_files(i);
	for (size_t n = 0; n < count && !rc && !i->out->against; n++)
		rc = steps[n](i, err);
	return rc;
}

int git_folder_inspect(const struct git_inspection *ask, const char *path, struct git_folder *out,
                       struct err *err)
{
	const struct passwd *who = getpwuid(geteuid());
	struct inspect i = {ask, out, who ? who->pw_name : "the server's user"};
	char real[PATH_MAX];

	memset(out, 0, sizeof(*out));
	if (!realpath(path, real))
		return err_system(err, errno, "can't look at %s", path);
	if (!has(real, "", S_IFDIR))
		return err_set(err, ERR_INVALID, "%s is no folder", path);
	if (!check_path(&i, path, real))
		return 0;
	snprintf(out->path, sizeof(out->path), "%.*s", GIT_FOLDER - 1, real);
	return check_entry(&i, real) && check_kind(&i, real) ? look(&i, err) : 0;
}
