/* What the config of a folder says that is to be served: what stands against
 * serving it, and which settings are not followed. */
#include "git/inspect_int.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#define SHOWN 8 /* settings of one kind, by their names */

/* Settings whose value decides. */
static const struct {
	const char *key, *unless; /* unless: the value that is fine; NULL: none is */
	const char *words;
} against_table[] = {
        {"core.bare", "true",
         "Its config says that it has a working tree (core.bare): if it has none, git config "
         "core.bare true makes it bare."},
        {"core.worktree", NULL,
         "Its config names a working tree (core.worktree): a push would change the branch under "
         "the hands of whoever works there."},
        {"extensions.refstorage", "files",
         "Its refs are no files (extensions.refStorage): that is not served yet."},
        {"extensions.partialclone", NULL,
         "It is a partial clone: objects are missing in it. git fetch --refetch --no-filter brings "
         "them, then remove extensions.partialClone."},
        {"receive.procreceiverefs", NULL,
         "receive.procReceiveRefs hands pushes to a hook of its own, and hooks of that kind are "
         "not "
         "run: remove the setting."},
};

/* Settings that are left alone and not followed. */
enum group { PROGRAMS, OURS, OTHERS, GROUPS };
static const char *const group_words[GROUPS] = {
        [PROGRAMS] = "Settings that name programs are not followed, nothing they name is run",
        [OURS] = "The server decides these itself, whatever it says",
        [OTHERS] = "These are for other servers and are not looked at",
};
static const struct {
	enum group group;
	const char *pattern; /* fnmatch, of the key in lower case */
} ignored_table[] = {
        {PROGRAMS, "core.fsmonitor"},
        {PROGRAMS, "core.hookspath"},
        {PROGRAMS, "core.sshcommand"},
        {PROGRAMS, "core.gitproxy"},
        {PROGRAMS, "core.askpass"},
        {PROGRAMS, "core.alternaterefscommand"},
        {PROGRAMS, "uploadpack.packobjectshook"},
        {PROGRAMS, "filter.*.clean"},
        {PROGRAMS, "filter.*.smudge"},
        {PROGRAMS, "filter.*.process"},
        {PROGRAMS, "diff.*.command"},
        {PROGRAMS, "diff.*.textconv"},
        {PROGRAMS, "merge.*.driver"},
        {PROGRAMS, "credential.helper"},
        {PROGRAMS, "credential.*.helper"},
        {PROGRAMS, "gpg.program"},
        {PROGRAMS, "gpg.*.program"},
        {PROGRAMS, "remote.*.uploadpack"},
        {PROGRAMS, "remote.*.receivepack"},
        {OURS, "receive.fsckobjects"},
        {OURS, "transfer.fsckobjects"},
        {OURS, "receive.maxinputsize"},
        {OURS, "receive.unpacklimit"},
        {OURS, "transfer.unpacklimit"},
        {OURS, "receive.autogc"},
        {OURS, "receive.denycurrentbranch"},
        {OURS, "gc.auto"},
        {OURS, "maintenance.auto"},
        {OURS, "core.sharedrepository"},
        {OURS, "core.fsync"},
        {OURS, "core.fsyncobjectfiles"},
        {OURS, "core.fsyncmethod"},
        {OURS, "uploadpack.allowfilter"},
        {OURS, "uploadpack.allowanysha1inwant"},
        {OTHERS, "http.receivepack"},
        {OTHERS, "http.uploadpack"},
        {OTHERS, "http.getanyfile"},
        {OTHERS, "daemon.*"},
        {OTHERS, "gitweb.*"},
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct reading {
	struct inspect *inspect;
	struct {
		char names[400];
		unsigned count;
	} groups[GROUPS];
	char lenient[400]; /* receive.fsck.… */
};

static void add_name(char *list, size_t size, const char *name)
{
	size_t len = strlen(list);

	snprintf(list + len, size - len, "%s%.80s", len ? ", " : "", name);
}

static void add_ignored(struct reading *r, const char *key)
{
	for (size_t i = 0; i < COUNT(ignored_table); i++) {
		enum group g = ignored_table[i].group;

		if (fnmatch(ignored_table[i].pattern, key, 0) != 0)
			continue;
		if (++r->groups[g].count <= SHOWN)
			add_name(r->groups[g].names, sizeof(r->groups[g].names), key);
		return;
	}
}

static void read_setting(struct reading *r, const char *key, const char *value)
{
	for (size_t i = 0; i < COUNT(against_table); i++) {
		const char *fine = against_table[i].unless;

		if (strcmp(key, against_table[i].key) == 0 && !(fine && strcmp(value, fine) == 0))
			inspect_say(r->inspect, GIT_AGAINST, "%s", against_table[i].words);
	}
	if (strcmp(key, "extensions.objectformat") == 0)
		snprintf(r->inspect->out->format, sizeof(r->inspect->out->format), "%s", value);
	if (strncmp(key, "receive.fsck.", 13) == 0 && strlen(r->lenient) < 300)
		add_name(r->lenient, sizeof(r->lenient), key);
	add_ignored(r, key);
}

/* "key\nvalue\0", and "key\0" for one that is only named, which means true. */
static void read_all(struct reading *r, struct buf *text)
{
	char *p = text->data, *end = p ? p + text->len : p;

	for (size_t len; p < end; p += len + 1) {
		char *newline;

		len = strlen(p);
		newline = strchr(p, '\n');
		if (newline)
			*newline = '\0';
		read_setting(r, p, newline ? newline + 1 : "true");
	}
}

static void tell(struct reading *r)
{
	for (size_t g = 0; g < GROUPS; g++) {
		unsigned count = r->groups[g].count;

		if (count > SHOWN)
			inspect_say(r->inspect, GIT_NOTE, "%s: %s and %u more.", group_words[g],
			            r->groups[g].names, count - SHOWN);
		else if (count)
			inspect_say(r->inspect, GIT_NOTE, "%s: %s.", group_words[g],
			            r->groups[g].names);
	}
	if (*r->lenient)
		inspect_say(r->inspect, GIT_NOTE,
		            "These change what a push is checked for, and are followed: %s.",
		            r->lenient);
}

int inspect_config(struct inspect *i, struct err *err)
{
	struct reading r = {.inspect = i};
	struct err why = {0};
	struct buf text;
	int rc;

	snprintf(i->out->format, sizeof(i->out->format), "sha1");
	buf_init(&text, CONFIG_TEXT);
	rc = config_read(i->ask->host, i->out->path, &text, &why);
	if (!rc) {
		read_all(&r, &text);
		tell(&r);
	} else if (rc == ERR_INVALID) { /* it is the folder's fault */
		inspect_say(i, GIT_AGAINST, "%s.", why.text);
		rc = 0;
	} else if (err) {
		*err = why;
	}
	buf_clear(&text);
	return rc;
}
