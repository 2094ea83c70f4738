/* What a repository's own config says of it, read by git in the box. */
#include "git/git_int.h"

#include <stdio.h>
#include <string.h>

#define NAMES_SECONDS 60

/* The key as git writes it, the value up to its NUL. */
static void take(struct git_names *out, const char *key, size_t len, const char *value)
{
	const struct {
		const char *key;
		char *to;
		size_t size;
	} wanted[] = {
	        {"gatehouse.workspace", out->workspace, sizeof(out->workspace)},
	        {"gatehouse.name", out->name, sizeof(out->name)},
	        {"gatehouse.id", out->id, sizeof(out->id)},
	        {"gatehouse.folder", out->folder, sizeof(out->folder)},
	        {"extensions.objectformat", out->format, sizeof(out->format)},
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (strlen(wanted[i].key) == len && memcmp(wanted[i].key, key, len) == 0)
			snprintf(wanted[i].to, wanted[i].size, "%s", value);
}

static void read_all(const struct buf *text, struct git_names *out)
{
	const char *p = buf_str(text), *end = p + text->len;

	for (; p < end; p += strlen(p) + 1) {
		size_t len = strcspn(p, "\n");

		if (p[len] == '\n')
			take(out, p, len, p + len + 1);
	}
}

int config_read(const struct git_host *h, const char *path, struct buf *text, struct err *err)
{
	struct git_plan plan = {.service = GIT_CONFIG_LIST, .path = path, .body = -1};
	struct buf errors;
	int status = 0, rc;

	buf_init(&errors, 4096);
	rc = git_child_ask(h, &plan, NAMES_SECONDS, text, &errors, &status, err);
	if (!rc && status != 0)
		rc = err_set(err, ERR_INVALID, "git can't read its config: %.*s",
		             (int)strcspn(buf_str(&errors), "\n"), buf_str(&errors));
	buf_clear(&errors);
	return rc;
}

int git_names_read(const struct git_host *h, const char *path, struct git_names *out,
                   struct err *err)
{
	struct git_names found = {.format = "sha1"};
	struct buf text;
	int rc;

	buf_init(&text, CONFIG_TEXT);
	rc = config_read(h, path, &text, err);
	if (!rc) {
		read_all(&text, &found);
		*out = found;
	}
	buf_clear(&text);
	return rc;
}
