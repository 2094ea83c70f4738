#include "gate/gate_int.h"

#include "base/clock.h"
#include "base/random.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Makes the folder and the parents it lacks. Only the last one holds secrets. */
static int make_folder(const char *path, struct err *err)
{
	char part[SETTINGS_TEXT];
	gate_put(part, sizeof(part), "%s", path);
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return err_system(err, errno, "can't make the folder %s", part);
		*slash = '/';
	}
	if (mkdir(part, 0700) < 0 && errno != EEXIST)
		return err_system(err, errno, "can't make the data folder %s", part);
	return 0;
}

int gate_open(struct gate *g, const struct gate_settings *settings, enum store_mode mode,
              struct err *err)
{
	char path[SETTINGS_TEXT + 32];
	struct store *store = NULL;
	int rc = 0;

	memset(g, 0, sizeof(*g));
	if (sodium_init() < 0)
		return err_set(err, ERR_IO, "libsodium can't start");
	if (mode == STORE_WRITE)
		rc = make_folder(settings->data, err);
	if (!rc)
		rc = store_open(&store, gate_settings_database(settings, path), mode, err);
	if (rc)
		return rc;
	g->store = store;
	g->settings = settings;
	return 0;
}

void gate_close(struct gate *g)
{
	store_close(g->store);
	g->store = NULL;
}

int gate_readable(struct gate *g, struct err *err)
{
	struct store_user u;
	int rc = store_user_get_id(g->store, 0, &u, err); /* nobody has this number */

	return rc == ERR_NOT_FOUND ? 0 : rc;
}

int gate_change_begin(struct gate *g, struct err *err)
{
	return store_begin(g->store, err);
}

int gate_change_end(struct gate *g, int rc, const struct gate_change *change, struct err *err)
{
	struct store_audit row;

	if (!rc) {
		memset(&row, 0, sizeof(row));
		random_reference(row.reference, GATE_REFERENCE);
		row.kind = AUDIT_CHANGE;
		row.at = row.last = clock_now();
		row.count = 1;
		gate_put(row.reason, sizeof(row.reason), "%s", change->verb);
		gate_put(row.actor, sizeof(row.actor), "%s", g->actor);
		gate_put(row.object, sizeof(row.object), "%s", change->object);
		gate_put(row.note, sizeof(row.note), "%s", change->note ? change->note : "");
		if (change->credential) {
			row.credential = change->credential->id;
			gate_put(row.credential_name, sizeof(row.credential_name), "%s",
			         change->credential->name);
		}
		rc = store_audit_add(g->store, &row, err);
	}
	if (!rc)
		rc = store_commit(g->store, err);
	if (rc)
		store_rollback(g->store);
	return rc;
}

void gate_secret_hash(const void *secret, size_t len, uint8_t out[STORE_HASH])
{
	crypto_generichash(out, STORE_HASH, secret, len, NULL, 0);
}
