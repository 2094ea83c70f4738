/* A ledger with people, repositories and tokens, to ask and to change while
 * things fail. ann owns ann/site and ann/other; bob owns nothing.
 */
#ifndef GATEHOUSE_TESTS_SCENE_H
#define GATEHOUSE_TESTS_SCENE_H

#include "smart/smart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum scene_token {
	TOKEN_WRITE,     /* ann's, for all of hers */
	TOKEN_READ,      /* ann's, read:repository only */
	TOKEN_OTHER,     /* ann's, for ann/other alone */
	TOKEN_ELSEWHERE, /* ann's, from 10.0.0.0/8 alone */
	TOKEN_REVOKED,
	TOKEN_BOB,
	TOKEN_DOOMED, /* ann's; a test revokes it */
	TOKEN_UNKNOWN,
	SCENE_TOKENS
};

struct scene {
	struct gate_settings settings;
	struct gate gate;
	struct gate_queue *queue;
	struct smart_memory *memory;
	struct gate_rates *rates;
	char token[SCENE_TOKENS][TOKEN_LEN + 1];
	struct err err;
	bool no_way_back; /* what fails goes on failing: an undo that writes fails too */
};

/* cmocka's group set-up and tear-down: *state is a struct scene. */
int scene_setup(void **state);
int scene_teardown(void **state);
void scene_issue(struct scene *s, const char *user, const char *name, const char *scopes,
                 const char *repositories, const char *addresses, char token[TOKEN_LEN + 1]);
void scene_repository(struct scene *s, const char *path);
/* The ledger as SQLite sees it: sound, and no row points nowhere. */
void scene_sound(struct scene *s);

#endif
