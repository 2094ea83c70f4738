#include "policy/policy.h"

#include <string.h>

static const struct {
	const char *name, *means, *todo;
	enum policy_gate gate;
} reasons[REASON_COUNT] = {
#define REASON(id, name, gate, means, todo) [REASON_##id] = {name, means, todo, gate},
#include "policy/reasons.def"
#undef REASON
};

static const char *const gates[GATE_COUNT] = {
        [GATE_NONE] = "none",
        [GATE_REQUEST] = "request",
        [GATE_SERVER] = "server",
        [GATE_TRANSPORT] = "transport",
        [GATE_RATE] = "rate",
        [GATE_CREDENTIAL] = "credential",
        [GATE_FORM] = "form",
        [GATE_KNOWN] = "known",
        [GATE_ALIVE] = "alive",
        [GATE_OWNER] = "owner",
        [GATE_RETIREMENT] = "retirement",
        [GATE_ADDRESS] = "address",
        [GATE_SCOPE] = "scope",
        [GATE_REPOSITORY_LIMIT] = "repository-limit",
        [GATE_VISIBLE] = "visible",
        [GATE_ARCHIVED] = "archived",
        [GATE_RIGHT] = "right",
        [GATE_CREATE] = "create",
        [GATE_LIFETIME] = "lifetime",
        [GATE_CONTENT] = "content",
};

static const char *const rights[] = {"none", "read", "write", "admin"};
static const char *const visibilities[] = {"private", "internal", "public"};
static const char *const creations[] = {"off", "owners", "members"};

#define LENGTH(list) (sizeof(list) / sizeof *(list))

/* The place of a word in a list, or -1. */
static int place(const char *const *list, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], word) == 0)
			return (int)i;
	return -1;
}

const char *policy_reason_name(enum reason r)
{
	return (size_t)r < REASON_COUNT ? reasons[r].name : "unknown";
}

const char *policy_reason_means(enum reason r)
{
	return (size_t)r < REASON_COUNT ? reasons[r].means : "";
}

const char *policy_reason_todo(enum reason r)
{
	return (size_t)r < REASON_COUNT ? reasons[r].todo : "";
}

enum policy_gate policy_reason_gate(enum reason r)
{
	return (size_t)r < REASON_COUNT ? reasons[r].gate : GATE_NONE;
}

enum reason policy_reason_by_name(const char *name)
{
	size_t r = 0;

	while (r < REASON_COUNT && strcmp(reasons[r].name, name) != 0)
		r++;
	return (enum reason)r;
}

const char *policy_gate_name(enum policy_gate g)
{
	return (size_t)g < GATE_COUNT ? gates[g] : "unknown";
}

const char *policy_right_name(enum right r)
{
	return (size_t)r < LENGTH(rights) ? rights[r] : "unknown";
}

bool policy_right_parse(const char *text, enum right *out)
{
	int at = place(rights, LENGTH(rights), text);

	if (at >= 0)
		*out = (enum right)at;
	return at >= 0;
}

const char *policy_visibility_name(enum visibility v)
{
	return (size_t)v < LENGTH(visibilities) ? visibilities[v] : "unknown";
}

bool policy_visibility_parse(const char *text, enum visibility *out)
{
	int at = place(visibilities, LENGTH(visibilities), text);

	if (at >= 0)
		*out = (enum visibility)at;
	return at >= 0;
}

const char *policy_creation_name(enum creation_rule r)
{
	return (size_t)r < LENGTH(creations) ? creations[r] : "unknown";
}

bool policy_creation_parse(const char *text, enum creation_rule *out)
{
	int at = place(creations, LENGTH(creations), text);

	if (at >= 0)
		*out = (enum creation_rule)at;
	return at >= 0;
}
