/* Stories to be told, and ways to read the words that come of them. */
#ifndef GATEHOUSE_TESTS_EXPLAIN_SCENE_H
#define GATEHOUSE_TESTS_EXPLAIN_SCENE_H

#include "test_policy.h"

#include "base/clock.h"

#define TEXT_MAX 8192
#define NOW INT64_C(1795615387) /* 2026-11-25 14:03:07 UTC */
#define DAY INT64_C(86400)
#define MARK "ZQ" /* finds what fill_hostile has put in */

extern const struct policy_story friendly;
extern const struct policy_facts sound;
void fill_hostile(struct policy_story *s);
/* Marks what only who may know is told. */
void mark_facts(struct policy_story *s);
/* A verdict with this reason, as far as words look at it. */
struct verdict refused(enum reason reason, bool genuine);

/* The words; they stay until the next are asked for. */
const char *explain(const struct policy_facts *f, const struct verdict *v,
                    const struct policy_story *s);
const char *decide_and_explain(const struct policy_facts *f, const struct policy_story *s);

/* Printable, in lines that end with LF; nothing that moves a cursor. */
void check_clean(const char *text);
/* A first line with the reason in brackets, few lines, the reference (may be NULL) last. */
void check_form(const char *text, enum reason reason, const char *reference);
/* Lines within 100 characters, but commands. */
void check_width(const char *text);
void holds(const char *text, const char *part);
void holds_not(const char *text, const char *part);

#endif
