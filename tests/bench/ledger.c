/* How much longer a decision takes when the ledger is large: `ledger FOLDER
 * CREDENTIALS REPOSITORIES` fills a ledger of a hundred credentials and ten
 * repositories, and one of that many, and asks both in turn, as a request does:
 * whose secret is it, and may they read this one. docs/bench.md */
#include "gate/access.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define ROUNDS 31
#define ASKED 500 /* in a round */
#define PER_USER 10

struct ledger {
	struct gate_settings settings;
	struct gate gate;
	int credentials, repositories;
	double took[ROUNDS]; /* microseconds for one decision */
};

static struct err err;

static void must(int rc)
{
	if (!rc)
		return;
	fprintf(stderr, "ledger: %s\n", err.text);
	exit(1);
}

/* The secret of a number: of the right form, and nobody's elsewhere. */
static void secret_of(int number, char out[TOKEN_LEN + 1])
{
	uint8_t bytes[TOKEN_RANDOM] = {0};

	memcpy(bytes, &number, sizeof(number));
	must(policy_token_write(CREDENTIAL_API_TOKEN, bytes, out));
}

static void add_user(struct ledger *l, int number, int64_t *id)
{
	struct store_user u = {0};

	snprintf(u.name, sizeof(u.name), "u%07d", number);
	must(store_user_add(l->gate.store, &u, 1, &err));
	*id = u.id;
}

static void add_credential(struct ledger *l, int number, int64_t user)
{
	char secret[TOKEN_LEN + 1];
	struct store_credential c = {.kind = CREDENTIAL_API_TOKEN,
	                             .owner = OWNER_USER,
	                             .owner_id = user,
	                             .scopes = SCOPE_WRITE_REPOSITORY,
	                             .created = 1,
	                             .expires = CLOCK_NEVER,
	                             .revoked = CLOCK_NEVER};

	secret_of(number, secret);
	gate_secret_hash(secret, TOKEN_LEN, c.hash);
	snprintf(c.name, sizeof(c.name), "t%d", number);
	must(store_credential_add(l->gate.store, &c, &err));
}

/* Repository r lies in the workspace of user r, who alone has a right on it. */
static void add_repository(struct ledger *l, int number)
{
	struct store_repository r = {.format = "sha1"};
	struct store_workspace w;
	char name[NAME_OWNER_SIZE];

	snprintf(name, sizeof(name), "u%07d", number);
	must(store_workspace_get(l->gate.store, name, &w, &err));
	r.workspace = w.id;
	snprintf(r.id, sizeof(r.id), "%032x", number);
	snprintf(r.name, sizeof(r.name), "site");
	must(store_repository_add(l->gate.store, &r, 1, &err));
}

static void fill(struct ledger *l)
{
	int64_t user = 0;

	if (!store_user_get(l->gate.store, "u0000000", &(struct store_user){0}, NULL))
		return; /* filled by an earlier run */
	must(store_begin(l->gate.store, &err));
	for (int n = 0; n < l->credentials; n++) {
		if (n % PER_USER == 0)
			add_user(l, n / PER_USER, &user);
		add_credential(l, n, user);
	}
	for (int n = 0; n < l->repositories; n++)
		add_repository(l, n);
	must(store_commit(l->gate.store, &err));
}

static void begin(struct ledger *l, const char *folder, const char *name)
{
	must(settings_defaults(gate_settings_table, &l->settings, &err));
	snprintf(l->settings.data, sizeof(l->settings.data), "%s/%s", folder, name);
	must(gate_settings_finish(&l->settings, &err));
	must(gate_open(&l->gate, &l->settings, STORE_WRITE, &err));
	fill(l);
}

static void ask(struct ledger *l, int number)
{
	char header[96], workspace[NAME_OWNER_SIZE];
	const char *headers[] = {header};
	struct gate_presented p;
	struct gate_session s;
	struct gate_decision d;
	const struct gate_ask question = {.operation = OPERATION_READ,
	                                  .workspace = workspace,
	                                  .repository = "site",
	                                  .address = "192.0.2.1",
	                                  .server = SERVER_READY,
	                                  .now = 2};

	strcpy(header, "Bearer ");
	secret_of(number, header + strlen(header));
	snprintf(workspace, sizeof(workspace), "u%07d", number / PER_USER);
	gate_present(&p, headers, 1);
	must(gate_authenticate(&l->gate, &p, &s, &err));
	gate_present_clear(&p);
	must(gate_authorise(&l->gate, &s, &question, &d, &err));
	if (d.verdict.reason != REASON_ALLOWED)
		must(err_set(&err, ERR_INVALID, "%s", policy_reason_name(d.verdict.reason)));
	gate_decision_clear(&d);
}

static double measure(struct ledger *l, unsigned round)
{
	struct timespec from, to;
	unsigned dice = round + 1;

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int n = 0; n < ASKED; n++) {
		dice = dice * 1664525 + 1013904223;
		ask(l, (int)((dice >> 4) % (unsigned)l->credentials));
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	return ((double)(to.tv_sec - from.tv_sec) * 1e6 +
	        (double)(to.tv_nsec - from.tv_nsec) / 1e3) /
	       ASKED;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double middle(struct ledger *l)
{
	qsort(l->took, ROUNDS, sizeof(*l->took), by_size);
	return l->took[ROUNDS / 2];
}

int main(int argc, char **argv)
{
	struct ledger *small = calloc(1, sizeof(*small)), *large = calloc(1, sizeof(*large));

	if (argc != 4 || !small || !large)
		return 2;
	small->credentials = 100;
	small->repositories = 10;
	large->credentials = atoi(argv[2]);
	large->repositories = atoi(argv[3]);
	if (large->credentials < 100 || large->repositories * PER_USER > large->credentials)
		return 2;
	begin(small, argv[1], "small");
	begin(large, argv[1], "large");
	for (unsigned round = 0; round < ROUNDS; round++) {
		small->took[round] = measure(small, round);
		large->took[round] = measure(large, round);
	}
	double few = middle(small), many = middle(large);
	printf("a decision, 100 credentials: %.1f us; %d credentials, %d repositories: %.1f us; "
	       "ratio %.2f\n",
	       few, large->credentials, large->repositories, many, many / few);
	gate_close(&small->gate);
	gate_close(&large->gate);
	free(small);
	free(large);
	return 0;
}
