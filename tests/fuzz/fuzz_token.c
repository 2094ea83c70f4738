/* Any bytes as a secret: the look must name one shape, and where it says good,
 * the token must be one that policy_token_write could have made. */
#include "policy/token.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void check_look(const char *text, size_t size)
{
	struct token_look look, again;

	policy_token_look(text, size, &look);
	must(look.seen <= size);
	must((look.shape == TOKEN_GOOD) == (look.start != NULL));
	must((look.shape == TOKEN_EMPTY) == (look.seen == 0));
	must((look.shape == TOKEN_WRAPPED) == (look.around[0] != 0));
	must(memchr(look.around, 0, sizeof look.around) != NULL);
	must((look.kind == 0) == (look.shape == TOKEN_EMPTY || look.shape == TOKEN_FOREIGN));
	must(!look.foreign || look.shape == TOKEN_FOREIGN);
	if (look.shape != TOKEN_GOOD)
		return;
	must(look.start >= text && look.start + TOKEN_LEN <= text + size);
	policy_token_look(look.start, TOKEN_LEN, &again);
	must(again.shape == TOKEN_GOOD && again.start == look.start && again.kind == look.kind);
}

static void check_write(const uint8_t *data)
{
	char token[TOKEN_LEN + 1];
	struct token_look look;
	enum credential_kind kind = (enum credential_kind)(data[0] % 7 + 1);

	must(*policy_credential_kind_name((enum credential_kind)data[1]) != 0);
	must(policy_token_write(CREDENTIAL_USER_KEY, data, token) != 0);
	must(policy_token_write(kind, data, token) == 0);
	must(strlen(token) == TOKEN_LEN);
	policy_token_look(token, TOKEN_LEN, &look);
	must(look.shape == TOKEN_GOOD && look.kind == kind);
	token[data[2] % TOKEN_LEN] ^= 1; /* one bit off: never good */
	policy_token_look(token, TOKEN_LEN, &look);
	must(look.shape != TOKEN_GOOD);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_look((const char *)data, size);
	if (size >= TOKEN_RANDOM)
		check_write(data);
	return 0;
}
