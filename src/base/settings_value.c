#include "base/settings_int.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define DAY INT64_C(86400)

/* One value on its way: what every reader of a kind needs. */
struct reading {
	const struct setting *setting;
	void *out;
	const char *value, *where, *folder;
	bool first;
	struct err *err;
};

static int complain(const struct reading *r, const char *what)
{
	return err_set(r->err, ERR_INVALID, "%s: %s %s", r->where, r->setting->key, what);
}

static int read_text(const struct reading *r)
{
	size_t len = strlen(r->value);

	if (len >= SETTINGS_TEXT)
		return complain(r, "is too long");
	memcpy(r->out, r->value, len + 1);
	return 0;
}

static int read_path(const struct reading *r)
{
	char here[SETTINGS_TEXT], text[SETTINGS_TEXT];
	const char *folder = r->folder;
	int n;

	if (r->value[0] == '/' || r->value[0] == '\0')
		return read_text(r);
	if (folder == NULL || folder[0] != '/') {
		if (getcwd(here, sizeof(here)) == NULL)
			return err_system(r->err, errno, "%s: %s: working folder", r->where,
			                  r->setting->key);
	}
	if (folder == NULL)
		n = snprintf(text, sizeof(text), "%s/%s", here, r->value);
	else if (folder[0] != '/')
		n = snprintf(text, sizeof(text), "%s/%s/%s", here, folder, r->value);
	else
		n = snprintf(text, sizeof(text), "%s/%s", folder, r->value);
	if (n < 0 || (size_t)n >= sizeof(text))
		return complain(r, "is too long a path");
	memcpy(r->out, text, (size_t)n + 1);
	return 0;
}

static int read_bool(const struct reading *r)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {
	        {"yes", true}, {"no", false},  {"true", true}, {"false", false},
	        {"on", true},  {"off", false}, {"1", true},    {"0", false},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcasecmp(words[i].word, r->value) == 0) {
			*(bool *)r->out = words[i].value;
			return 0;
		}
	}
	return complain(r, "must be yes or no");
}

struct unit {
	const char *name;
	int64_t size;
};

static const struct unit no_units[] = {{"", 1}, {NULL, 0}};

static const struct unit byte_units[] = {
        {"", 1},         {"b", 1},       {"k", 1 << 10},  {"kb", 1 << 10}, {"m", 1 << 20},
        {"mb", 1 << 20}, {"g", 1 << 30}, {"gb", 1 << 30}, {NULL, 0},
};

static const struct unit time_units[] = {
        {"", 1},    {"s", 1},       {"m", 60},        {"h", 3600},
        {"d", DAY}, {"w", 7 * DAY}, {"y", 365 * DAY}, {NULL, 0},
};

/* Digits and a unit. Returns 0, ERR_INVALID for another form, ERR_LIMIT when
 * the number does not fit. */
static int parse_number(const char *p, const struct unit *units, int64_t *out)
{
	int64_t n = 0;

	if (*p < '0' || *p > '9')
		return ERR_INVALID;
	for (; *p >= '0' && *p <= '9'; p++) {
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *p - '0', &n))
			return ERR_LIMIT;
	}
	while (units->name != NULL && strcasecmp(units->name, p) != 0)
		units++;
	if (units->name == NULL)
		return ERR_INVALID;
	return __builtin_mul_overflow(n, units->size, out) ? ERR_LIMIT : 0;
}

static int read_number(const struct reading *r, const struct unit *units, const char *form)
{
	const struct setting *s = r->setting;
	int64_t n = 0;
	int rc = parse_number(r->value, units, &n);

	if (rc == ERR_INVALID)
		return complain(r, form);
	if (rc == ERR_LIMIT)
		return complain(r, "is too large a number");
	if (n < s->least)
		return err_set(r->err, ERR_INVALID, "%s: %s must be at least %lld", r->where,
		               s->key, (long long)s->least);
	if (s->most != 0 && n > s->most)
		return err_set(r->err, ERR_INVALID, "%s: %s must be at most %lld", r->where, s->key,
		               (long long)s->most);
	*(int64_t *)r->out = n;
	return 0;
}

static int read_count(const struct reading *r)
{
	return read_number(r, no_units, "must be a whole number");
}

static int read_bytes(const struct reading *r)
{
	return read_number(r, byte_units,
	                   "must be a number of bytes such as 4096, 64k, 100m or 2g");
}

static int read_time(const struct reading *r)
{
	return read_number(r, time_units, "must be a time such as 30s, 5m, 12h, 30d or 1y");
}

/* One item without the blanks around it. */
static int add_item(const struct reading *r, struct settings_list *list, const char *item,
                    size_t len)
{
	while (len > 0 && (*item == ' ' || *item == '\t')) {
		item++;
		len--;
	}
	while (len > 0 && (item[len - 1] == ' ' || item[len - 1] == '\t'))
		len--;
	if (len == 0)
		return complain(r, "has an empty item between its commas");
	if (len >= sizeof(list->items[0]))
		return complain(r, "has an item that is too long");
	if (list->count == SETTINGS_LIST)
		return complain(r, "has too many items");
	memcpy(list->items[list->count], item, len);
	list->items[list->count++][len] = '\0';
	return 0;
}

static int read_list(const struct reading *r)
{
	struct settings_list list = {0};
	const char *p = r->value;

	if (!r->first)
		list = *(struct settings_list *)r->out;
	while (*p != '\0') {
		size_t len = strcspn(p, ",");
		int rc = add_item(r, &list, p, len);

		if (rc != 0)
			return rc;
		p += len;
		if (*p == ',' && *++p == '\0')
			return complain(r, "ends with a comma");
	}
	*(struct settings_list *)r->out = list;
	return 0;
}

static bool has_control(const char *text)
{
	for (; *text != '\0'; text++) {
		if (((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7f)
			return true;
	}
	return false;
}

int settings_value_from(const struct setting *s, void *target, const char *value, const char *where,
                        bool first, const char *folder, struct err *err)
{
	static int (*const readers[])(const struct reading *) = {
	        [SETTING_TEXT] = read_text,   [SETTING_PATH] = read_path,
	        [SETTING_BOOL] = read_bool,   [SETTING_COUNT] = read_count,
	        [SETTING_BYTES] = read_bytes, [SETTING_TIME] = read_time,
	        [SETTING_LIST] = read_list,
	};
	struct reading r = {s, (char *)target + s->offset, value, where, folder, first, err};

	if (has_control(value))
		return complain(&r, "holds a control character");
	return readers[s->kind](&r);
}

int settings_value(const struct setting *s, void *target, const char *value, const char *where,
                   bool first, struct err *err)
{
	return settings_value_from(s, target, value, where, first, NULL, err);
}
