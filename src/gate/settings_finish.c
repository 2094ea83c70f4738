/* What follows from other settings, and what must fit together. */
#include "gate/settings.h"

#include "policy/net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void gate_settings_ssh_url(struct gate_settings *s, long port)
{
	const char *host = strstr(s->base_url, "://");
	char tail[16] = "";
	size_t len;

	if (!host)
		return;
	host += 3;
	len = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
	if (port != 22)
		snprintf(tail, sizeof(tail), ":%ld", port);
	snprintf(s->ssh_url, sizeof(s->ssh_url), "ssh://git@%.*s%s", (int)(len < 900 ? len : 900),
	         host, tail);
}

const char *gate_settings_database(const struct gate_settings *s, char *out)
{
	if (*s->database)
		snprintf(out, SETTINGS_TEXT + 32, "%s", s->database);
	else
		snprintf(out, SETTINGS_TEXT + 32, "%s/gatehouse.db", s->data);
	return out;
}

/* -- listen addresses -- */

/* "ADDR:PORT" or "[v6]:PORT". host holds the address without brackets. */
static int address_split(const char *text, char host[NET_TEXT], long *port)
{
	const char *colon = strrchr(text, ':');
	size_t len;
	char *end;

	if (!colon || !colon[1] || strspn(colon + 1, "0123456789") != strlen(colon + 1))
		return ERR_INVALID;
	*port = strtol(colon + 1, &end, 10);
	if (strlen(colon + 1) > 5 || *port > 65535)
		return ERR_INVALID;
	len = (size_t)(colon - text);
	if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	} else if (memchr(text, ':', len)) {
		return ERR_INVALID; /* where v6 ends and the port begins would be a guess */
	}
	if (!len || len >= NET_TEXT)
		return ERR_INVALID;
	memcpy(host, text, len);
	host[len] = 0;
	return 0;
}

static int address_check(char item[256], const char *key, struct err *err)
{
	char host[NET_TEXT];
	struct net net;
	long port;

	if (address_split(item, host, &port))
		return err_set(
		        err, ERR_INVALID,
		        "%s: \"%.80s\" is no address to listen on (wanted: 127.0.0.1:8080 or "
		        "[::1]:8080)",
		        key, item);
	if (!strcmp(host, "localhost")) {
		snprintf(item, 256, "127.0.0.1:%ld", port);
		return 0;
	}
	if (strchr(host, '/') || policy_net_parse(host, &net))
		return err_set(
		        err, ERR_INVALID,
		        "%s: \"%.80s\" is no IP address (names are not looked up; 0.0.0.0 and "
		        "[::] stand for all)",
		        key, host);
	return 0;
}

static int addresses_check(struct gate_settings *s, struct err *err)
{
	struct {
		struct settings_list *list;
		const char *key;
	} each[] = {{&s->http, "http"},
	            {&s->https, "https"},
	            {&s->ssh, "ssh"},
	            {&s->metrics, "metrics"}};

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		for (size_t n = 0; n < each[i].list->count; n++) {
			int rc = address_check(each[i].list->items[n], each[i].key, err);
			if (rc)
				return rc;
		}
	return 0;
}

/* -- the base URL -- */

static int url_check(char *url, struct err *err)
{
	const char *host = strstr(url, "://");
	size_t len = strlen(url);

	if ((strncmp(url, "http://", 7) && strncmp(url, "https://", 8)) || !host[3] ||
	    host[3] == '/')
		return err_set(
		        err, ERR_INVALID,
		        "base-url: \"%.120s\" is no address (wanted: https://git.example.org)",
		        url);
	if (strpbrk(url, "@?# \t\"'<>\\"))
		return err_set(err, ERR_INVALID,
		               "base-url: \"%.120s\" holds a character that has no place there",
		               url);
	while (len && url[len - 1] == '/')
		url[--len] = 0;
	if (strchr(host + 3, '/'))
		return err_set(err, ERR_INVALID,
		               "base-url: \"%.120s\" has a path; Gatehouse wants a host of its own",
		               url);
	return 0;
}

/* Empty stays empty with port 0: who listens knows the port, later. */
static void url_make(struct gate_settings *s)
{
	bool tls = s->https.count > 0;
	const struct settings_list *list = tls ? &s->https : &s->http;
	char host[NET_TEXT], tail[16] = "";
	long port;

	if (!list->count || address_split(list->items[0], host, &port) || !port)
		return;
	if (!strcmp(host, "0.0.0.0") || !strcmp(host, "::"))
		snprintf(host, sizeof(host), "localhost");
	if (port != (tls ? 443 : 80))
		snprintf(tail, sizeof(tail), ":%ld", port);
	snprintf(s->base_url, sizeof(s->base_url), strchr(host, ':') ? "%s://[%s]%s" : "%s://%s%s",
	         tls ? "https" : "http", host, tail);
}

