/* Words about the content of a push, the state of the server, and requests that
 * are none. */
#include "policy/explain_int.h"

#include <string.h>

/* What lowering the check does about a defect. */
enum mend {
	MEND_LENIENT, /* old tools made it, it harms nobody: the lenient check lets it by */
	MEND_OFF,     /* harms nobody, but only no check at all lets it by */
	MEND_REPAIR,  /* can harm whoever clones: must not get in */
};

/* The names that git's object check (git fsck) uses, in words. */
static const struct {
	const char *id, *words;
	enum mend mend;
} defects[] = {
        {"badDate", "a date that is not a number", MEND_LENIENT},
        {"badDateOverflow", "a date too far in the future", MEND_LENIENT},
        {"badEmail", "an e-mail address with a < or > in the wrong place", MEND_LENIENT},
        {"badFilemode", "a file mode that Git does not know", MEND_OFF},
        {"badName", "a name with a < or > in the wrong place", MEND_LENIENT},
        {"badObjectSha1", "a tag whose object line is no object id", MEND_REPAIR},
        {"badParentSha1", "a commit whose parent line is no object id", MEND_REPAIR},
        {"badTagName", "a tag name that Git does not allow", MEND_OFF},
        {"badTimezone", "a time zone that is not + or - and four digits", MEND_LENIENT},
        {"badTree", "a tree that can't be read", MEND_REPAIR},
        {"badTreeSha1", "a commit whose tree line is no object id", MEND_REPAIR},
        {"badType", "a tag of an unknown object type", MEND_REPAIR},
        {"duplicateEntries", "a tree that holds the same name twice", MEND_REPAIR},
        {"emptyName", "a tree entry without a name", MEND_REPAIR},
        {"extraHeaderEntry", "a tag with extra header lines", MEND_OFF},
        {"fullPathname", "a tree entry whose name holds a slash", MEND_REPAIR},
        {"gitattributesLarge", "a .gitattributes file that is too large", MEND_REPAIR},
        {"gitattributesLineLength", "a .gitattributes line that is too long", MEND_REPAIR},
        {"gitattributesBlob", "a .gitattributes entry that is no file", MEND_REPAIR},
        {"gitmodulesBlob", "a .gitmodules entry that is no file", MEND_REPAIR},
        {"gitmodulesLarge", "a .gitmodules file that is too large to check", MEND_REPAIR},
        {"gitmodulesName", "a submodule whose name could leave its folder", MEND_REPAIR},
        {"gitmodulesParse", "a .gitmodules file that can't be read", MEND_OFF},
        {"gitmodulesPath", "a submodule path that could be taken for an option", MEND_REPAIR},
        {"gitmodulesSymlink", "a .gitmodules that is a symbolic link", MEND_REPAIR},
        {"gitmodulesUpdate", "a submodule that names a command to run", MEND_REPAIR},
        {"gitmodulesUrl", "a submodule address that could be taken for an option", MEND_REPAIR},
        {"hasDot", "a tree entry named .", MEND_REPAIR},
        {"hasDotdot", "a tree entry named ..", MEND_REPAIR},
        {"hasDotgit", "a tree entry named .git, which could replace a clone's own settings",
         MEND_REPAIR},
        {"largePathname", "a tree entry with a very long name", MEND_REPAIR},
        {"missingAuthor", "a commit without an author", MEND_REPAIR},
        {"missingCommitter", "a commit without a committer", MEND_REPAIR},
        {"missingEmail", "a name without an e-mail address behind it", MEND_LENIENT},
        {"missingNameBeforeEmail", "an e-mail address without a name before it", MEND_LENIENT},
        {"missingSpaceBeforeDate", "no space before the date", MEND_LENIENT},
        {"missingSpaceBeforeEmail", "no space between the name and the e-mail address",
         MEND_LENIENT},
        {"missingTag", "a tag that ends too early", MEND_REPAIR},
        {"missingTagEntry", "a tag without its name", MEND_REPAIR},
        {"missingTaggerEntry", "a tag that does not say who made it", MEND_LENIENT},
        {"missingTree", "a commit without a tree", MEND_REPAIR},
        {"missingTypeEntry", "a tag without the type of its object", MEND_REPAIR},
        {"multipleAuthors", "a commit with more than one author line", MEND_OFF},
        {"nulInCommit", "a commit text with a NUL byte in it", MEND_OFF},
        {"nulInHeader", "a header with a NUL byte in it", MEND_REPAIR},
        {"nullSha1", "a tree entry that points at nothing (all zeros)", MEND_REPAIR},
        {"treeNotSorted", "a tree whose entries are in the wrong order", MEND_REPAIR},
        {"unknownType", "an object of an unknown type", MEND_REPAIR},
        {"unterminatedHeader", "a header that does not end", MEND_REPAIR},
        {"zeroPaddedDate", "a date that begins with a zero", MEND_LENIENT},
        {"zeroPaddedFilemode", "a file mode that begins with a zero", MEND_LENIENT},
};

