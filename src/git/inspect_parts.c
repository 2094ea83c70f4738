/* The parts of a folder that is to be served: what HEAD names, where it borrows
 * objects, its hooks, and what other servers look for in it. */
#include "git/inspect_int.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEMORY (256u << 10)

static bool there(const struct inspect *i, const char *part)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s/%s", i->out->path, part);
	return access(full, F_OK) == 0;
}

static void look_at_head(struct inspect *i)
{
	struct git_folder *out = i->out;

	if (git_head_get(out->path, out->branch, sizeof(out->branch), &out->born, NULL))
		inspect_say(i, GIT_AGAINST,
		            "HEAD names no branch: git --git-dir %s symbolic-ref HEAD "
		            "refs/heads/NAME says what a clone checks out.",
		            out->path);
	else if (!out->born)
		inspect_say(i, GIT_NOTE,
		            "There is no branch %s that HEAD names: HEAD will follow the next "
		            "branch that is pushed, or say now which: git --git-dir %s "
		            "symbolic-ref HEAD refs/heads/NAME",
		            out->branch, out->path);
}

/* -- objects of others -- */

static void skipped(void *arg, const char *line, const char *why)
{
	inspect_say(arg, GIT_AGAINST,
	            "It borrows objects (objects/info/alternates) from %s, %s. git --git-dir %s "
	            "repack -a -d makes it whole where they can be read; then remove that line.",
	            line, why, ((struct inspect *)arg)->out->path);
}

static void tell_borrowed(struct inspect *i, const char *from)
{
	char data[PATH_MAX];
	size_t len = realpath(i->ask->data, data) ? strlen(data) : 0;

	if (len && strncmp(from, data, len) == 0 && from[len] == '/')
		skipped(i, from, "which lie in the server's data folder and are another's");
	else if (access(from, R_OK | X_OK))
		skipped(i, from, "which the server's user can't read");
	else
		inspect_say(i, GIT_NOTE,
		            "It borrows objects from %s: that must stay where it is; nothing is "
		            "written there.",
		            from);
}

static int look_at_alternates(struct inspect *i, struct err *err)
{
	const char *found[ALTERNATES];
	size_t count = 0;
	struct arena a;

	arena_init(&a, MEMORY);
	int rc = alternates_walk(i->out->path, &a, found, &count, skipped, i, err);
	for (size_t n = 0; !rc && n < count; n++)
		tell_borrowed(i, found[n]);
	arena_reset(&a);
	return rc;
}

/* -- hooks -- */

/* Those git runs on the server's side. */
static void look_at_hooks(struct inspect *i)
{
	static const char *const names[] = {"pre-receive", "update", "post-receive", "post-update",
	                                    "reference-transaction"};
	char full[PATH_MAX], *list = i->out->hooks;

	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		snprintf(full, sizeof(full), "%s/hooks/%s", i->out->path, names[n]);
		if (access(full, X_OK) == 0)
			snprintf(list + strlen(list), sizeof(i->out->hooks) - strlen(list), "%s%s",
			         *list ? ", " : "", names[n]);
	}
}

/* -- the rest -- */

/* What `git init` writes there says nothing. */
static void read_description(struct inspect *i)
{
	char full[PATH_MAX], line[sizeof(i->out->description)] = "";
	bool plain = true;

	snprintf(full, sizeof(full), "%s/description", i->out->path);
	FILE *f = fopen(full, "re");
	if (!f)
		return;
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	fclose(f);
	line[strcspn(line, "\r\n")] = '\0';
	for (const char *p = line; *p; p++)
		plain = plain && !iscntrl((unsigned char)*p);
	if (plain && strncmp(line, "Unnamed repository", 18) != 0)
		snprintf(i->out->description, sizeof(i->out->description), "%s", line);
}

/* Things that are there or not, and what that means. */
static const struct {
	const char *part, *words;
} note_table[] = {
        {"worktrees", "It has working trees elsewhere (git worktree): a push to a branch that is "
                      "checked out in one is refused."},
        {"shallow",
         "It is shallow: its history ends early, and so does that of every clone of it."},
        {"git-daemon-export-ok", "git daemon may go on showing it to everybody: it looks at "
                                 "git-daemon-export-ok and not at what is granted here."},
};

int inspect_parts(struct inspect *i, struct err *err)
{
	int rc = look_at_alternates(i, err);

	if (rc)
		return rc;
	look_at_head(i);
	look_at_hooks(i);
	read_description(i);
	for (size_t n = 0; n < sizeof(note_table) / sizeof(note_table[0]); n++)
		if (there(i, note_table[n].part))
			inspect_say(i, GIT_NOTE, "%s", note_table[n].words);
	return 0;
}
