/* Any text as a list of scopes: what is read can be written and read again, and
 * what is refused is pointed at inside the text. */
#include "policy/scope.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void check_again(scope_set_t set)
{
	struct buf b;
	scope_set_t again = 0;
	const char *bad;
	size_t bad_len;

	must(!(set & ~SCOPE_ALL));
	must((policy_scope_expand(set) & set) == set);
	buf_init(&b, 1024);
	if (set == 0) {
		must(policy_scope_write(&b, set) == 0 && strcmp(buf_str(&b), "none") == 0);
		buf_clear(&b);
		return;
	}
	for (scope_set_t bit = 1; bit != 0; bit <<= 1)
		must((*policy_scope_name(bit) != 0) == ((bit & SCOPE_ALL) != 0));
	must(policy_scope_write(&b, set) == 0);
	must(policy_scope_parse_list(buf_str(&b), &again, &bad, &bad_len) && again == set);
	buf_clear(&b);
}

/* The names of an app password's permissions: those that open nothing here are told. */
static void check_permissions(const char *text)
{
	struct buf idle;
	const char *bad = NULL;
	size_t bad_len = 0;
	scope_set_t set = 0;

	buf_init(&idle, 1024);
	if (policy_permission_parse_list(text, &set, &idle, &bad, &bad_len))
		must(!(set & ~SCOPE_ALL));
	else
		must(bad >= text && bad_len > 0 && bad + bad_len <= text + strlen(text));
	buf_clear(&idle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	const char *bad = NULL;
	size_t bad_len = 0;
	scope_set_t set = 0;

	must(text != NULL);
	memcpy(text, data, size);
	text[size] = 0;
	must(!(policy_scope_parse((const char *)data, size) & ~SCOPE_ALL));
	if (policy_scope_parse_list(text, &set, &bad, &bad_len))
		check_again(set);
	else
		must(bad >= text && bad_len > 0 && bad + bad_len <= text + strlen(text));
	check_permissions(text);
	free(text);
	return 0;
}
