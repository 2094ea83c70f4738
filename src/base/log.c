#include "base/log.h"

#include "base/clock.h"
#include "base/safe_int.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* No longer than PIPE_BUF: one write to a pipe is then never mixed with the
 * lines of another process. */
#define LINE_SIZE 4096
#define TEXT_SIZE 2048
#define TAIL_ROOM 16 /* for "..." and the end of the line */

static struct {
	const char *process;
	bool json;
	_Atomic(enum log_level) least;
} settings = {"gatehouse", false, LOG_INFO};

static const char *const level_names[] = {"debug", "info", "warn", "error"};

struct line {
	char data[LINE_SIZE];
	size_t len;
};

void log_init(const char *process, bool json, enum log_level least)
{
	settings.process = process;
	settings.json = json;
	settings.least = least;
}

void log_least(enum log_level least)
{
	settings.least = least;
}

static void put(struct line *line, const char *data, size_t len)
{
	memcpy(line->data + line->len, data, len);
	line->len += len;
}

/* One character of JSON text: `"` and `\` get a backslash. */
static void put_quoted(struct line *line, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '"' || data[i] == '\\')
			put(line, "\\", 1);
		put(line, data + i, 1);
	}
}

/* Every round adds at most 8 bytes. */
static void put_text(struct line *line, const char *text, size_t len)
{
	size_t i = 0;

	while (i < len) {
		size_t step = safe_step(text + i, len - i), n = step;
		char escaped[4];
		const char *from = text + i;

		if (line->len + 8 + TAIL_ROOM > sizeof(line->data)) {
			put(line, "...", 3);
			return;
		}
		if (step == 0) {
			safe_escape(*from, escaped);
			from = escaped;
			n = sizeof(escaped);
			step = 1;
		}
		if (settings.json)
			put_quoted(line, from, n);
		else
			put(line, from, n);
		i += step;
	}
}

static void put_head(struct line *line, enum log_level level)
{
	const char *form =
	        settings.json
	                ? "{\"time\":\"%s\",\"level\":\"%s\",\"process\":\"%.64s\",\"text\":\""
	                : "%s %s %.64s: ";
	char when[CLOCK_TEXT];
	int n = snprintf(line->data, sizeof(line->data), form, clock_rfc3339(clock_now(), when),
	                 level_names[level], settings.process);

	line->len = n > 0 ? (size_t)n : 0;
}

void log_line(enum log_level level, const char *fmt, ...)
{
	int saved = errno;
	char text[TEXT_SIZE];
	struct line line;
	va_list args;
	int n;

	if (level < settings.least || level > LOG_ERROR)
		return;
	va_start(args, fmt);
	n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	put_head(&line, level);
	if (n > 0)
		put_text(&line, text, strlen(text));
	if (n >= (int)sizeof(text))
		put(&line, "...", 3);
	if (settings.json)
		put(&line, "\"}", 2);
	put(&line, "\n", 1);
	/* Nobody to tell when standard error is gone. */
	if (write(STDERR_FILENO, line.data, line.len) < 0)
		errno = saved;
	errno = saved;
}
