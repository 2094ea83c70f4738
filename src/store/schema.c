/* The schema as numbered steps. A step that was released never changes; a new
 * one is put behind it. A step and its number are one transaction, so that an
 * upgrade that breaks off leaves a ledger the older program can still use.
 *
 * The words of the tables: "never" is the largest number (CLOCK_NEVER), 0 in a
 * reference is NULL here, names are kept as typed and compared by NOCASE.
 */
#include "store/store_int.h"

#include <stdio.h>

const int store_schema = 16;

const struct schema_step store_steps[] = {
        /* 1: who and what there is */
        {1, "CREATE TABLE users ("
            " id INTEGER PRIMARY KEY AUTOINCREMENT,"
            " name TEXT NOT NULL COLLATE NOCASE UNIQUE,"
            " display TEXT NOT NULL,"
            " admin INTEGER NOT NULL CHECK (admin IN (0, 1)),"
            " created INTEGER NOT NULL,"
            " suspended INTEGER NOT NULL,"
            " suspend_reason TEXT NOT NULL) STRICT"},
        {1, "CREATE TABLE emails ("
            " id INTEGER PRIMARY KEY AUTOINCREMENT,"
            " user INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,"
            " email TEXT NOT NULL COLLATE NOCASE UNIQUE) STRICT"},
        {1, "CREATE INDEX emails_user ON emails (user)"},
        {1, "CREATE TABLE workspaces ("
            " id INTEGER PRIMARY KEY AUTOINCREMENT,"
            " name TEXT NOT NULL COLLATE NOCASE UNIQUE,"
            " display TEXT NOT NULL,"
            " creation INTEGER NOT NULL CHECK (creation BETWEEN 0 AND 2),"
            " personal INTEGER REFERENCES users,"
            " token_lifetime INTEGER NOT NULL,"
            " created INTEGER NOT NULL) STRICT"},
        /* one namespace: a row may name a user, a workspace, or a person's both */
        {1, "CREATE TABLE names ("
            " name TEXT NOT NULL COLLATE NOCASE PRIMARY KEY,"
            " user INTEGER REFERENCES users,"
            " workspace INTEGER REFERENCES workspaces ON DELETE CASCADE,"
            " alias INTEGER NOT NULL CHECK (alias IN (0, 1))) STRICT, WITHOUT ROWID"},
        {1, "CREATE TABLE members ("
            " workspace INTEGER NOT NULL REFERENCES workspaces ON DELETE CASCADE,"
            " user INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,"
            " role INTEGER NOT NULL CHECK (role IN (1, 2)),"
            " PRIMARY KEY (workspace, user)) STRICT, WITHOUT ROWID"},
        {1, "CREATE INDEX members_user ON members (user)"},
        {1, "CREATE TABLE teams ("
            " id INTEGER PRIMARY KEY AUTOINCREMENT,"
            " workspace INTEGER NOT NULL REFERENCES workspaces ON DELETE CASCADE,"
            " name TEXT NOT NULL COLLATE NOCASE,"
            " created INTEGER NOT NULL,"
            " UNIQUE (workspace, name)) STRICT"},
        {1, "CREATE TABLE team_members ("
            " user INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,"
            " team INTEGER NOT NULL REFERENCES teams ON DELETE CASCADE,"
            " PRIMARY KEY (user, team)) STRICT, WITHOUT ROWID"},
        {1, "CREATE INDEX team_members_team ON team_members (team)"},
        {1, "CREATE TABLE projects ("
            " id INTEGER PRIMARY KEY AUTOINCREMENT,"
            " workspace INTEGER NOT NULL REFERENCES workspaces ON DELETE CASCADE,"
            " name TEXT NOT NULL COLLATE NOCASE,"
            " description TEXT NOT NULL,"
            " created INTEGER NOT NULL,"
            " UNIQUE (workspace, name), UNIQUE (workspace, id)) STRICT"},
        {1, "CREATE TABLE repositories ("
            " id TEXT NOT NULL PRIMARY KEY,"
            " workspace INTEGER NOT NULL REFERENCES workspaces,"
            " project INTEGER,"
            " name TEXT NOT NULL COLLATE NOCASE,"
            " description TEXT NOT NULL,"
            " visibility INTEGER NOT NULL CHECK (visibility BETWEEN 0 AND 2),"
            " default_branch TEXT NOT NULL,"
            " format TEXT NOT NULL CHECK (format IN ('sha1', 'sha256')),"
            " object_check INTEGER NOT NULL CHECK (object_check BETWEEN 0 AND 2),"
            " created INTEGER NOT NULL,"
            " UNIQUE (workspace, name),"
            " FOREIGN KEY (workspace, project) REFERENCES projects (workspace, id))"
            " STRICT, WITHOUT ROWID"},
        {1, "CREATE INDEX repositories_project ON repositories (workspace, project)"},
        /* today's names and those left by renames: one key, so none is taken twice */
        {1, "CREATE TABLE repository_names ("
            " workspace INTEGER NOT NULL REFERENCES workspaces,"
            " name TEXT NOT NULL COLLATE NOCASE,"
            " repository TEXT NOT NULL REFERENCES repositories ON DELETE CASCADE,"
            " alias INTEGER NOT NULL CHECK (alias IN (0, 1)),"
            " PRIMARY KEY (workspace, name)) STRICT, WITHOUT ROWID"},
        {1, "CREATE INDEX repository_names_repository ON repository_names (repository)"},

        /* 2: who may do what */
        {2, "CREATE TABLE grants ("
            " id INTEGER PRIMARY KEY AUTOINCREMENT,"
            " object INTEGER NOT NULL CHECK (object BETWEEN 1 AND 3),"
            " object_id INTEGER NOT NULL,"
            " repository TEXT NOT NULL,"
            " subject INTEGER NOT NULL CHECK (subject BETWEEN 1 AND 3),"
            " subject_id INTEGER NOT NULL,"
            " level INTEGER NOT NULL CHECK (level BETWEEN 1 AND 3),"
            " created INTEGER NOT NULL,"
            " UNIQUE (object, object_id, repository, subject, subject_id)) STRICT"},
        {2, "CREATE INDEX grants_subject ON grants (subject, subject_id)"},
        {2, "CREATE TABLE credentials ("
            " id INTEGER PRIMARY KEY AUTOINCREMENT,"
            " kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 9),"
            " owner INTEGER NOT NULL CHECK (owner BETWEEN 1 AND 4),"
            " owner_id INTEGER NOT NULL,"
            " owner_repository TEXT NOT NULL,"
            " name TEXT NOT NULL COLLATE NOCASE,"
            " hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),"
            " scopes INTEGER NOT NULL,"
            " created INTEGER NOT NULL,"
            " not_before INTEGER NOT NULL,"
            " expires INTEGER NOT NULL,"
            " created_by TEXT NOT NULL,"
            " revoked INTEGER NOT NULL,"
            " revoked_by TEXT NOT NULL,"
            " revoke_reason TEXT NOT NULL,"
            " leaked INTEGER NOT NULL CHECK (leaked IN (0, 1)),"
            " used INTEGER NOT NULL,"
            " used_from TEXT NOT NULL,"
            " refused INTEGER NOT NULL,"
            " refused_from TEXT NOT NULL,"
            " refused_why TEXT NOT NULL,"
            " bot_email TEXT NOT NULL) STRICT"},
        /* unique among the living of one owner; keys (kind 8, 9) and secrets apart */
        {2, "CREATE UNIQUE INDEX credentials_living ON credentials"
            " (owner, owner_id, owner_repository, (kind >= 8), name)"
            " WHERE revoked = 9223372036854775807"},
        {2, "CREATE INDEX credentials_name ON credentials (owner, owner_id, name, revoked)"},
        {2, "CREATE TABLE credential_limits ("
            " credential INTEGER NOT NULL REFERENCES credentials ON DELETE CASCADE,"
            " kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 4),"
            " value TEXT NOT NULL,"
            " PRIMARY KEY (credential, kind, value)) STRICT, WITHOUT ROWID"},

        /* 3: what happened */
        {3, "CREATE TABLE audit ("
            " id INTEGER PRIMARY KEY AUTOINCREMENT,"
            " reference TEXT NOT NULL,"
            " kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3),"
            " at INTEGER NOT NULL,"
            " last INTEGER NOT NULL,"
            " count INTEGER NOT NULL,"
            " reason TEXT NOT NULL,"
            " actor TEXT NOT NULL COLLATE NOCASE,"
            " credential INTEGER NOT NULL,"
            " credential_name TEXT NOT NULL,"
            " operation TEXT NOT NULL,"
            " object TEXT NOT NULL COLLATE NOCASE,"
            " address TEXT NOT NULL,"
            " agent TEXT NOT NULL,"
            " gates TEXT NOT NULL,"
            " note TEXT NOT NULL) STRICT"},
        {3, "CREATE INDEX audit_reference ON audit (reference)"},
        {3, "CREATE INDEX audit_at ON audit (at)"},
        {3, "CREATE INDEX audit_actor ON audit (actor, at)"},
        {3, "CREATE INDEX audit_stranger ON audit ((kind = 3))"},

        /* 4: repositories that are read-only */
        {4, "ALTER TABLE repositories ADD COLUMN archived INTEGER NOT NULL DEFAULT 0"},
        {4, "ALTER TABLE repositories ADD COLUMN archived_by TEXT NOT NULL DEFAULT ''"},

        /* 5: one-time links: for a user, or for who has an address and no account yet */
        {5, "CREATE TABLE links ("
            " id INTEGER PRIMARY KEY AUTOINCREMENT,"
            " kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 2),"
            " user INTEGER REFERENCES users ON DELETE CASCADE,"
            " email TEXT NOT NULL COLLATE NOCASE,"
            " hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),"
            " created INTEGER NOT NULL,"
            " created_by TEXT NOT NULL,"
            " expires INTEGER NOT NULL,"
            " how INTEGER NOT NULL CHECK (how BETWEEN 0 AND 3),"
            " ended INTEGER NOT NULL,"
            " ended_by TEXT NOT NULL,"
            " CHECK (user IS NOT NULL OR (kind = 1 AND email <> ''))) STRICT"},
        /* one lives for each person */
        {5, "CREATE UNIQUE INDEX links_user ON links (user) WHERE how = 0 AND user IS NOT NULL"},
        {5, "CREATE UNIQUE INDEX links_email ON links (email) WHERE how = 0 AND user IS NULL"},

        /* 6: when a credential was first sent without TLS where that is required */
        {6, "ALTER TABLE credentials ADD COLUMN exposed INTEGER NOT NULL DEFAULT 0"},

        /* 7: repositories that were deleted and are kept for a while. `name` is then
           one that no repository can have, so that the old one is free. */
        {7, "ALTER TABLE repositories ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0"},
        {7, "ALTER TABLE repositories ADD COLUMN deleted_by TEXT NOT NULL DEFAULT ''"},
        {7, "ALTER TABLE repositories ADD COLUMN deleted_name TEXT NOT NULL DEFAULT ''"},
        {7, "ALTER TABLE repositories ADD COLUMN kept_until INTEGER NOT NULL DEFAULT 0"},
        /* names that lead nowhere now: cause 1, an alias that was ended; 2, an alias
           of a deleted repository */
        {7, "CREATE TABLE ended_names ("
            " workspace INTEGER NOT NULL REFERENCES workspaces,"
            " name TEXT NOT NULL COLLATE NOCASE,"
            " repository TEXT NOT NULL REFERENCES repositories ON DELETE CASCADE,"
            " cause INTEGER NOT NULL CHECK (cause IN (1, 2)),"
            " PRIMARY KEY (workspace, name, repository)) STRICT, WITHOUT ROWID"},
        {7, "CREATE INDEX ended_names_repository ON ended_names (repository)"},

        /* 8: addresses from before, of one path part or many: "git/team/project".
           state 0: it leads to the repository; 1: it was ended; 2: the repository was
           deleted */
        {8, "CREATE TABLE addresses ("
            " path TEXT NOT NULL COLLATE NOCASE PRIMARY KEY,"
            " repository TEXT NOT NULL REFERENCES repositories ON DELETE CASCADE,"
            " state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2)) STRICT, WITHOUT ROWID"},
        {8, "CREATE INDEX addresses_repository ON addresses (repository)"},

        /* 9: repositories that are served where they lie, and whether hooks of theirs run */
        {9, "ALTER TABLE repositories ADD COLUMN folder TEXT NOT NULL DEFAULT ''"},
        {9, "ALTER TABLE repositories ADD COLUMN hooks INTEGER NOT NULL DEFAULT 0"
            " CHECK (hooks IN (0, 1))"},
        {9, "CREATE UNIQUE INDEX repositories_folder ON repositories (folder)"
            " WHERE folder <> ''"},

        /* 10: secrets that a newer one replaced, each with its overlap; when the newest
           was made (0: with the credential) and first used (0: not yet) */
        {10, "CREATE TABLE former_secrets ("
             " hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),"
             " credential INTEGER NOT NULL REFERENCES credentials ON DELETE CASCADE,"
             " replaced INTEGER NOT NULL,"
             " until INTEGER NOT NULL,"
             " until_used INTEGER NOT NULL CHECK (until_used IN (0, 1)),"
             " late INTEGER NOT NULL,"
             " late_from TEXT NOT NULL) STRICT, WITHOUT ROWID"},
        {10, "CREATE INDEX former_secrets_credential ON former_secrets (credential)"},
        {10, "ALTER TABLE credentials ADD COLUMN secret_made INTEGER NOT NULL DEFAULT 0"},
        {10, "ALTER TABLE credentials ADD COLUMN secret_used INTEGER NOT NULL DEFAULT 0"},
        {10, "CREATE INDEX credentials_owner ON credentials (owner, owner_id, owner_repository)"},

        /* 11: SSH keys are credentials of kind 8 and 9; `hash` is then the SHA-256 that
           the key's fingerprint shows. Here are the key itself, and the repositories that
           an access key serves besides the one that owns it; users may ask for keys that
           live on a security key */
        {11, "CREATE TABLE ssh_keys ("
             " credential INTEGER PRIMARY KEY REFERENCES credentials ON DELETE CASCADE,"
             " blob BLOB NOT NULL) STRICT"},
        {11, "CREATE TABLE key_repositories ("
             " credential INTEGER NOT NULL REFERENCES credentials ON DELETE CASCADE,"
             " repository TEXT NOT NULL REFERENCES repositories ON DELETE CASCADE,"
             " PRIMARY KEY (credential, repository)) STRICT, WITHOUT ROWID"},
        {11, "CREATE INDEX key_repositories_repository ON key_repositories (repository)"},
        {11, "ALTER TABLE users ADD COLUMN hardware_keys INTEGER NOT NULL DEFAULT 0"
             " CHECK (hardware_keys IN (0, 1))"},

        /* 12: kinds of credential on their way out: whom it chooses, and when which stage
           begins; times and phases are lists of numbers (retirement.c) */
        {12, "CREATE TABLE retirements ("
             " id INTEGER PRIMARY KEY AUTOINCREMENT,"
             " name TEXT NOT NULL COLLATE NOCASE UNIQUE,"
             " kinds INTEGER NOT NULL CHECK (kinds > 0),"
             " without_expiry INTEGER NOT NULL CHECK (without_expiry IN (0, 1)),"
             " made_before INTEGER NOT NULL,"
             " notice INTEGER NOT NULL,"
             " ends INTEGER NOT NULL,"
             " utc_offset INTEGER NOT NULL,"
             " times TEXT NOT NULL,"
             " phases TEXT NOT NULL,"
             " created INTEGER NOT NULL,"
             " created_by TEXT NOT NULL) STRICT"},

        /* 13: what a credential's sessions are told, and the networks it was used from;
           fresh: it had been used from another one before */
        {13, "ALTER TABLE credentials ADD COLUMN quiet INTEGER NOT NULL DEFAULT 0"
             " CHECK (quiet IN (0, 1))"},
        {13, "ALTER TABLE credentials ADD COLUMN alerts INTEGER NOT NULL DEFAULT 0"
             " CHECK (alerts IN (0, 1))"},
        {13, "CREATE TABLE credential_networks ("
             " credential INTEGER NOT NULL REFERENCES credentials ON DELETE CASCADE,"
             " network TEXT NOT NULL,"
             " first INTEGER NOT NULL,"
             " last INTEGER NOT NULL,"
             " fresh INTEGER NOT NULL CHECK (fresh IN (0, 1)),"
             " PRIMARY KEY (credential, network)) STRICT, WITHOUT ROWID"},

        /* 14: who was a member of a workspace, and until when; deleted repositories are
           found by the name they had */
        {14, "CREATE TABLE former_members ("
             " workspace INTEGER NOT NULL REFERENCES workspaces ON DELETE CASCADE,"
             " user INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,"
             " ended INTEGER NOT NULL,"
             " PRIMARY KEY (workspace, user)) STRICT, WITHOUT ROWID"},
        {14, "CREATE INDEX repositories_deleted ON repositories (workspace, deleted_name COLLATE "
             "NOCASE)"
             " WHERE deleted <> 0"},

        /* 15: credentials from whose scopes nothing follows: those that push and do not
           read. The life that a former secret had: a workspace's rule goes on to bar
           what it barred; 0: of one replaced before this step */
        {15, "ALTER TABLE credentials ADD COLUMN exact INTEGER NOT NULL DEFAULT 0"
             " CHECK (exact IN (0, 1))"},
        {15, "ALTER TABLE former_secrets ADD COLUMN life INTEGER NOT NULL DEFAULT 0"},
        {15, "CREATE INDEX repositories_deleted_when ON repositories (deleted) WHERE deleted <> 0"},

        /* 16: authorities that sign SSH certificates; `hash` is the SHA-256 that the key's
           fingerprint shows. limits: kinds as in credential_limits. Of certificates only
           those are kept that were revoked: kind 1, by their serial in decimal; 2, by their
           key id */
        {16, "CREATE TABLE ssh_authorities ("
             " id INTEGER PRIMARY KEY AUTOINCREMENT,"
             " name TEXT NOT NULL COLLATE NOCASE,"
             " hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),"
             " blob BLOB NOT NULL,"
             " scopes INTEGER NOT NULL,"
             " created INTEGER NOT NULL,"
             " created_by TEXT NOT NULL,"
             " revoked INTEGER NOT NULL,"
             " revoked_by TEXT NOT NULL,"
             " revoke_reason TEXT NOT NULL,"
             " used INTEGER NOT NULL,"
             " used_from TEXT NOT NULL,"
             " refused INTEGER NOT NULL,"
             " refused_from TEXT NOT NULL,"
             " refused_why TEXT NOT NULL) STRICT"},
        {16, "CREATE UNIQUE INDEX ssh_authorities_living ON ssh_authorities (name)"
             " WHERE revoked = 9223372036854775807"},
        {16, "CREATE TABLE authority_limits ("
             " authority INTEGER NOT NULL REFERENCES ssh_authorities ON DELETE CASCADE,"
             " kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 4),"
             " value TEXT NOT NULL,"
             " PRIMARY KEY (authority, kind, value)) STRICT, WITHOUT ROWID"},
        {16, "CREATE TABLE revoked_certificates ("
             " authority INTEGER NOT NULL REFERENCES ssh_authorities ON DELETE CASCADE,"
             " kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 2),"
             " value TEXT NOT NULL,"
             " revoked INTEGER NOT NULL,"
             " revoked_by TEXT NOT NULL,"
             " reason TEXT NOT NULL,"
             " PRIMARY KEY (authority, kind, value)) STRICT, WITHOUT ROWID"},
};
const size_t store_step_count = sizeof store_steps / sizeof *store_steps;

