#include "smart/route.h"

#include <string.h>

#define TARGET_MAX 4096
#define PARTS 12

struct part {
	char text[256]; /* decoded */
	size_t len;
	bool cut; /* was longer */
};

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* One byte of a part at *p, decoded; -1 when it may not stand there. */
static int decode_byte(const char **p)
{
	int c = (unsigned char)**p;

	if (c == '%') {
		int high = hex((*p)[1]);
		int low = high < 0 ? -1 : hex((*p)[2]);
		if (low < 0)
			return -1;
		c = high * 16 + low;
		*p += 2;
		if (c == '/' || c == '\\')
			return -1;
	}
	(*p)++;
	return c < 0x20 || c == 0x7f ? -1 : c;
}

static bool decode_part(const char **p, struct part *out)
{
	memset(out, 0, sizeof(*out));
	while (**p && !strchr("/?#", **p)) {
		int c = decode_byte(p);
		if (c < 0)
			return false;
		if (out->len + 1 < sizeof(out->text))
			out->text[out->len++] = (char)c;
		else
			out->cut = true;
	}
	return true;
}

/* Splits the path into decoded parts, of which PARTS are kept (what lies deeper
 * is only checked). Returns their number, PARTS + 1 for any more, or -1. */
static int split(const char *target, struct part parts[PARTS], const char **query)
{
	const char *p = target;
	int count = 0;
	struct part deeper;

	while (*p == '/') {
		p++;
		if (!decode_part(&p, count < PARTS ? &parts[count] : &deeper))
			return -1;
		if (count <= PARTS)
			count++;
	}
	if (*p && *p != '?')
		return -1;
	*query = *p ? p + 1 : "";
	return count;
}

static bool is(const struct part *p, const char *word)
{
	return !p->cut && !strcmp(p->text, word);
}

static void keep(char *out, size_t size, const struct part *p, size_t len)
{
	if (len >= size)
		len = size - 1;
	memcpy(out, p->text, len);
	out[len] = '\0';
}

/* Without ".git" behind. */
static size_t bare_length(const struct part *p)
{
	bool marked = !p->cut && p->len > 4 && !memcmp(p->text + p->len - 4, ".git", 4);

	return p->len - (marked ? 4 : 0);
}

static void take_names(const struct part *workspace, const struct part *repository,
                       char out_workspace[NAME_OWNER_SIZE + 1],
                       char out_repository[NAME_REPOSITORY_SIZE + 1])
{
	keep(out_workspace, NAME_OWNER_SIZE + 1, workspace, workspace->len);
	keep(out_repository, NAME_REPOSITORY_SIZE + 1, repository, bare_length(repository));
}

/* Whole, or not at all: a part of it could be another's. */
static void take_path(struct route *out, const struct part *parts, int names)
{
	size_t len = 0;

	for (int i = 0; i < names; i++) {
		size_t more = i + 1 < names ? parts[i].len : bare_length(&parts[i]);
		if (!more || parts[i].cut || len + more >= sizeof(out->path)) {
			out->path[0] = '\0';
			return;
		}
		memcpy(out->path + len, parts[i].text, more);
		len += more;
		out->path[len] = i + 1 < names ? '/' : '\0';
		len++;
	}
}

/* One that is cut would be taken for another. */
static void take_ours(struct route *out, const struct part *parts, int count)
{
	if (count < 2 || count > 3 || parts[1].len >= sizeof(out->ours) ||
	    (count == 3 && parts[2].len >= sizeof(out->rest)))
		return;
	keep(out->ours, sizeof(out->ours), &parts[1], parts[1].len);
	if (count == 3)
		keep(out->rest, sizeof(out->rest), &parts[2], parts[2].len);
}

/* The value of service= in a query of &-separated pairs. */
static bool query_service(const char *query, enum git_service *out)
{
	static const char *const words[] = {[GIT_UPLOAD_PACK] = "service=git-upload-pack",
	                                    [GIT_RECEIVE_PACK] = "service=git-receive-pack"};

	while (*query) {
		size_t len = strcspn(query, "&");
		for (int s = GIT_UPLOAD_PACK; s <= GIT_RECEIVE_PACK; s++) {
			if (strlen(words[s]) == len && !memcmp(words[s], query, len)) {
				*out = s;
				return true;
			}
		}
		query += len + (query[len] == '&');
	}
	return false;
}

static bool service_of(const struct part *p, enum git_service *out)
{
	if (is(p, "git-upload-pack"))
		*out = GIT_UPLOAD_PACK;
	else if (is(p, "git-receive-pack"))
		*out = GIT_RECEIVE_PACK;
	else
		return false;
	return true;
}

