#include "base/question.h"

#include <stddef.h>

static const struct {
	enum question_role role;
	enum question_type type;
} allowed[] = {
        {ROLE_HTTP, Q_READY},   {ROLE_HTTP, Q_REQUEST}, {ROLE_HTTP, Q_GONE},
        {ROLE_HTTP, Q_COUNTS},  {ROLE_SSH, Q_READY},    {ROLE_SSH, Q_KEY},
        {ROLE_SSH, Q_EXEC},     {ROLE_SSH, Q_GONE},     {ROLE_SSH, Q_COUNTS},
        {ROLE_COMMAND, Q_EXEC}, {ROLE_COMMAND, Q_GONE}, {ROLE_HOOK, Q_PRE_RECEIVE},
};

bool question_allowed(enum question_role role, uint16_t type)
{
	for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++) {
		if (allowed[i].role == role && allowed[i].type == type)
			return true;
	}
	return false;
}
