/* Scopes: what a credential may be used for. */
#ifndef GATEHOUSE_POLICY_SCOPE_H
#define GATEHOUSE_POLICY_SCOPE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A set of scopes, one bit each. */
typedef uint32_t scope_set_t; /* the one typedef: a number, no struct */

#define SCOPE_READ_REPOSITORY (UINT32_C(1) << 0)
#define SCOPE_WRITE_REPOSITORY (UINT32_C(1) << 1)
#define SCOPE_ADMIN_REPOSITORY (UINT32_C(1) << 2)
#define SCOPE_DELETE_REPOSITORY (UINT32_C(1) << 3)
#define SCOPE_READ_PROJECT (UINT32_C(1) << 4)
#define SCOPE_ADMIN_PROJECT (UINT32_C(1) << 5)
#define SCOPE_READ_WORKSPACE (UINT32_C(1) << 6)
#define SCOPE_ADMIN_WORKSPACE (UINT32_C(1) << 7)
#define SCOPE_READ_USER (UINT32_C(1) << 8)
#define SCOPE_WRITE_USER (UINT32_C(1) << 9)
#define SCOPE_READ_SSH_KEY (UINT32_C(1) << 10)
#define SCOPE_WRITE_SSH_KEY (UINT32_C(1) << 11)
#define SCOPE_DELETE_SSH_KEY (UINT32_C(1) << 12)
#define SCOPE_READ_WEBHOOK (UINT32_C(1) << 13)
#define SCOPE_WRITE_WEBHOOK (UINT32_C(1) << 14)
#define SCOPE_DELETE_WEBHOOK (UINT32_C(1) << 15)
#define SCOPE_READ_PERMISSION (UINT32_C(1) << 16)
#define SCOPE_WRITE_PERMISSION (UINT32_C(1) << 17)
#define SCOPE_DELETE_PERMISSION (UINT32_C(1) << 18)
#define SCOPE_READ_TOKEN (UINT32_C(1) << 19)
#define SCOPE_WRITE_TOKEN (UINT32_C(1) << 20)
#define SCOPE_COUNT 21
#define SCOPE_ALL ((UINT32_C(1) << SCOPE_COUNT) - 1)
/* No scope, but a mark on a set: nothing in it brings anything else with it. With
 * write:repository alone that is a credential which pushes and does not read. */
#define SCOPE_EXACT (UINT32_C(1) << 31)

/* One scope as a person types it: "read:repository", the same with
 * ":bitbucket" behind, or a classic name ("repository", "repository:write",
 * "repository:admin", "repository:delete", "project", "project:admin", "account" …), or a preset
 * (clone, clone-and-push, ci, admin). Case does not matter. Returns the bit (the classic "webhook"
 * and the preset "admin" stand for several), or 0 when the name is unknown. Length-bounded text. */
scope_set_t policy_scope_parse(const char *text, size_t len);
/* A list separated by commas or white space. On an unknown name returns false
 * and points *bad / *bad_len at it. An empty list gives the empty set. */
bool policy_scope_parse_list(const char *text, scope_set_t *out, const char **bad, size_t *bad_len);
/* The same for the permissions of an app password, where the names of what is not
 * here (pull requests, issues, pipelines …) are no mistake: they open nothing, and
 * go into idle, "pullrequest, issue:write", unless that is NULL. */
bool policy_permission_parse_list(const char *text, scope_set_t *out, struct buf *idle,
                                  const char **bad, size_t *bad_len);
/* With everything implied: write:repository brings read:repository, unless the set
 * is exact; nothing else implies anything. */
scope_set_t policy_scope_expand(scope_set_t set);
/* The canonical name of one bit; "" for none. */
const char *policy_scope_name(scope_set_t bit);
/* Does it push without reading? */
bool policy_scope_only_push(scope_set_t set);
/* Adds "read:repository, write:repository" (in bit order) or "none"; behind one
 * that only pushes "(without read:repository)". */
int policy_scope_write(struct buf *out, scope_set_t set);

#endif
