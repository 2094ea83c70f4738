/* Whom the request comes from, and over what: the connection says, or a proxy
 * that the operator trusts (nobody by default). */
#include "smart/smart_int.h"

#include "policy/net.h"

#include <stdio.h>
#include <string.h>

#define HOST_MOST 256

static bool trusted(const struct settings_list *proxies, const char *address)
{
	struct net peer, net;

	if (!proxies->count || policy_net_parse(address, &peer))
		return false;
	for (size_t i = 0; i < proxies->count; i++) {
		if (!policy_net_parse(proxies->items[i], &net) && policy_net_contains(&net, &peer))
			return true;
	}
	return false;
}

/* The last address in a comma-separated list before `end`, without blanks;
 * *end moves before it. False at the list's beginning. */
static bool previous(const char *list, const char **end, char out[NET_TEXT])
{
	const char *stop = *end, *start;

	if (stop <= list)
		return false;
	start = stop;
	while (start > list && start[-1] != ',')
		start--;
	*end = start > list ? start - 1 : list;
	while (start < stop && (*start == ' ' || *start == '\t'))
		start++;
	while (stop > start && (stop[-1] == ' ' || stop[-1] == '\t'))
		stop--;
	snprintf(out, NET_TEXT, "%.*s", (int)(stop - start > NET_TEXT ? NET_TEXT : stop - start),
	         start);
	return true;
}

/* What may stand in a Host header that is shown to people (RFC 3986 3.2.2). */
static bool host_shown(const char *host)
{
	static const char may[] =
	        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]";
	size_t len = host ? strlen(host) : 0;

	return len && len < HOST_MOST && strspn(host, may) == len;
}

/* The address in the words: the one that was set; where none was, what a
 * trusted proxy says its client used; else where this server listens. */
static const char *base_url(const struct passage *p)
{
	const struct gate_settings *s = p->c->gate->settings;
	const char *proto = p->r->forwarded_proto;
	const char *url = NULL;

	if (!s->base_url_given && proto && (!strcmp(proto, "https") || !strcmp(proto, "http")) &&
	    p->r->peer && trusted(&s->trusted_proxies, p->r->peer) && host_shown(p->r->host))
		url = arena_printf(p->c->arena, "%s://%s", proto, p->r->host);
	return url ? url : s->base_url;
}

static bool on_this_machine(const char *address)
{
	static const char *const networks[] = {"127.0.0.0/8", "::1"};
	struct net peer, net;

	for (size_t i = 0; i < sizeof(networks) / sizeof(*networks); i++)
		if (!policy_net_parse(address, &peer) && !policy_net_parse(networks[i], &net) &&
		    policy_net_contains(&net, &peer))
			return true;
	return false;
}

/* Without TLS on the way, as far as it is known: what a trusted proxy says of
 * its client counts; what never left this machine was read by nobody. */
static bool came_in_clear(const struct passage *p)
{
	const char *peer = p->r->peer ? p->r->peer : "", *proto = p->r->forwarded_proto;

	if (p->r->tls)
		return false;
	if (proto && trusted(&p->c->gate->settings->trusted_proxies, peer))
		return strcmp(proto, "https") != 0;
	return !on_this_machine(peer);
}

/* From the right, each hop as long as the one before it is trusted: what a
 * client writes into the header itself is never reached. */
void passage_address(struct passage *p)
{
	const struct settings_list *proxies = &p->c->gate->settings->trusted_proxies;
	const char *list = p->r->forwarded_for, *end = list ? list + strlen(list) : NULL;
	char *address = p->out->address, hop[NET_TEXT];
	struct net net;

	snprintf(address, NET_TEXT, "%s", p->r->peer ? p->r->peer : "");
	while (list && trusted(proxies, address) && previous(list, &end, hop)) {
		if (policy_net_parse(hop, &net))
			break;
		policy_net_text(&net, address);
		p->out->ask.address_header = "X-Forwarded-For";
	}
	p->out->ask.address = address;
	p->out->ask.base_url = base_url(p);
	p->out->ask.in_clear = p->c->gate->settings->tls_required && came_in_clear(p);
}
