/* Any text as a network: what is read has one spelling, which reads as the same
 * network, and it contains its own first address. */
#include "policy/net.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void check(const struct net *net)
{
	char text[NET_TEXT], other[NET_TEXT];
	struct net again, first = *net;

	must(net->bits <= 128);
	for (unsigned i = net->bits; i < 128; i++)
		must(!(net->bytes[i / 8] & (0x80u >> i % 8)));
	must(strlen(policy_net_text(net, text)) < NET_TEXT);
	must(policy_net_parse(text, &again) == NULL);
	must(again.bits == net->bits && memcmp(again.bytes, net->bytes, 16) == 0);
	must(strcmp(policy_net_text(&again, other), text) == 0);
	first.bits = 128;
	must(policy_net_contains(net, &first));
	/* a single address contains no network */
	must(net->bits == 128 || !policy_net_contains(&first, net));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct net net;

	must(text != NULL);
	memcpy(text, data, size);
	text[size] = 0;
	if (policy_net_parse(text, &net) == NULL)
		check(&net);
	free(text);
	return 0;
}
