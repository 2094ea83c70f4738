/* What is made from the tables of commands, settings and reasons: manual pages
 * and the page of refusals. Only `gatehouse-papers`, a program of the build,
 * uses it.
 */
#ifndef GATEHOUSE_ADMIN_PAPERS_H
#define GATEHOUSE_ADMIN_PAPERS_H

#include "admin/admin_int.h"

/* -- man.c: manual pages in man(7) -- */
void admin_man_program(FILE *out);                          /* gatehouse(1) */
void admin_man_noun(FILE *out, const struct admin_noun *n); /* gatehouse-NOUN(1) */
void admin_man_settings(FILE *out);                         /* gatehouse.conf(5) */

/* -- conf.c: an example of gatehouse.conf -- */
void admin_conf(FILE *out);
/* -- completion.c: for bash -- */
void admin_completion(FILE *out);

#endif
