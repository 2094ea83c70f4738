/* A ledger in a folder of its own for each test, and short ways to fill it.
 * Nothing here knows the backend; what must (running out of space, losing
 * patience) is in struct backend, one per backend. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct backend {
	void (*fill)(struct store *s);      /* from now on there is no space */
	void (*unfill)(struct store *s);    /* there is space again */
	void (*impatient)(struct store *s); /* do not wait for another writer */
};
extern const struct backend backend;

struct fixture {
	char folder[64], path[96];
	struct store *s; /* writes; a transaction is open when the test begins */
	struct err err;
};

int fixture_up(void **state);
int fixture_down(void **state);

void check_ok(struct fixture *f, int code, const char *what, const char *file, int line);
void check_fails(struct fixture *f, int code, int want, const char *what, const char *file,
                 int line);
#define ok(call) check_ok(f, (call), #call, __FILE__, __LINE__)
#define fails(want, call) check_fails(f, (call), want, #call, __FILE__, __LINE__)

/* Commits what was written, so that others see it, and begins anew. */
void keep(struct fixture *f);

int64_t add_user(struct fixture *f, const char *name);
int64_t add_workspace(struct fixture *f, const char *name, int64_t owner);
int64_t add_group(struct fixture *f, int64_t workspace, const char *name);
int64_t add_project(struct fixture *f, int64_t workspace, const char *name);
struct store_repository add_repository(struct fixture *f, int64_t workspace, int64_t project,
                                       const char *name);
/* A living API token; the seed makes the hash. */
struct store_credential token(int64_t user, const char *name, unsigned char seed);
void grant(struct fixture *f, enum grant_subject subject, int64_t subject_id,
           enum grant_object object, int64_t object_id, const char *repository, enum right right);
enum right right_of_bot(struct fixture *f, const struct store_credential *c,
                        const struct store_repository *r);

/* For lists: the names, each with a space behind. */
struct names {
	char text[512];
	int count;
	int most; /* stops with 7 after so many, when not 0 */
};
int take_name(struct names *n, const char *name);
int take_text(void *arg, const char *text);
int credential_name(void *arg, const struct store_credential *c);

#define test(name_) cmocka_unit_test_setup_teardown(name_, fixture_up, fixture_down)

#endif
