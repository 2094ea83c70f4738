#include "base/settings_int.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX (256 * 1024)
#define INI_LINE_MAX 4400 /* a full list: 16 items of 255 bytes, with room for commas */
#define KEY_MAX 64
#define WHERE_MAX 256

static const char prefix[] = "GATEHOUSE_";

static size_t zero_size(enum setting_kind kind)
{
	static const size_t sizes[] = {
	        [SETTING_TEXT] = SETTINGS_TEXT,
	        [SETTING_PATH] = SETTINGS_TEXT,
	        [SETTING_BOOL] = sizeof(bool),
	        [SETTING_COUNT] = sizeof(int64_t),
	        [SETTING_BYTES] = sizeof(int64_t),
	        [SETTING_TIME] = sizeof(int64_t),
	        [SETTING_LIST] = sizeof(struct settings_list),
	};

	return sizes[kind];
}

int settings_defaults(const struct setting *table, void *target, struct err *err)
{
	for (const struct setting *s = table; s->key != NULL; s++) {
		int rc;

		memset((char *)target + s->offset, 0, zero_size(s->kind));
		if (s->fallback == NULL)
			continue;
		rc = settings_value(s, target, s->fallback, "default", true, err);
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* Keys compare with - and _ the same. The name need not end with a NUL. */
static const struct setting *find(const struct setting *table, const char *name, size_t len)
{
	for (; table->key != NULL; table++) {
		size_t i = 0;

		if (strlen(table->key) != len)
			continue;
		while (i < len &&
		       (table->key[i] == name[i] || (table->key[i] == '-' && name[i] == '_')))
			i++;
		if (i == len)
			return table;
	}
	return NULL;
}

static int unknown(const char *where, const char *name, struct err *err)
{
	struct buf shown;
	size_t len = strlen(name);

	buf_init(&shown, 4 * KEY_MAX);
	buf_add_safe(&shown, name, len > KEY_MAX ? KEY_MAX : len);
	err_set(err, ERR_INVALID, "%s: no such setting: '%s'", where, buf_str(&shown));
	buf_clear(&shown);
	return ERR_INVALID;
}

/* ---- the file ---- */

struct file {
	const struct setting *table;
	void *target;
	char where[WHERE_MAX]; /* "path:line" */
	char folder[SETTINGS_TEXT];
	unsigned line;
	unsigned *seen; /* per row of the table: the line that gave it, or 0 */
	struct err *err;
	int rc;
};

static int set_key(struct file *f, const char *name, const char *value)
{
	const struct setting *s = find(f->table, name, strlen(name));
	unsigned *seen;

	if (s == NULL)
		return unknown(f->where, name, f->err);
	seen = &f->seen[s - f->table];
	if (*seen != 0 && s->kind != SETTING_LIST)
		return err_set(f->err, ERR_INVALID, "%s: %s was already given in line %u", f->where,
		               s->key, *seen);
	f->rc = settings_value_from(s, f->target, value, f->where, *seen == 0, f->folder, f->err);
	*seen = f->line;
	return f->rc;
}

static int ini_key(void *arg, const char *section, const char *name, const char *value)
{
	struct file *f = arg;

	(void)section; /* sections only group */
	f->rc = set_key(f, name, value);
	return f->rc == 0;
}

/* inih lets anything stand behind "[name]". */
static bool section_is_fine(const char *line)
{
	const char *p = line + strspn(line, " \t");

	if (*p != '[')
		return true;
	p = strchr(p, ']');
	if (p == NULL)
		return false;
	p += 1 + strspn(p + 1, " \t\r");
	return *p == '\0' || *p == ';' || *p == '#';
}

/* One line at a time goes through inih: the line number is then ours, no line
 * continues another, and none is longer than inih can take. */
static int file_line(struct file *f, const char *line)
{
	if (strlen(line) > INI_LINE_MAX)
		return err_set(f->err, ERR_INVALID, "%s: the line is too long", f->where);
	if (!section_is_fine(line) || (ini_parse_string(line, ini_key, f) != 0 && f->rc == 0))
		return err_set(f->err, ERR_INVALID, "%s: expected 'key = value' or '[section]'",
		               f->where);
	return f->rc;
}

static void name_line(struct file *f, const char *path)
{
	/* The end of a long path says more than its start. */
	size_t len = strlen(path), most = WHERE_MAX - 32;
	bool cut = len > most;

	f->line++;
	snprintf(f->where, sizeof(f->where), "%s%s:%u", cut ? "..." : "",
	         cut ? path + len - most : path, f->line);
}

static int file_lines(struct file *f, char *text, const char *path)
{
	static const char mark[] = "\xef\xbb\xbf"; /* some editors begin a file with it */
	int rc = 0;

	if (strncmp(text, mark, 3) == 0)
		text += 3;
	while (text != NULL && rc == 0) {
		char *end = strchr(text, '\n');

		if (end != NULL)
			*end++ = '\0';
		name_line(f, path);
		rc = file_line(f, text);
		text = end;
	}
	return rc;
}

static int slurp(const char *path, struct buf *out, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;
	char part[4096];
	ssize_t n = 0;

	if (fd < 0)
		return err_system(err, errno, "cannot open %.200s", path);
	do {
		n = read(fd, part, sizeof(part));
		if (n < 0 && errno != EINTR)
			rc = err_system(err, errno, "cannot read %.200s", path);
		else if (n > 0 && buf_add(out, part, (size_t)n) != 0)
			rc = err_set(err, out->failed, "%.200s is too large for settings", path);
	} while (rc == 0 && n != 0);
	close(fd);
	if (rc == 0 && out->len > 0 && memchr(out->data, '\0', out->len) != NULL)
		rc = err_set(err, ERR_INVALID, "%.200s is no text file: it holds a NUL byte", path);
	return rc;
}

static int name_folder(struct file *f, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - path);

	if (len >= sizeof(f->folder))
		return err_set(f->err, ERR_INVALID, "the path of the settings file is too long");
	memcpy(f->folder, path, len);
	f->folder[len] = '\0';
	if (len == 0)
		snprintf(f->folder, sizeof(f->folder), "%s", slash == NULL ? "." : "/");
	return 0;
}

static size_t rows(const struct setting *table)
{
	size_t n = 0;

	while (table[n].key != NULL)
		n++;
	return n;
}

int settings_file(const struct setting *table, void *target, const char *path, struct err *err)
{
	struct file f = {.table = table, .target = target, .err = err};
	struct buf text;
	int rc = name_folder(&f, path);

	if (rc != 0)
		return rc;
	f.seen = calloc(rows(table) + 1, sizeof(*f.seen));
	if (f.seen == NULL)
		return err_set(err, ERR_MEMORY, "out of memory");
	/* inih has its habits as variables. Each line is a first one to it, so
	 * it would skip a mark before any. */
	ini_max_line = INI_LINE_MAX + 3;
	ini_allow_bom = false;
	buf_init(&text, FILE_MAX);
	rc = slurp(path, &text, err);
	if (rc == 0 && text.len > 0)
		rc = file_lines(&f, text.data, path);
	buf_clear(&text);
	free(f.seen);
	return rc;
}

/* ---- the environment ---- */

/* "HTTP_HEADER_LIMIT" to "http-header-limit"; false when it can be no key. */
static bool key_of_variable(const char *name, size_t len, char out[KEY_MAX])
{
	if (len == 0 || len >= KEY_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = name[i];

		if (c >= 'A' && c <= 'Z')
			out[i] = (char)(c - 'A' + 'a');
		else if (c == '_')
			out[i] = '-';
		else if (c >= '0' && c <= '9')
			out[i] = c;
		else
			return false;
	}
	out[len] = '\0';
	return true;
}

static bool is_other(const char *const *others, const char *name, size_t len)
{
	for (; others != NULL && *others != NULL; others++) {
		if (strlen(*others) == len && memcmp(*others, name, len) == 0)
			return true;
	}
	return false;
}

static int variable(const struct setting *table, void *target, const char *entry,
                    const char *const *others, struct err *err)
{
	size_t skip = sizeof(prefix) - 1, len = strcspn(entry, "=");
	const struct setting *s = NULL;
	char key[KEY_MAX], where[WHERE_MAX];

	if (is_other(others, entry, len))
		return 0;
	if (key_of_variable(entry + skip, len - skip, key))
		s = find(table, key, strlen(key));
	if (s == NULL) {
		snprintf(where, sizeof(where), "%.*s", len > 100 ? 100 : (int)len, entry);
		return unknown("environment", where, err);
	}
	snprintf(where, sizeof(where), "environment: %.*s", (int)len, entry);
	return settings_value(s, target, entry[len] == '=' ? entry + len + 1 : "", where, true,
	                      err);
}

int settings_environment(const struct setting *table, void *target, char *const *variables,
                         const char *const *others, struct err *err)
{
	for (; variables != NULL && *variables != NULL; variables++) {
		int rc = 0;

		if (strncmp(*variables, prefix, sizeof(prefix) - 1) == 0)
			rc = variable(table, target, *variables, others, err);
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* ---- flags ---- */

static const struct setting *flag_of(const struct setting *table, const char *arg)
{
	return strncmp(arg, "--", 2) == 0 ? find(table, arg + 2, strcspn(arg + 2, "=")) : NULL;
}

/* Whether no flag before argv[i] gave the same key: a list then starts anew. */
static bool flag_is_first(const struct setting *table, const struct setting *s, char *const *argv,
                          int i)
{
	for (int k = 0; k < i; k++) {
		if (strcmp(argv[k], "--") == 0)
			break;
		if (flag_of(table, argv[k]) == s)
			return false;
	}
	return true;
}

int settings_flag(const struct setting *table, void *target, int argc, char *const *argv, int *i,
                  struct err *err)
{
	const char *arg = *i < argc ? argv[*i] : "", *value;
	const struct setting *s = flag_of(table, arg);
	char where[WHERE_MAX];
	int took = 1, rc;

	if (s == NULL)
		return 0;
	snprintf(where, sizeof(where), "flag --%s", s->key);
	value = strchr(arg, '=');
	if (value != NULL) {
		value++;
	} else if (*i + 1 < argc && strncmp(argv[*i + 1], "--", 2) != 0) {
		value = argv[*i + 1];
		took = 2;
	} else {
		return err_set(err, ERR_INVALID, "%s needs a value", where);
	}
	rc = settings_value(s, target, value, where, flag_is_first(table, s, argv, *i), err);
	if (rc != 0)
		return rc;
	*i += took;
	return 1;
}
