/* Settings read a second time, while the first are in use. */
#include "base/settings.h"

#include <inttypes.h>
#include <string.h>

#define SHOWN_MOST 600 /* bytes of a value in the log */

static size_t size_of(enum setting_kind kind)
{
	switch (kind) {
	case SETTING_BOOL:
		return sizeof(bool);
	case SETTING_COUNT:
	case SETTING_BYTES:
	case SETTING_TIME:
		return sizeof(int64_t);
	case SETTING_LIST:
		return sizeof(struct settings_list);
	default:
		return SETTINGS_TEXT;
	}
}

static bool lists_equal(const struct settings_list *a, const struct settings_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	}
	return true;
}

static bool equal(const struct setting *s, const void *a, const void *b)
{
	if (s->kind == SETTING_TEXT || s->kind == SETTING_PATH)
		return strcmp(a, b) == 0;
	if (s->kind == SETTING_LIST)
		return lists_equal(a, b);
	return memcmp(a, b, size_of(s->kind)) == 0;
}

struct unit {
	int64_t size;
	const char *letter;
};

/* In the largest unit that leaves no rest: as a person would have written it. */
static int show_units(int64_t n, const struct unit *units, struct buf *out)
{
	for (; n > 0 && units->letter; units++) {
		if (n % units->size == 0)
			return buf_addf(out, "%" PRId64 "%s", n / units->size, units->letter);
	}
	return buf_addf(out, "%" PRId64, n);
}

static int show_list(const struct settings_list *l, struct buf *out)
{
	int rc = l->count ? 0 : buf_add_str(out, "(none)");

	for (size_t i = 0; i < l->count && !rc; i++) {
		rc = buf_add_str(out, i ? ", " : "");
		rc = rc ? rc : buf_add_safe(out, l->items[i], strlen(l->items[i]));
	}
	return rc;
}

int settings_show(const struct setting *s, const void *target, struct buf *out)
{
	static const struct unit bytes[] = {
	        {INT64_C(1) << 30, "g"}, {1 << 20, "m"}, {1 << 10, "k"}, {0, NULL}};
	static const struct unit times[] = {
	        {86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}, {0, NULL}};
	const void *at = (const char *)target + s->offset;
	int64_t n = 0;

	if (size_of(s->kind) == sizeof(n))
		memcpy(&n, at, sizeof(n));
	switch (s->kind) {
	case SETTING_BOOL:
		return buf_add_str(out, *(const bool *)at ? "yes" : "no");
	case SETTING_COUNT:
		return buf_addf(out, "%" PRId64, n);
	case SETTING_BYTES:
		return show_units(n, bytes, out);
	case SETTING_TIME:
		return show_units(n, times, out);
	case SETTING_LIST:
		return show_list(at, out);
	default:
		if (!*(const char *)at)
			return buf_add_str(out, "(none)");
		return buf_add_safe(out, at, strlen(at));
	}
}

void settings_change(const struct setting *table, const void *old, void *fresh,
                     void (*each)(void *arg, const struct setting *s, const char *was,
                                  const char *is),
                     void *arg)
{
	struct buf was, is;

	buf_init(&was, SHOWN_MOST);
	buf_init(&is, SHOWN_MOST);
	for (const struct setting *s = table; s->key; s++) {
		const char *before = (const char *)old + s->offset;
		char *after = (char *)fresh + s->offset;

		if (equal(s, before, after))
			continue;
		buf_reset(&was);
		buf_reset(&is);
		(void)settings_show(s, old, &was); /* one that is too long fails */
		(void)settings_show(s, fresh, &is);
		each(arg, s, was.failed ? "(long)" : buf_str(&was),
		     is.failed ? "(long)" : buf_str(&is));
		if (s->takes == SETTING_RESTART)
			memcpy(after, before, size_of(s->kind));
	}
	buf_clear(&was);
	buf_clear(&is);
}
