/* Settings from an INI file, the environment and flags, by one table.
 *
 * The same key in all three: `http-header-limit` in a file (under no section or
 * any section: a section only groups), GATEHOUSE_HTTP_HEADER_LIMIT in the
 * environment, --http-header-limit VALUE or --http-header-limit=VALUE as a flag. Later
 * wins: defaults, file, environment, flags. Unknown or malformed keys are
 * errors that name file and line, variable or flag; the target may then be half
 * filled. In a file `-` may be written `_`, `;` behind a blank begins a comment,
 * and a key that is no list comes once.
 */
#ifndef GATEHOUSE_BASE_SETTINGS_H
#define GATEHOUSE_BASE_SETTINGS_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SETTINGS_TEXT 1024
#define SETTINGS_LIST 16

/* What a value looks like, and the C type at `offset`. */
enum setting_kind {
	SETTING_TEXT,  /* char[SETTINGS_TEXT] */
	SETTING_PATH,  /* char[SETTINGS_TEXT]; made absolute: relative to the file's folder in a
	                  file, else to the working folder */
	SETTING_BOOL,  /* bool: yes no true false on off 1 0 */
	SETTING_COUNT, /* int64_t: digits */
	SETTING_BYTES, /* int64_t: digits, then k, m or g (1024) with or without b */
	SETTING_TIME,  /* int64_t seconds: digits, then s, m, h, d, w, y */
	SETTING_LIST /* struct settings_list: comma separated; a key given again in the same source
	                adds, a later source replaces */
};

/* When a changed value takes effect. */
enum setting_takes {
	SETTING_LIVE,   /* at a reload, from the next request on */
	SETTING_RESTART /* when the server is started again */
};

struct settings_list {
	size_t count;
	char items[SETTINGS_LIST][256];
};

struct setting {
	const char *key;
	enum setting_kind kind;
	size_t offset;
	int64_t least, most;  /* for numbers; most 0: no upper bound */
	const char *fallback; /* the default, in the same text form; NULL: empty/0 */
	const char *help;     /* one line for `gatehouse help settings` and the manual */
	enum setting_takes takes;
};

/* table ends with a NULL key. target: the struct that offsets point into. */
int settings_defaults(const struct setting *table, void *target, struct err *err);
int settings_file(const struct setting *table, void *target, const char *path, struct err *err);
/* Reads GATEHOUSE_*; an unknown GATEHOUSE_ variable is an error, except the
 * names in `others` (NULL-terminated, may be NULL). */
int settings_environment(const struct setting *table, void *target, char *const *variables,
                         const char *const *others, struct err *err);
/* Tries argv[*i] as a flag of the table. Returns 1 and moves *i past what it
 * took, 0 when it is no flag of the table, negative on a malformed value. */
int settings_flag(const struct setting *table, void *target, int argc, char *const *argv, int *i,
                  struct err *err);
/* The parser for one value; `where` is put before the complaint. */
int settings_value(const struct setting *s, void *target, const char *value, const char *where,
                   bool first, struct err *err);

/* A value as it could be written in a file; "(none)" for an empty one. Adds to
 * out; 0 or what buf_add returns. */
int settings_show(const struct setting *s, const void *target, struct buf *out);
/* After a second reading: calls each with every row whose value differs, then
 * puts the old value back where the row is SETTING_RESTART. No setting is a
 * secret: what stands in a file of secrets is named by its path. */
void settings_change(const struct setting *table, const void *old, void *fresh,
                     void (*each)(void *arg, const struct setting *s, const char *was,
                                  const char *is),
                     void *arg);

#endif
