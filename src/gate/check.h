/* What an operator would want to know before somebody else notices: `gatehouse
 * check`. Nothing is changed, and nothing here needs the server to run, or not to.
 *
 * Each part says what it found, one sentence at a time. What can't be looked at is
 * a finding too, so that a part that fails does not hide the others.
 */
#ifndef GATEHOUSE_GATE_CHECK_H
#define GATEHOUSE_GATE_CHECK_H

#include "gate/settings.h"

#include <stdarg.h>

/* Well: a fact, for who wants to know. A note: may be meant so, or can't be
 * helped. A fault: should be mended. */
enum gate_level { GATE_WELL, GATE_NOTE, GATE_FAULT };
struct gate_found {
	enum gate_level level;
	const char *part; /* "settings", "git", "ledger", … */
	const char *what; /* a sentence, no full stop; may hold what a peer chose */
	const char *mend; /* a command, or a line for the settings file; "": none */
};
struct gate_check {
	const struct gate_settings *settings;
	const char *config;   /* the settings' file, or NULL */
	const char *programs; /* the folder of this package's programs */
	void (*say)(void *arg, const struct gate_found *f);
	/* Before each repository that git reads; name "" at the end. May be NULL. */
	void (*progress)(void *arg, size_t done, size_t total, const char *name);
	void *arg;
};

/* Settings that load, and yet don't fit together. */
void gate_check_settings(const struct gate_check *c);
/* Certificate and key; call it as whoever may read the key. */
void gate_check_certificate(const struct gate_check *c);
/* What needs no settings: git, what the kernel can lock, the clock. */
void gate_check_machine(const struct gate_check *c);
/* Owners and modes; room on the disk. False: there is no data folder. */
bool gate_check_folders(const struct gate_check *c);
/* The ledger, the repositories in it and what else lies in their folder. quick:
 * git does not read them. */
void gate_check_data(const struct gate_check *c, bool quick);

#endif
