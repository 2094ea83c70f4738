#include "keeper/decision_sink.h"

#include "base/buf.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#define JOURNAL "/run/systemd/journal/socket"
#define LINE_MOST 65536 /* a row has at most some 10 KB */

/* -- the journal: systemd.io, "Native Journal Protocol" -- */

static int journal_open(const char *path, struct err *err)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(a.sun_path))
		return err_set(err, ERR_INVALID, "%s is too long for a socket", path);
	memcpy(a.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_system(err, errno, "no socket for the journal");
	if (!connect(fd, (const struct sockaddr *)(const void *)&a, sizeof(a)))
		return fd;
	int code = err_system(err, errno, "the journal can't be reached at %s", path);
	close(fd);
	return code;
}

/* A name, the length in eight bytes, the value: right for any value. */
static void field(struct buf *b, const char *name, const char *value)
{
	size_t len = strlen(value);
	uint8_t size[8];

	for (size_t i = 0; i < sizeof(size); i++)
		size[i] = (uint8_t)((uint64_t)len >> 8 * i);
	(void)buf_add_str(b, name);
	(void)buf_add_char(b, '\n');
	(void)buf_add(b, size, sizeof(size));
	(void)buf_add(b, value, len);
	(void)buf_add_char(b, '\n');
}

/* "user_agent" goes as GATEHOUSE_USER_AGENT; what is no text as JSON. */
static void json_field(struct buf *b, const char *key, const json_t *value)
{
	char name[64] = "GATEHOUSE_";
	size_t n = strlen(name);

	for (; *key && n < sizeof(name) - 1; key++)
		name[n++] = (char)toupper((unsigned char)*key);
	name[n] = 0;
	if (json_is_string(value)) {
		field(b, name, json_string_value(value));
	} else if (!json_is_null(value)) {
		char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		field(b, name, text ? text : "");
		free(text);
	}
}

/* "ann: push on acme/site from 192.0.2.7: scope-missing [7kq2m9xa4e]" */
static void message(struct buf *b, const struct store_audit *r)
{
	struct buf text;

	buf_init(&text, 2048);
	(void)buf_addf(&text, "%s: ", *r->actor ? r->actor : "somebody unknown");
	if (*r->operation)
		(void)buf_addf(&text, "%s", r->operation);
	else
		(void)buf_addf(&text, "%s", r->reason);
	if (*r->object)
		(void)buf_addf(&text, " on %s", r->object);
	if (*r->address)
		(void)buf_addf(&text, " from %s", r->address);
	if (*r->operation)
		(void)buf_addf(&text, ": %s", r->reason);
	if (r->count > 1)
		(void)buf_addf(&text, ", %lld times", (long long)r->count);
	(void)buf_addf(&text, " [%s]", r->reference);
	field(b, "MESSAGE", buf_str(&text));
	buf_clear(&text);
}

static bool refused(const struct store_audit *r)
{
	return r->kind != AUDIT_CHANGE &&
	       strcmp(r->reason, policy_reason_name(REASON_ALLOWED)) != 0;
}

static void journal_form(struct buf *b, const struct store_audit *row, json_t *json)
{
	char priority[2] = {(char)('0' + (refused(row) ? LOG_NOTICE : LOG_INFO)), 0};

	message(b, row);
	field(b, "PRIORITY", priority);
	field(b, "SYSLOG_IDENTIFIER", "gatehouse");
	for (void *i = json_object_iter(json); i; i = json_object_iter_next(json, i))
		json_field(b, json_object_iter_key(i), json_object_iter_value(i));
}

static int journal_send(int fd, const struct buf *b, struct err *err)
{
	if (send(fd, b->data, b->len, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
		return 0;
	return err_system(err, errno, "the journal does not take it");
}

/* -- a file -- */

static int file_open(const char *path, struct err *err)
{
	struct stat st;
	int fd =
	        open(path,
	             O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK,
	             0600);

	if (fd < 0)
		return err_system(err, errno, "%s can't be opened", path);
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return err_set(err, ERR_INVALID, "%s is no file", path);
}

/* What a full disk let in of a line is taken back. */
static int file_write(int fd, const struct buf *b, struct err *err)
{
	struct stat before;

	if (fstat(fd, &before))
		return err_system(err, errno, "the file can't be looked at");
	ssize_t put = write(fd, b->data, b->len);
	if (put == (ssize_t)b->len)
		return 0;
	int why = put < 0 ? errno : ENOSPC;
	if (put > 0 && ftruncate(fd, before.st_size))
		return err_system(err, errno, "a line that was cut can't be taken back");
	return err_system(err, why, "the file can't be written");
}

static int file_form(struct buf *b, json_t *json)
{
	char *line = json_dumps(json, 0);

	if (!line)
		return ERR_MEMORY;
	(void)buf_add_str(b, line);
	free(line);
	return buf_add_char(b, '\n');
}

/* -- both -- */

int decision_sink_open(struct decision_sink *s, const char *to, struct err *err)
{
	static const char word[] = "journal";
	bool journal = !strncmp(to, word, sizeof(word) - 1);
	const char *socket = to[sizeof(word) - 1] ? to + sizeof(word) : JOURNAL;
	int fd = journal ? journal_open(socket, err) : file_open(to, err);

	if (fd < 0)
		return fd;
	s->fd = fd;
	s->journal = journal;
	return 0;
}

void decision_sink_close(struct decision_sink *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

int decision_sink_write(struct decision_sink *s, const struct store_audit *row, struct err *err)
{
	json_t *json = gate_audit_json(row);
	struct buf b;
	int code = 0;

	buf_init(&b, LINE_MOST);
	if (!json)
		code = ERR_MEMORY;
	else if (s->journal)
		journal_form(&b, row, json);
	else
		code = file_form(&b, json);
	json_decref(json);
	if (code || b.failed)
		code = err_set(err, ERR_MEMORY, "out of memory");
	else
		code = s->journal ? journal_send(s->fd, &b, err) : file_write(s->fd, &b, err);
	buf_clear(&b);
	return code;
}