static int read_number(struct store *s, const char *sql, int64_t *out, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int result = sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL);
	int code = 0;

	if (result == SQLITE_OK)
		result = sqlite3_step(stmt);
	if (result == SQLITE_ROW)
		*out = sqlite3_column_int64(stmt, 0);
	else
		code = store_fault(s->db, result, err);
	sqlite3_finalize(stmt);
	return code;
}

/* The schema's number of the file: 0 for an empty one. A file of somebody else
 * is refused. */
static int look(struct store *s, int64_t *version, struct err *err)
{
	int64_t application = 0, things = 0;
	int code = read_number(s, "PRAGMA user_version", version, err);

	if (!code)
		code = read_number(s, "PRAGMA application_id", &application, err);
	if (!code && application == STORE_APPLICATION && *version > 0)
		return 0;
	if (!code)
		code = read_number(s, "SELECT count(*) FROM sqlite_master", &things, err);
	if (!code && (application || *version || things))
		return err_set(err, ERR_INVALID,
		               "this is a database, but not a ledger of Gatehouse");
	return code;
}

static int run(struct store *s, const char *sql, struct err *err)
{
	int result = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return result == SQLITE_OK ? 0 : store_fault(s->db, result, err);
}

/* All of it at one moment: another process may be making the ledger. */
static int read_version(struct store *s, int64_t *version, struct err *err)
{
	bool alone = sqlite3_get_autocommit(s->db) != 0;
	int code = alone ? run(s, "BEGIN", err) : 0;

	if (!code)
		code = look(s, version, err);
	if (alone)
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return code;
}