/* The place of the defect in the table, or -1. */
static int defect_of(const struct tell *t)
{
	for (size_t i = 0; t->story->defect && i < sizeof defects / sizeof *defects; i++)
		if (strcmp(defects[i].id, t->story->defect) == 0)
			return (int)i;
	return -1;
}

static void object_check(const struct tell *t)
{
	int at = defect_of(t);

	if (at < 0)
		tell(t, "An object of the push is malformed.");
	else
		buf_addf(t->out, "The push holds a malformed object: %s.", defects[at].words);
}

static void tell_lower(const struct tell *t, const char *lead, const char *level)
{
	tell(t, lead);
	tell(t, " An administrator can lower this repository's check:\n  gatehouse repo edit ");
	if (tell_path_fits(t))
		tell_path(t);
	else
		tell(t, "WORKSPACE/REPOSITORY");
	buf_addf(t->out, " --check %s\n", level);
}

static void tell_mend(const struct tell *t, int at)
{
	if (at < 0)
		tell_lower(t, "It may be old and harmless.", "lenient");
	else if (defects[at].mend == MEND_LENIENT)
		tell_lower(t, "Old tools wrote such objects.", "lenient");
	else if (defects[at].mend == MEND_OFF)
		tell_lower(t, "It is harmless, but rare.", "off");
	else
		tell(t, "This one can harm whoever clones, so lowering the repository's check is "
		        "no help.\nThe history must be written anew without it, for instance with "
		        "git filter-repo.\n");
}

static void object_check_rest(const struct tell *t)
{
	int at = defect_of(t);

	tell_about(t, "The object is ", t->story->object, "");
	if (t->story->object && *t->story->object)
		tell_about(t, "; Git calls the defect ", t->story->defect, "");
	else
		tell_about(t, "Git calls the defect ", t->story->defect, "");
	if ((t->story->object && *t->story->object) || (t->story->defect && *t->story->defect))
		tell(t, ".\n");
	tell_mend(t, at);
	if (t->story->object && *t->story->object && at >= 0 && strlen(t->story->object) <= 64) {
		tell(t, "To look at it: git cat-file -p ");
		tell_peer(t, t->story->object, 64);
		tell(t, "\n");
	}
}

static void ref_name(const struct tell *t)
{
	tell(t, "The push was refused as a whole: it names what Git allows no ref to be called.");
}

static void ref_name_rest(const struct tell *t)
{
	if (t->story->bad_refs)
		tell(t, t->story->bad_refs);
	tell(t, "Nothing was stored. Push it under another name:\n"
	        "  git push REMOTE BRANCH:refs/heads/OTHER-NAME\n");
}

/* -- the server -- */