static int lfs_at(const struct part *parts, int count)
{
	for (int i = 1; i + 1 < count; i++)
		if (is(&parts[i], "info") && is(&parts[i + 1], "lfs"))
			return i;
	return 0;
}

/* How many parts stand before what Git puts behind an address, and what that is;
 * 0: Git does not ask so. */
static int before_git(const struct part *parts, int count, const char *query, struct route *out,
                      enum route_kind *kind)
{
	int lfs;

	if (count > PARTS)
		return 0;
	if (count > 2 && is(&parts[count - 2], "info") && is(&parts[count - 1], "refs")) {
		*kind = query_service(query, &out->service) ? ROUTE_REFS : ROUTE_DUMB;
		return count - 2;
	}
	if (count > 1 && service_of(&parts[count - 1], &out->service)) {
		*kind = ROUTE_SERVICE;
		return count - 1;
	}
	lfs = lfs_at(parts, count);
	if (lfs)
		*kind = ROUTE_LFS;
	return lfs;
}

/* What lies inside a repository of two parts. */
static enum route_kind route_below(const struct part *parts, int count)
{
	if ((count == 1 && is(&parts[0], "HEAD")) || (count >= 2 && is(&parts[0], "objects")))
		return ROUTE_DUMB;
	return ROUTE_PAGE;
}

/* Words that other hosts put before or between the two names. */
static bool is_filler(const struct part *p)
{
	static const char *const words[] = {"git", "scm", "_git", "repos", "projects", "r", "-"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (is(p, words[i]))
			return true;
	return p->len == 0;
}

static void guess(struct route *out, int n, const struct part *const names[2])
{
	take_names(names[0], names[1], out->guesses[n].workspace, out->guesses[n].repository);
}

/* Git asks below whatever address it was given. What was meant by one that is no
 * name: the first two parts, or the first two without filling words. */
static void take_guesses(struct route *out, const struct part *parts, int names)
{
	const struct part *first[2] = {0}, *plain[2] = {0};
	int n = 0, m = 0;

	for (int i = 0; i < names; i++) {
		if (n < 2 && parts[i].len)
			first[n++] = &parts[i];
		if (m < 2 && !is_filler(&parts[i]))
			plain[m++] = &parts[i];
	}
	if (n == 2)
		guess(out, 0, first);
	if (m == 2 && (first[0] != plain[0] || first[1] != plain[1]))
		guess(out, 1, plain);
}

static bool is_name(const struct part *parts, int names)
{
	return names == 2 && parts[0].len && parts[1].len && !strchr(parts[0].text, '.');
}

/* What Git asks about an address that is no name of two parts. */
static enum route_kind beside(const struct part *parts, int names, enum route_kind kind,
                              struct route *out)
{
	if (kind != ROUTE_REFS)
		return kind;
	take_guesses(out, parts, names);
	return ROUTE_STRAY;
}

/* What no address from before may begin with: policy_name_address_fault. */
static bool is_ours(const struct part *first)
{
	return first->text[0] == '.' || (strchr(first->text, '.') && first->len &&
	                                 strspn(first->text, "0123456789.") == first->len);
}

static enum route_kind classify(const char *target, struct route *out)
{
	enum route_kind kind = ROUTE_PAGE;
	struct part parts[PARTS];
	const char *query;

	if (target[0] != '/' || strnlen(target, TARGET_MAX) == TARGET_MAX)
		return ROUTE_BAD;
	int count = split(target, parts, &query);
	if (count < 1)
		return ROUTE_BAD;
	if (count == 1 && parts[0].len == 0)
		return ROUTE_ROOT;
	out->well_known = count == 2 && is(&parts[0], ".well-known");
	if (is(&parts[0], "-") || out->well_known) {
		take_ours(out, parts, count);
		return ROUTE_OURS;
	}
	int names = before_git(parts, count, query, out, &kind);
	if (names && !is_ours(&parts[0]))
		take_path(out, parts, names);
	if (names && !is_name(parts, names) && !is_ours(&parts[0]))
		return beside(parts, names, kind, out);
	if (strchr(parts[0].text, '.'))
		return ROUTE_DOTTED;
	if (count == 1)
		return ROUTE_PAGE;
	take_names(&parts[0], &parts[1], out->workspace, out->repository);
	return names ? kind : route_below(parts + 2, count - 2);
}

void smart_route(const char *target, struct route *out)
{
	memset(out, 0, sizeof(*out));
	out->kind = classify(target, out);
}
