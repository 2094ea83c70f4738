/* What a change will mean for whom, said before it is made; and the question
 * whether to make it. */
#ifndef GATEHOUSE_ADMIN_EFFECT_H
#define GATEHOUSE_ADMIN_EFFECT_H

#include "admin/admin_int.h"

/* Sentences, the first one the change itself. */
struct effect {
	struct admin *a;
	json_t *lines; /* an array of strings */
	bool failed;   /* memory was out */
};
int effect_begin(struct effect *e, struct admin *a);
void effect_end(struct effect *e);
void effect_say(struct effect *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The names that `pick` picks, "ann, bob and 3 more"; *count tells how many.
 * NULL when there is none. */
const char *effect_names(struct effect *e, const struct gate_effect *of,
                         bool (*pick)(const struct gate_reached *), size_t *count);
/* What an edit of a repository means; nothing when nobody will notice. */
void effect_of_edit(struct effect *e, const struct gate_effect *of);

/* The flags of a command that asks first: --yes, --dry-run. Shows the effect and
 * asks. *go: make the change. Else what is returned is the command's result: 0
 * after a dry run, ADMIN_USAGE when nobody is there to be asked. */
int effect_consent(struct effect *e, const char *question, bool *go);

#endif
