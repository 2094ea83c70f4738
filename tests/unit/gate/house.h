/* A ledger of its own for each test: a data folder under /tmp with the users
 * ann and bob and the workspace acme, which is ann's. */
#ifndef GATEHOUSE_TESTS_GATE_HOUSE_H
#define GATEHOUSE_TESTS_GATE_HOUSE_H

#include "gate/gate.h"

struct house {
	struct gate_settings settings;
	struct gate gate;
	struct err err;
};

/* cmocka's setup and teardown: *state is a struct house. */
int house_setup(void **state);
int house_teardown(void **state);
/* Makes a private repository. */
void house_repository(struct house *h, const char *path, struct store_repository *out);
/* The newest row of the audit. */
void house_last_audit(struct house *h, struct store_audit *out);

#endif
