/* Folders that others made and that are to be served where they lie: what they
 * are, and what stands against it. Nothing in them is changed.
 */
#ifndef GATEHOUSE_GIT_INSPECT_H
#define GATEHOUSE_GIT_INSPECT_H

#include "git/git.h"

/* A whole path of at most this many bytes, its NUL among them. */
#define GIT_FOLDER 1024

enum git_finding {
	GIT_AGAINST, /* why it can't be served, and what mends it */
	GIT_NOTE     /* what is so, and good to know before */
};
struct git_inspection {
	const struct git_host *host;
	const char *data; /* the server's own folder: what lies in it is not adopted */
	bool quick;       /* the objects are not read */
	void (*say)(void *arg, enum git_finding kind, const char *words); /* whole sentences */
	void *arg;
};
struct git_folder {
	char path[GIT_FOLDER]; /* without links in it */
	char format[16];       /* "sha1" */
	char branch[256];      /* what HEAD names */
	bool born;             /* … and whether it is there */
	char description[400]; /* its own file's first line; "" for none */
	char hooks[200];       /* "pre-receive, update": those that git would run there */
	unsigned against;      /* how many findings say no */
};
/* ERR_NOT_FOUND and the like: it could not be looked at. 0: out->against tells. */
int git_folder_inspect(const struct git_inspection *ask, const char *path, struct git_folder *out,
                       struct err *err);
/* HEAD, objects and refs are there. */
bool git_folder_looks_bare(const char *path);
/* Still the folder it was: no link in its path, and a repository, neither in the
 * folder `data` nor around it. Else ERR_NOT_FOUND or ERR_INVALID, and why. */
int git_folder_stands(const char *path, const char *data, struct err *err);

#endif
