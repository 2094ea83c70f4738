/* Settings that load one by one and don't fit together, as far as a reader can
 * tell: what systemd's sockets or a proxy add is not seen here. */
#include "gate/check_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PART "settings"

/* "https://host:port" in its parts. */
struct address {
	bool tls;
	char host[SETTINGS_TEXT];
	long port;
};

static void url_part(const char *url, struct address *out)
{
	const char *host = strstr(url, "://");
	size_t len;

	out->tls = !strncmp(url, "https:", 6);
	out->port = out->tls ? 443 : 80;
	host = host ? host + 3 : url;
	len = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
	gate_put(out->host, sizeof(out->host), "%.*s", (int)len, host);
	if (host[len] == ':')
		out->port = strtol(host + len + 1, NULL, 10);
}

static long port_of(const char *item)
{
	const char *colon = strrchr(item, ':');
	return colon ? strtol(colon + 1, NULL, 10) : 0;
}

/* The line to add, to the file where there is one. */
static const char *add_line(const struct gate_check *c, struct check_mend *m, const char *key,
                            const char *value)
{
	char line[300];

	gate_put(line, sizeof(line), "%s = %s", key, value);
	if (c->config)
		return check_mend(m, "echo %s >>%s", line, c->config);
	return check_mend(m, "gatehouse serve --%s %s", key, value);
}

static bool is_here(const char *host)
{
	return !strncmp(host, "127.", 4) || !strncmp(host, "[::1]", 5) ||
	       !strcmp(host, "localhost");
}

/* Its sockets for the server are none of the settings. */
static enum gate_level unless_systemd(void)
{
	return access("/run/systemd/system", F_OK) ? GATE_FAULT : GATE_NOTE;
}

static bool all_here(const struct settings_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (!is_here(list->items[i]))
			return false;
	return true;
}

static bool serves_port(const struct settings_list *list, long port)
{
	for (size_t i = 0; i < list->count; i++)
		if (port_of(list->items[i]) == port || port_of(list->items[i]) == 0)
			return true;
	return false;
}

/* -- the address people use, and what is listened on -- */

static void check_base_url(const struct gate_check *c)
{
	const struct gate_settings *s = c->settings;
	const struct settings_list *list;
	struct check_mend m;
	struct address a;

	url_part(s->base_url, &a);
	list = a.tls ? &s->https : &s->http;
	if (s->trusted_proxies.count)
		return; /* the proxy serves it */
	if (a.tls && !s->https.count)
		check_say(
		        c, unless_systemd(), PART, add_line(c, &m, "https", "0.0.0.0:443"),
		        "base-url is %s, but nothing here serves HTTPS (a socket of systemd may); "
		        "where a proxy does, name it with trusted-proxies",
		        s->base_url);
	else if (!a.tls && s->https.count)
		check_say(c, GATE_FAULT, PART, NULL,
		          "base-url is %s although HTTPS is served: people are sent where their "
		          "tokens pass readably; write base-url = https://%s",
		          s->base_url, a.host);
	else if (all_here(list) && !is_here(a.host))
		check_say(c, unless_systemd(), PART,
		          add_line(c, &m, a.tls ? "https" : "http",
		                   a.tls ? "0.0.0.0:443" : "0.0.0.0:80"),
		          "base-url is %s, but only this machine itself is listened to; where a "
		          "proxy passes requests on, name it with trusted-proxies",
		          s->base_url);
	else if (!serves_port(list, a.port))
		check_say(c, GATE_NOTE, PART, NULL,
		          "base-url is %s, port %ld, and that port is not listened on (%s is): "
		          "something must pass it on",
		          s->base_url, a.port, list->items[0]);
}

static void check_listeners(const struct gate_check *c)
{
	const struct gate_settings *s = c->settings;

	if (s->http.count + s->https.count == 0) {
		check_say(c, GATE_NOTE, PART, NULL,
		          "name no address to listen on (http, https): systemd's sockets or flags "
		          "of `serve` must");
		return;
	}
	if (s->base_url_given)
		check_base_url(c);
	if (*s->tls_key && !s->https.count)
		check_say(c, GATE_NOTE, PART, NULL,
		          "tls-certificate is given, but no https address to use it on");
	if (!s->https.count && !all_here(&s->http) && !s->trusted_proxies.count)
		check_say(c, GATE_NOTE, PART, NULL,
		          "HTTP is served without TLS to other machines (%s): tokens pass readably",
		          s->http.items[0]);
}

static void check_tls(const struct gate_check *c)
{
	const struct gate_settings *s = c->settings;
	struct check_mend m;

	if (!strcmp(s->require_tls, "no") && s->https.count && s->http.count && !all_here(&s->http))
		check_say(c, GATE_NOTE, PART, NULL,
		          "require-tls is no: tokens are taken over plain HTTP although HTTPS is "
		          "served; write require-tls = auto");
	if (!strcmp(s->require_tls, "yes") && !s->https.count && s->http.count &&
	    !s->trusted_proxies.count)
		check_say(
		        c, unless_systemd(), PART, add_line(c, &m, "https", "0.0.0.0:443"),
		        "require-tls is yes and nothing serves HTTPS: everybody on another machine "
		        "is refused");
	if (s->trusted_proxies.count && !s->base_url_given)
		check_say(c, GATE_FAULT, PART,
		          add_line(c, &m, "base-url", "https://git.example.org"),
		          "trusted-proxies is given without base-url: links in answers can't be "
		          "relied on, since they name what is listened on here");
}

/* Only a server that runs would find out, and then no row goes there. */
static void check_decision_log(const struct gate_check *c)
{
	const char *to = c->settings->decision_log;
	char folder[SETTINGS_TEXT];
	char *slash;

	if (*to != '/')
		return;
	gate_put(folder, sizeof(folder), "%s", to);
	if (access(to, F_OK) && errno == ENOENT && (slash = strrchr(folder, '/')))
		slash[slash == folder] = '\0';
	if (access(folder, W_OK))
		check_say(
		        c, GATE_FAULT, PART, NULL,
		        "decision-log is %s, and %s can't be written (%s): no decision goes there",
		        to, folder, strerror(errno));
}

void gate_check_settings(const struct gate_check *c)
{
	check_say(c, GATE_WELL, PART, NULL, "%s, data folder %s", c->config ? c->config : "no file",
	          c->settings->data);
	check_listeners(c);
	check_tls(c);
	check_decision_log(c);
}
