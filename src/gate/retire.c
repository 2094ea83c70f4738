/* Kinds of credential that are on their way out. */
#include "gate/gate.h"

enum standing gate_standing(const struct gate *g, const struct store_credential *c)
{
	bool app_password = c->kind == CREDENTIAL_APP_PASSWORD;

	return app_password && !g->settings->app_passwords ? STANDING_OFF : STANDING_ALLOWED;
}
