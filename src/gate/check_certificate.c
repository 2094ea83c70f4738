/* The certificate: gatehouse-certificate reads it, this judges. */
#include "gate/check_int.h"
#include "gate/program_int.h"

#include "base/clock.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART "certificate"
#define PEM_MOST 24000 /* as the server takes */
#define FACTS_MOST 16384
#define DAY 86400
#define DAYS_LEFT 14 /* fewer: whoever renews it has not done so in time */
#define CREDENTIALS "/run/credentials/"

/* -- the two files -- */

static bool say_unreadable(const struct gate_check *c, const char *path, int errnum)
{
	struct check_mend m;

	if (errnum == ENOENT && !strncmp(path, CREDENTIALS, strlen(CREDENTIALS)))
		check_say(c, GATE_NOTE, PART, NULL,
		          "not looked at: systemd puts %s there while the server runs", path);
	else if (errnum == EACCES && geteuid() != 0)
		check_say(c, GATE_NOTE, PART, "sudo gatehouse check",
		          "not looked at: %s is not readable for this user", path);
	else
		check_say(c, GATE_FAULT, PART, check_mend(&m, "ls -l %s", path),
		          "%s can't be read: %s", path, strerror(errnum));
	return false;
}

/* Copies a file to the memory file. */
static bool file_pass(const struct gate_check *c, const char *path, int to)
{
	char bytes[PEM_MOST + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t len = 0;
	ssize_t n = 1;
	bool fine = false;

	if (fd < 0)
		return say_unreadable(c, path, errno);
	while (len < sizeof(bytes) && (n = read(fd, bytes + len, sizeof(bytes) - len)) > 0)
		len += (size_t)n;
	if (n < 0)
		say_unreadable(c, path, errno);
	else if (!len || len > PEM_MOST || memchr(bytes, '\0', len))
		check_say(c, GATE_FAULT, PART, NULL, "%s is %s", path,
		          len > PEM_MOST ? "too large"
		          : len          ? "no PEM file"
		                         : "empty");
	else
		fine = write(to, bytes, len) == (ssize_t)len;
	secret_wipe(bytes, sizeof(bytes));
	close(fd);
	return fine;
}

static void check_key_mode(const struct gate_check *c)
{
	const char *path = c->settings->tls_key;
	struct check_mend m;
	struct stat st;

	if (!stat(path, &st) && st.st_mode & 07)
		check_say(c, GATE_FAULT, PART, check_mend(&m, "chmod o= %s", path),
		          "every user of this machine may read the key %s (mode %03o)", path,
		          (unsigned)st.st_mode & 07777);
}

/* Chain, NUL, key; -1 when one can't be had. */
static int pass_both(const struct gate_check *c)
{
	int fd = memfd_create("certificate", MFD_CLOEXEC);

	if (fd >= 0 && file_pass(c, c->settings->tls_certificate, fd) && write(fd, "", 1) == 1 &&
	    file_pass(c, c->settings->tls_key, fd) && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* -- the program -- */

static void host_of(const struct gate_settings *s, char out[SETTINGS_TEXT])
{
	const char *host = s->base_url_given ? strstr(s->base_url, "://") : NULL;

	*out = '\0';
	if (host && host[3] == '[')
		gate_put(out, SETTINGS_TEXT, "%.*s", (int)strcspn(host + 4, "]"), host + 4);
	else if (host)
		gate_put(out, SETTINGS_TEXT, "%.*s", (int)strcspn(host + 3, ":/"), host + 3);
}

/* -- the facts -- */

/* The text behind the next line of that word, or NULL; *at moves behind it. */
static const char *next_fact(const char **at, const char *word, size_t *len)
{
	size_t head = strlen(word);

	while (**at) {
		const char *line = *at, *end = strchr(line, '\n');

		end = end ? end : line + strlen(line);
		*at = *end ? end + 1 : end;
		if ((size_t)(end - line) <= head || strncmp(line, word, head) || line[head] != ' ')
			continue;
		*len = (size_t)(end - line) - head - 1;
		return line + head + 1;
	}
	return NULL;
}

/* "" where there is no such line. */
static void fact(const struct buf *facts, const char *word, char *out, size_t size)
{
	const char *at = buf_str(facts);
	size_t len = 0;
	const char *text = next_fact(&at, word, &len);

	gate_put(out, size, "%.*s", (int)len, text ? text : "");
}

static bool fact_is(const struct buf *facts, const char *word, const char *value)
{
	char text[16];

	fact(facts, word, text, sizeof(text));
	return !strcmp(text, value);
}

static int64_t fact_time(const struct buf *facts, const char *word)
{
	char text[32];

	fact(facts, word, text, sizeof(text));
	return strtoll(text, NULL, 10);
}

static const char *renew(const struct gate_check *c)
{
	return strncmp(c->settings->tls_certificate, CREDENTIALS, strlen(CREDENTIALS))
	               ? "certbot renew && systemctl reload gatehouse"
	               : "certbot renew && systemctl restart gatehouse";
}

static void judge_times(const struct gate_check *c, const struct buf *facts)
{
	int64_t now = clock_now(), begins = fact_time(facts, "begins");
	int64_t own = fact_time(facts, "ends"), ends = fact_time(facts, "chain-ends");
	char text[CLOCK_TEXT], span[CLOCK_TEXT], issuer[300];
	const char *whose = ends < own ? "a certificate in its chain" : "it";

	fact(facts, "issuer", issuer, sizeof(issuer));
	if (begins > now)
		check_say(c, GATE_FAULT, PART, "date",
		          "it begins later, on %s: nobody takes it yet", clock_text(begins, text));
	if (ends <= now)
		check_say(c, GATE_FAULT, PART, renew(c),
		          "%s ended on %s, %s ago: clients refuse it", whose,
		          clock_text(ends, text), clock_span(now - ends, span));
	else if (ends - now < DAYS_LEFT * DAY)
		check_say(c, GATE_FAULT, PART, renew(c), "%s ends in %s, on %s", whose,
		          clock_span(ends - now, span), clock_text(ends, text));
	else
		check_say(c, GATE_WELL, PART, NULL, "%lld days left (until %s), from %s",
		          (long long)((ends - now) / DAY), clock_text(ends, text), issuer);
}

static void names_of(const struct buf *facts, struct buf *out)
{
	const char *at = buf_str(facts), *name;
	size_t len = 0;

	while ((name = next_fact(&at, "name", &len)))
		buf_addf(out, "%s%.*s", out->len ? ", " : "", (int)len, name);
}

static void judge_names(const struct gate_check *c, const struct buf *facts, const char *host)
{
	struct buf names;
	struct check_mend m;

	if (!fact_is(facts, "host", "no"))
		return;
	buf_init(&names, 600);
	names_of(facts, &names);
	check_say(c, GATE_FAULT, PART, check_mend(&m, "certbot certonly -d %s", host),
	          "it does not name %s, the host of base-url (its names: %s): clients refuse it",
	          host, names.len ? buf_str(&names) : "none");
	buf_clear(&names);
}

static void judge_chain(const struct gate_check *c, const struct buf *facts)
{
	char issuer[300];

	fact(facts, "issuer", issuer, sizeof(issuer));
	if (fact_is(facts, "order", "wrong"))
		check_say(c, GATE_FAULT, PART, NULL,
		          "the chain in %s is in the wrong order: the server's own certificate "
		          "first, "
		          "then each one's issuer",
		          c->settings->tls_certificate);
	if (fact_is(facts, "self", "yes"))
		check_say(c, GATE_NOTE, PART, NULL,
		          "it is signed by itself: each client must be told to trust it "
		          "(http.sslCAInfo)");
	else if (fact_is(facts, "trusted", "no"))
		check_say(
		        c, GATE_NOTE, PART, NULL,
		        "this machine finds no way from it to an authority it trusts (issuer: %s): "
		        "either that is a house authority, or the file lacks its issuer "
		        "(fullchain.pem is wanted, not cert.pem)",
		        issuer);
}

static void judge(const struct gate_check *c, const struct buf *facts, const char *host)
{
	const struct gate_settings *s = c->settings;
	struct check_mend m;
	char text[300];

	fact(facts, "fault", text, sizeof(text));
	if (*text)
		check_say(c, GATE_FAULT, PART,
		          check_mend(&m, "head -n 1 %s %s", s->tls_certificate, s->tls_key), "%s",
		          text);
	if (!fact_time(facts, "ends"))
		return;
	judge_times(c, facts);
	judge_names(c, facts, host);
	judge_chain(c, facts);
	if (fact_is(facts, "key", "no"))
		check_say(c, GATE_FAULT, PART, NULL,
		          "the key %s belongs to another certificate than %s: nobody can connect",
		          s->tls_key, s->tls_certificate);
}

void gate_check_certificate(const struct gate_check *c)
{
	char host[SETTINGS_TEXT];
	struct buf facts;
	int input, rc;

	if (!*c->settings->tls_key)
		return;
	check_key_mode(c);
	input = pass_both(c);
	if (input < 0)
		return;
	host_of(c->settings, host);
	buf_init(&facts, FACTS_MOST);
	rc = gate_program_run(c->programs, "gatehouse-certificate", host, input, &facts);
	close(input);
	if (rc)
		check_say(c, GATE_FAULT, PART, NULL, "not looked at: %s/gatehouse-certificate %s",
		          c->programs, rc > 0 ? strerror(rc) : "ended with an error");
	else
		judge(c, &facts, host);
	buf_clear(&facts);
}
