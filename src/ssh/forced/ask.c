#include "ssh/forced/forced.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* What does not fit would be another text: it is left out, and the keeper says no. */
static void take_env(const char *name, char *out, size_t size)
{
	const char *value = getenv(name);

	if (value && strlen(value) < size)
		memcpy(out, value, strlen(value) + 1);
}

/* "192.0.2.7 50124 192.0.2.1 22" */
static void take_connection(struct question_peer *p)
{
	char text[256] = "", address[QUESTION_ADDRESS] = "unknown";
	unsigned port = 0;

	take_env("SSH_CONNECTION", text, sizeof(text));
	if (sscanf(text, "%63s %u", address, &port) < 1)
		memcpy(address, "unknown", sizeof("unknown"));
	memcpy(p->address, address, sizeof(address));
	p->port = port <= UINT16_MAX ? (uint16_t)port : 0;
}

static bool take_certificate(const char *type, const char *base64, struct question_peer *p)
{
	static struct ssh_certificate cert;
	static uint8_t blob[SSH_CERTIFICATE_BLOB];

	p->key = blob;
	return !policy_ssh_certificate_parse(type, base64, blob, &p->key_len, &cert);
}

static bool take_key(const char *type, const char *base64, struct question_peer *p)
{
	static struct ssh_key key;
	char line[SSH_KEY_LINE + 1];

	snprintf(line, sizeof(line), "%s %s", type, base64);
	if (policy_ssh_key_parse(line, strlen(line), &key))
		return take_certificate(type, base64, p);
	p->key = key.blob;
	p->key_len = key.len;
	return true;
}

bool forced_question(const char *type, const char *base64, struct question_session *out)
{
	const char *command = getenv("SSH_ORIGINAL_COMMAND");

	memset(out, 0, sizeof(*out));
	if (!take_key(type, base64, &out->peer))
		return false;
	out->peer.connection = (uint64_t)getpid();
	take_connection(&out->peer);
	take_env("LOGNAME", out->peer.user, sizeof(out->peer.user));
	memcpy(out->peer.client, "OpenSSH", sizeof("OpenSSH"));
	out->kind = command ? EXEC_COMMAND : EXEC_SHELL;
	out->pty = getenv("SSH_TTY") != NULL;
	take_env("SSH_ORIGINAL_COMMAND", out->command, sizeof(out->command));
	take_env("GIT_PROTOCOL", out->git_protocol, sizeof(out->git_protocol));
	return true;
}

int forced_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
	} else {
		memcpy(address.sun_path, path, strlen(path) + 1);
		if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
			return fd;
	}
	close(fd);
	return -1;
}
