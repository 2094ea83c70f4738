/* Client addresses and the networks that limit them (RFC 4632, RFC 4291).
 * An IPv4 address inside IPv6 (::ffff:192.0.2.1) is that IPv4 address. */
#ifndef GATEHOUSE_POLICY_NET_H
#define GATEHOUSE_POLICY_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NET_TEXT 64

struct net {
	uint8_t bytes[16]; /* IPv4 as ::ffff:a.b.c.d */
	uint8_t bits;      /* of 128; a single address has 128 */
};

/* "192.0.2.7", "192.0.2.0/24", "2001:db8::/32". Bits behind the mask must be
 * 0. Returns NULL, or what is wrong. */
const char *policy_net_parse(const char *text, struct net *out);
bool policy_net_contains(const struct net *net, const struct net *address);
/* Canonical text; out holds NET_TEXT. Returns out. */
char *policy_net_text(const struct net *net, char *out);

#endif