/* By enum busy_of: for whom the limit is, who shares it, and what sets it. */
static const struct {
	const char *of, *shared, *setting;
} busy_words[] = {
        [BUSY_SERVER] = {"", "Everybody here shares them, and your credential is not the cause.",
                         "children"},
        [BUSY_ADDRESS] = {" for one address", "All that comes from this address shares them.",
                          "children-per-address"},
        [BUSY_OWNER] = {" for one user", "All tokens and keys of a user share them.",
                        "children-per-principal"},
        [BUSY_CREDENTIAL] = {" for one credential",
                             "All that use it share them: give each job one of its own.",
                             "children-per-credential"},
        [BUSY_REPOSITORY] = {" on one repository",
                             "Whoever fetches from it or pushes to it shares them.",
                             "children-per-repository"},
};

static bool busy_known(const struct policy_busy *b)
{
	return b->most > 0 && (size_t)b->of < sizeof busy_words / sizeof *busy_words;
}

void tell_busy(const struct tell *t)
{
	const struct policy_busy *b = &t->facts->busy;

	if (busy_known(b))
		buf_addf(t->out, "%lld git process%s%s", (long long)b->most,
		         b->most == 1 ? "" : "es", busy_words[b->of].of);
	else
		tell(t, "at its limit");
}

static void overloaded(const struct tell *t)
{
	if (!busy_known(&t->facts->busy)) {
		tell(t, "The server is at its limit and can't take this up now.");
		return;
	}
	tell(t, "The server runs ");
	tell_busy(t);
	tell(t, t->facts->busy.most == 1 ? " at a time, and it is busy."
	                                 : " at a time, and all are busy.");
}

static void overloaded_rest(const struct tell *t)
{
	const struct policy_busy *b = &t->facts->busy;
	char span[CLOCK_TEXT];

	if (!busy_known(b))
		tell(t, "This says nothing about your credential or your command.\n");
	else if (b->waited > 0)
		buf_addf(t->out, "This request waited %s for one to end. ",
		         clock_span(b->waited, span));
	buf_addf(t->out, "Try again in %s.\n", clock_span(EXPLAIN_AGAIN, span));
	if (busy_known(b))
		buf_addf(t->out, "%s\nAn administrator of the server sets the limit: %s.\n",
		         busy_words[b->of].shared, busy_words[b->of].setting);
}

static void again_soon(const struct tell *t)
{
	tell(t,
	     "This says nothing about your credential or your command. Try again in a moment.\n");
}

static bool sent_secret(const struct tell *t)
{
	return t->facts->presented != PRESENTED_NOTHING;
}

static void in_clear(const struct tell *t)
{
	tell(t,
	     sent_secret(t)
	             ? "A secret was sent in the clear, and this server is reached over TLS only."
	             : "This server is reached over TLS only, and this came over plain HTTP.");
}

/* Others may read this answer too: it says the same whether the secret is
 * genuine or not. */
static void in_clear_rest(const struct tell *t)
{
	const char *url = t->story->base_url, *at = url ? strstr(url, "://") : NULL;
	const char *host = at ? at + 3 : "HOST";

	if (sent_secret(t))
		tell(t, "Others may have read it on its way. If it is a token of this server, its "
		        "owner sees it marked now:\n"
		        "revoke it, and make a new one. On the server (or ask its administrator):\n"
		        "  gatehouse token revoke NAME --user USER --leaked\n");
	tell(t, "To have Git use TLS here always:\n  git config --global url.https://");
	tell_peer(t, host, 200);
	tell(t, "/.insteadOf http://");
	tell_peer(t, host, 200);
	tell(t, "/\n");
}

static void tell_limit(const struct tell *t, const char *unit)
{
	char span[CLOCK_TEXT], left[CLOCK_TEXT];
	int64_t now = tell_now(t), until = t->story->rate_until;

	buf_addf(t->out, "The limit is %lld %s within %s. Try again in %s, after ",
	         (long long)t->story->rate_limit, unit, clock_span(t->story->rate_span, span),
	         clock_span(until > now ? until - now : 1, left));
	tell_time(t, until);
	tell(t, ".\n");
}

static void too_many_failures(const struct tell *t)
{
	tell(t, t->story->rate_by_address ? "Too many failed tries came from this address."
	                                  : "Too many failed tries were made for this user.");
}