/* The same host as over HTTP; as long as either port is not known, nothing. */
static void ssh_url_make(struct gate_settings *s)
{
	const char *host = strstr(s->base_url, "://");
	char part[NET_TEXT];
	long port;

	if (!host || !s->ssh.count || address_split(s->ssh.items[0], part, &port) || !port)
		return;
	gate_settings_ssh_url(s, port);
}

static int ssh_url_check(char *url, struct err *err)
{
	const char *host = strncmp(url, "ssh://", 6) ? NULL : url + 6;
	size_t len = strlen(url);

	while (len > 6 && url[len - 1] == '/')
		url[--len] = 0;
	if (host && *host && *host != '/' && !strpbrk(host, "/?# \t\"'<>\\"))
		return 0;
	return err_set(err, ERR_INVALID,
	               "ssh-url: \"%.120s\" is no address (wanted: ssh://git@git.example.org, "
	               "with :PORT behind it where that is not 22)",
	               url);
}

static void bot_domain_make(struct gate_settings *s)
{
	const char *host = strstr(s->base_url, "://");
	char name[SETTINGS_TEXT - 8] = "";
	struct net net;

	if (host && host[3] != '[')
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(host + 3, ":/"), host + 3);
	if (!*name || !policy_net_parse(name, &net))
		snprintf(name, sizeof(name), "localhost");
	snprintf(s->bot_domain, sizeof(s->bot_domain), "bots.%s", name);
}

/* -- the rest -- */

static int word_check(const char *key, const char *value, const char *const *words, struct err *err)
{
	for (size_t i = 0; words[i]; i++)
		if (!strcmp(value, words[i]))
			return 0;
	return err_set(err, ERR_INVALID, "%s: \"%.60s\" is none of the words it takes", key, value);
}

static int tls_check(const struct gate_settings *s, struct err *err)
{
	if (!*s->tls_certificate != !*s->tls_key)
		return err_set(err, ERR_INVALID, "%s is given without %s: TLS needs both",
		               *s->tls_key ? "tls-key" : "tls-certificate",
		               *s->tls_key ? "tls-certificate" : "tls-key");
	if (s->https.count && !*s->tls_key)
		return err_set(err, ERR_INVALID,
		               "https needs a certificate: give tls-certificate and tls-key");
	return 0;
}

static int proxies_check(const struct gate_settings *s, struct err *err)
{
	struct net net;
	for (size_t i = 0; i < s->trusted_proxies.count; i++) {
		const char *fault = policy_net_parse(s->trusted_proxies.items[i], &net);
		if (fault)
			return err_set(err, ERR_INVALID, "trusted-proxies: \"%.80s\": %s",
			               s->trusted_proxies.items[i], fault);
	}
	return 0;
}

static int decision_log_check(const char *value, struct err *err)
{
	if (value[0] == '/' || !strncmp(value, "journal:/", 9) || !strcmp(value, "journal") ||
	    !strcmp(value, "none"))
		return 0;
	return err_set(err, ERR_INVALID,
	               "decision-log: \"%.80s\" is none of these: none, journal, "
	               "journal:/path/of/socket, /path/of/file",
	               value);
}

int gate_settings_finish(struct gate_settings *s, struct err *err)
{
	static const char *const answers[] = {"auto", "yes", "no", NULL};
	static const char *const formats[] = {"human", "json", NULL};
	static const char *const levels[] = {"debug", "info", "warn", "error", NULL};
	size_t len = strlen(s->data);
	int rc = 0;

	if (!len)
		return err_set(
		        err, ERR_INVALID,
		        "no data folder: give --data DIR, set GATEHOUSE_DATA, or write `data = "
		        "DIR` into the file that --config names");
	while (len > 1 && s->data[len - 1] == '/')
		s->data[--len] = 0;
	rc = addresses_check(s, err);
	if (!rc && *s->base_url)
		rc = url_check(s->base_url, err);
	if (!rc && *s->ssh_url)
		rc = ssh_url_check(s->ssh_url, err);
	if (!rc)
		rc = tls_check(s, err);
	if (!rc)
		rc = proxies_check(s, err);
	if (!rc)
		rc = word_check("require-tls", s->require_tls, answers, err);
	if (!rc)
		rc = word_check("log-format", s->log_format, formats, err);
	if (!rc)
		rc = word_check("log-level", s->log_level, levels, err);
	if (!rc)
		rc = decision_log_check(s->decision_log, err);
	if (rc)
		return rc;
	s->tls_required = strcmp(s->require_tls, "auto") ? !strcmp(s->require_tls, "yes")
	                                                 : s->https.count > 0;
	s->base_url_given = *s->base_url;
	if (!s->base_url_given)
		url_make(s);
	if (!*s->ssh_url)
		ssh_url_make(s);
	if (!*s->bot_domain)
		bot_domain_make(s);
	return 0;
}