static int run_step(struct store *s, const struct schema_step *steps, size_t count, int number,
                    struct err *err)
{
	char sql[96];
	int code = 0;

	for (size_t i = 0; !code && i < count; i++)
		if (steps[i].number == number)
			code = run(s, steps[i].sql, err);
	snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d",
	         STORE_APPLICATION, number);
	return code ? code : run(s, sql, err);
}

/* One step up. Another process may have been quicker: the number is read again
 * under the lock. */
static int climb(struct store *s, const struct schema_step *steps, size_t count, int64_t *version,
                 struct err *err)
{
	int last = steps[count - 1].number;
	int64_t now = 0;
	int code = store_begin(s, err);

	if (code)
		return code;
	code = read_version(s, &now, err);
	if (!code && now < last) {
		code = run_step(s, steps, count, (int)now + 1, err);
		if (code)
			err_prefix(err, "step %d of the schema failed and was undone",
			           (int)now + 1);
		else
			now++;
	}
	if (!code)
		code = store_commit(s, err);
	store_rollback(s);
	if (!code)
		*version = now;
	return code;
}

static int refuse_newer(int64_t version, int last, struct err *err)
{
	return err_set(err, ERR_NEWER,
	               "the ledger has schema %d, and this program knows schemas up to %d: "
	               "it was made by a newer version of Gatehouse",
	               (int)version, last);
}

int store_schema_look(struct store *s, const struct schema_step *steps, size_t count,
                      struct err *err)
{
	int last = steps[count - 1].number;
	int64_t version = 0;
	int code = read_version(s, &version, err);

	if (!code && version > last)
		return refuse_newer(version, last, err);
	return code;
}

int store_schema_raise(struct store *s, const struct schema_step *steps, size_t count,
                       struct err *err)
{
	int last = steps[count - 1].number;
	int64_t version = 0;
	int code = read_version(s, &version, err);

	if (!code && version < last && s->mode == STORE_READ)
		return err_set(err, ERR_INVALID,
		               "the ledger has schema %d and needs an upgrade to %d: "
		               "the server, or a command that writes, does it",
		               (int)version, last);
	while (!code && version < last)
		code = climb(s, steps, count, &version, err);
	if (!code && version > last)
		return refuse_newer(version, last, err);
	return code;
}
