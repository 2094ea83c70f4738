/* Any one or two Authorization headers: never a crash, and what comes out fits
 * together: a token to look up has the right shape, a token is never a name. */
#include "gate/present.h"

#include <assert.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct gate_presented *p)
{
	struct token_look look;

	assert(p->form != PRESENTED_GENUINE);
	if (p->form == PRESENTED_UNKNOWN) {
		assert(p->look.start >= p->secret.bytes);
		assert(p->look.start + TOKEN_LEN <= p->secret.bytes + p->secret.len);
	}
	policy_token_look(p->hint, strlen(p->hint), &look);
	assert(look.shape != TOKEN_GOOD);
	assert((p->fault != NULL) ==
	       (p->form == PRESENTED_UNREADABLE || p->form == PRESENTED_TWICE));
}

/* The input as a header; then its rest as the plain pair inside Basic, which
 * random bytes seldom reach through base64. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t room = sodium_base64_ENCODED_LEN(size, sodium_base64_VARIANT_ORIGINAL);
	char *header = calloc(1, size + 1), *basic = calloc(1, room + 7);
	const char *both[2] = {header, basic};
	struct gate_presented p;

	if (header && basic) {
		memcpy(header, data, size);
		memcpy(basic, "Basic ", 6);
		sodium_bin2base64(basic + 6, room, data, size, sodium_base64_VARIANT_ORIGINAL);
		for (size_t first = 0; first < 2; first++) {
			for (size_t count = 0; first + count <= 2; count++) {
				gate_present(&p, both + first, count);
				check(&p);
				gate_present_clear(&p);
			}
		}
	}
	free(header);
	free(basic);
	return 0;
}
