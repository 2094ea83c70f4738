/* Names of users, workspaces and repositories: the rules of DESIGN.md,
 * "Names, addresses, storage". They can't be changed later. */
#ifndef GATEHOUSE_POLICY_NAME_H
#define GATEHOUSE_POLICY_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define NAME_OWNER_MAX 62 /* characters of a user or workspace name */
#define NAME_REPOSITORY_MAX 100
#define NAME_OWNER_SIZE 63
#define NAME_REPOSITORY_SIZE 101
#define NAME_PATH_SIZE (NAME_OWNER_SIZE + NAME_REPOSITORY_SIZE) /* "ws/repo" */
#define NAME_ADDRESS_MAX 160 /* of an old address, "git/team/project"; fits NAME_PATH_SIZE */
#define NAME_ADDRESS_PARTS 8

/* Why a name is refused, in words ("names begin with a letter or digit");
 * NULL when it is fine. Owners: reserved words, and names that begin like a
 * token ("gthu_"), are refused too. */
const char *policy_name_owner_fault(const char *name, size_t len);
const char *policy_name_repository_fault(const char *name, size_t len);
/* The same for an old address that is kept beside the name: "project",
 * "git/team/project", no slash before it and no ".git" behind. Faults are also
 * what is the server's own ("2.0/x", ".well-known/x"), and what could be the
 * name of a repository: that is taken by who makes one. */
const char *policy_name_address_fault(const char *path, size_t len);
/* Name of a credential, group, project, person: 1 to 100 bytes of printable
 * UTF-8 that neither begins nor ends with a space. */
const char *policy_name_label_fault(const char *name, size_t len);
/* True for user names that any token may be sent with (x-token-auth, …): they
 * say nothing about who comes. Case does not matter. */
bool policy_name_static(const char *name, size_t len);
/* Lower-cases ASCII in place. */
void policy_name_fold(char *name);
/* Equal without regard to ASCII case. */
bool policy_name_equal(const char *a, const char *b);

/* "workspace/repository" split and checked, ".git" at the end taken off.
 * Returns NULL, or what is wrong with it. */
const char *policy_name_path(const char *path, char workspace[NAME_OWNER_SIZE],
                             char repository[NAME_REPOSITORY_SIZE]);

#endif
