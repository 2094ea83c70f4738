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

/* Splits the path into at most PARTS decoded parts (what lies deeper is only
 * checked). Returns their number, or -1. */
static int split(const char *target, struct part parts[PARTS], const char **query)
{
	const char *p = target;
	int count = 0;
	struct part deeper;

	while (*p == '/') {
		p++;
		if (!decode_part(&p, count < PARTS ? &parts[count] : &deeper))
			return -1;
		if (count < PARTS)
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

static void take_names(struct route *out, const struct part *workspace,
                       const struct part *repository)
{
	size_t len = repository->len;

	if (!repository->cut && len > 4 && !memcmp(repository->text + len - 4, ".git", 4))
		len -= 4;
	keep(out->workspace, sizeof(out->workspace), workspace, workspace->len);
	keep(out->repository, sizeof(out->repository), repository, len);
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

static enum route_kind route_below(const struct part *parts, int count, const char *query,
                                   struct route *out)
{
	if (count == 1 && is(&parts[0], "git-upload-pack")) {
		out->service = GIT_UPLOAD_PACK;
		return ROUTE_SERVICE;
	}
	if (count == 1 && is(&parts[0], "git-receive-pack")) {
		out->service = GIT_RECEIVE_PACK;
		return ROUTE_SERVICE;
	}
	if (count == 2 && is(&parts[0], "info") && is(&parts[1], "refs"))
		return query_service(query, &out->service) ? ROUTE_REFS : ROUTE_DUMB;
	if (count >= 2 && is(&parts[0], "info") && is(&parts[1], "lfs"))
		return ROUTE_LFS;
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

/* git asks for info/refs below whatever address it was given. Is that no
 * repository's address? Then what was meant is guessed: the first two parts,
 * and the first two without filling words. */
static bool is_stray(const struct part *parts, int count, const char *query, struct route *out)
{
	const struct part *first[2] = {0}, *second[2] = {0};
	int names = count - 2, n = 0, m = 0;

	if (names < 1 || !is(&parts[names], "info") || !is(&parts[names + 1], "refs") ||
	    (names == 2 && parts[0].len && parts[1].len) || !query_service(query, &out->service))
		return false;
	for (int i = 0; i < names; i++) {
		if (n < 2 && parts[i].len)
			first[n++] = &parts[i];
		if (m < 2 && !is_filler(&parts[i]))
			second[m++] = &parts[i];
	}
	if (m == 2 && (first[0] != second[0] || first[1] != second[1])) {
		take_names(out, second[0], second[1]);
		memcpy(out->second_workspace, out->workspace, sizeof(out->workspace));
		memcpy(out->second_repository, out->repository, sizeof(out->repository));
		memset(out->workspace, 0, sizeof(out->workspace));
		memset(out->repository, 0, sizeof(out->repository));
	}
	if (n == 2)
		take_names(out, first[0], first[1]);
	return true;
}

static enum route_kind classify(const char *target, struct route *out)
{
	struct part parts[PARTS];
	const char *query;

	if (target[0] != '/' || strnlen(target, TARGET_MAX) == TARGET_MAX)
		return ROUTE_BAD;
	int count = split(target, parts, &query);
	if (count < 1)
		return ROUTE_BAD;
	if (count == 1 && parts[0].len == 0)
		return ROUTE_ROOT;
	if (is(&parts[0], "-")) {
		take_ours(out, parts, count);
		return ROUTE_OURS;
	}
	if (is_stray(parts, count, query, out))
		return ROUTE_STRAY;
	if (strchr(parts[0].text, '.'))
		return ROUTE_DOTTED;
	if (count == 1)
		return ROUTE_PAGE;
	take_names(out, &parts[0], &parts[1]);
	return count == 2 ? ROUTE_PAGE : route_below(parts + 2, count - 2, query, out);
}

void smart_route(const char *target, struct route *out)
{
	memset(out, 0, sizeof(*out));
	out->kind = classify(target, out);
}
