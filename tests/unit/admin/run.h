/* Runs the program under test and keeps what it said. */
#ifndef GATEHOUSE_TESTS_ADMIN_RUN_H
#define GATEHOUSE_TESTS_ADMIN_RUN_H

#include "store/store.h"

#include <jansson.h>

struct run {
	char folder[64]; /* of this test alone; data lies in folder/data */
	char data[80];
	char out[65536], complaints[65536];
	int status;
};

int run_setup(void **state);
int run_setup_ann(void **state); /* with the user ann and the repository ann/site */
int run_teardown(void **state);
/* Words separated by spaces; "''" is an empty one, ~ within a word a space.
 * `--data FOLDER` goes before them. Returns the exit status. */
int run(struct run *r, const char *line);
int run_plain(struct run *r, const char *line); /* without --data */
void run_fine(struct run *r, const char *line); /* must be 0 */
/* Must exit with status, print nothing but a complaint that holds `word`. */
void run_fails(struct run *r, const char *line, int status, const char *word);
/* The output as JSON; fails the test when it is none. */
json_t *run_json(struct run *r, const char *line);
const char *json_text(const json_t *json, const char *key); /* "" when it is no string */
/* Writes a row of the audit as a running server does. */
void run_audit_row(struct run *r, const struct store_audit *row);

#endif
