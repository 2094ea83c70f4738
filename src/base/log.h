/* The log: one line per event on standard error, for people or as JSON lines.
 * Doors and processes log; rooms below them return errors instead. Text of a
 * peer is made safe here once more: no control byte ever reaches the log. */
#ifndef GATEHOUSE_BASE_LOG_H
#define GATEHOUSE_BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* process: a word put into each line ("keeper", "http"); a const string.
 * Lines below `least` are dropped. Call once, before threads start. */
void log_init(const char *process, bool json, enum log_level least);

/* Lines below `least` are dropped from now on. Safe from any thread. */
void log_least(enum log_level least);

/* One whole line; no newline in fmt. Human form:
 *   2026-11-25T14:03:07Z info keeper: text
 * JSON form: {"time":"…","level":"info","process":"keeper","text":"…"}
 * Safe from any thread: the line is written with one write(2). */
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)

#endif