static void too_many_failures_rest(const struct tell *t)
{
	tell_limit(t, "failed tries");
	tell(t, "A token that is known here and alive works all along, from here as from "
	        "elsewhere.\n"
	        "See to what keeps sending the wrong one: a CI job, a script, or Git's helper. To "
	        "have\nGit forget the one it keeps for this server:\n  printf 'url=");
	tell_peer(t, t->story->base_url ? t->story->base_url : "https://HOST", 200);
	tell(t, "\\n\\n' | git credential reject\n");
}

static void too_many_requests(const struct tell *t)
{
	tell_credential(t);
	tell(t, " was used too often.");
}

static void too_many_requests_rest(const struct tell *t)
{
	tell_limit(t, "requests");
	tell(t, "Nothing is wrong with it, and no other is held up: where many jobs share "
	        "it,\ngive each its own.\n");
}

static void stopping(const struct tell *t)
{
	tell(t, "The server is stopping and takes up nothing new.");
}

static void disk_full(const struct tell *t)
{
	tell(t, "The server has no space left and stored nothing.");
}

static void disk_full_rest(const struct tell *t)
{
	tell(t, "Neither your credential nor your command is the cause, and nothing was lost.\n"
	        "Tell an administrator of the server, and try again afterwards.\n");
}

static void fault(const struct tell *t)
{
	tell(t, "Something went wrong on the server, and nothing was stored.");
}

static void fault_rest(const struct tell *t)
{
	tell(t, "Try again. If it stays, give the reference to an administrator of the server, who "
	        "can look it up:\n");
	tell(t, "  gatehouse why ");
	if (t->story->reference && *t->story->reference)
		tell_peer(t, t->story->reference, 32);
	else
		tell(t, "REFERENCE");
	tell(t, "\n");
}

/* -- requests that are none -- */

static void bad_request(const struct tell *t)
{
	tell(t, "This is no request that Git over HTTP makes.");
}

static void bad_request_rest(const struct tell *t)
{
	tell(t, "The address of a repository looks like this:\n  ");
	if (t->story->base_url && *t->story->base_url)
		tell_peer(t, t->story->base_url, 200);
	else
		tell(t, "https://HOST");
	tell(t, "/WORKSPACE/REPOSITORY.git\n");
}

static void lfs_missing(const struct tell *t)
{
	tell(t, "Git LFS is not served here yet.");
}

static void lfs_missing_rest(const struct tell *t)
{
	tell(t,
	     "Your credential is not the cause. Push without LFS, or keep large files elsewhere:\n"
	     "  git config lfs.url ADDRESS-OF-AN-LFS-SERVER\n");
}

static void allowed(const struct tell *t)
{
	tell(t, "The request was allowed.");
}

static void allowed_rest(const struct tell *t)
{
	tell(t, t->verdict->as_anyone ? "The repository is public: anyone may read it.\n"
	                              : "There is nothing to do.\n");
}

const struct telling explain_server[] = {
        {REASON_OBJECT_CHECK, object_check, object_check_rest},
        {REASON_REF_NAME, ref_name, ref_name_rest},
        {REASON_OVERLOADED, overloaded, overloaded_rest},
        {REASON_TLS_REQUIRED, in_clear, in_clear_rest},
        {REASON_TOO_MANY_FAILURES, too_many_failures, too_many_failures_rest},
        {REASON_TOO_MANY_REQUESTS, too_many_requests, too_many_requests_rest},
        {REASON_STOPPING, stopping, again_soon},
        {REASON_DISK_FULL, disk_full, disk_full_rest},
        {REASON_SERVER_FAULT, fault, fault_rest},
        {REASON_BAD_REQUEST, bad_request, bad_request_rest},
        {REASON_LFS_MISSING, lfs_missing, lfs_missing_rest},
        {REASON_ALLOWED, allowed, allowed_rest},
        {REASON_COUNT, NULL, NULL},
};
