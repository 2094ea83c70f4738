/* What a decision leaves behind: its audit row with every gate, the stamps on the
 * credential, and one row for many refusals of strangers. */
#include "gate/gate_int.h"
#include "gate/queue_int.h"
#include "gate/why.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- strangers -- */

/* What a stranger's row has still to add, as an entry. Goes past the bound, as
 * the writer itself must never wait for room: there are at most STRANGERS of
 * these between two writes. Mutex held. */
static void settle_stranger(struct gate_queue *q, struct stranger *s)
{
	struct entry *e = s->unwritten ? calloc(1, sizeof(*e)) : NULL;

	if (!e)
		return;
	e->kind = ENTRY_AUDIT;
	e->u.audit.kind = AUDIT_STRANGER;
	memcpy(e->u.audit.reference, s->reference, sizeof(s->reference));
	e->u.audit.at = e->u.audit.last = s->last;
	e->u.audit.count = s->unwritten;
	s->unwritten = 0;
	*q->last = e;
	q->last = &e->next;
	q->waiting++;
}

void gate_queue_flush_strangers(struct gate_queue *q, int64_t now)
{
	if (now - q->flushed < STRANGER_FLUSH && !q->stopping)
		return;
	q->flushed = now;
	for (size_t i = 0; i < STRANGERS; i++)
		settle_stranger(q, &q->strangers[i]);
}

static uint64_t hash_text(uint64_t h, const char *text)
{
	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return h * UINT64_C(1099511628211);
}

/* The low bits of such a hash say little: they are stirred into the high ones. */
static size_t place_of(uint64_t key)
{
	return (size_t)((key ^ key >> 29) * UINT64_C(0x9e3779b97f4a7c15) >> 32) % STRANGERS;
}

/* Finds the row this refusal adds to, or begins one (true). */
static bool add_up(struct gate_queue *q, struct store_audit *a)
{
	uint64_t key = hash_text(q->salt, a->reason);
	key = hash_text(hash_text(key, a->address), a->object);
	key = (key ^ (uint64_t)a->credential) * UINT64_C(1099511628211) | 1;
	struct stranger *s = &q->strangers[place_of(key)];
	bool begun;

	pthread_mutex_lock(&q->mutex);
	begun = s->key != key || a->at - s->since >= STORE_ADDING;
	if (begun) {
		settle_stranger(q, s);
		memset(s, 0, sizeof(*s));
		s->key = key;
		s->since = a->at;
		q->begun++;
		memcpy(s->reference, a->reference, sizeof(s->reference));
	} else {
		s->unwritten++;
		memcpy(a->reference, s->reference, sizeof(s->reference));
	}
	s->last = a->at;
	pthread_mutex_unlock(&q->mutex);
	return begun;
}

/* -- rows and stamps -- */

/* Whole where it fits; else the beginning that does however it is escaped. */
static void copy_safe(char *out, size_t size, const char *text)
{
	struct buf b;

	buf_init(&b, size - 1);
	if (text && buf_add_safe(&b, text, strnlen(text, size))) {
		buf_clear(&b);
		buf_init(&b, size - 1);
		(void)buf_add_safe(&b, text, strnlen(text, size / 4));
	}
	snprintf(out, size, "%s", buf_str(&b));
	buf_clear(&b);
}

static void fill_row(struct store_audit *a, const struct gate_session *s,
                     const struct gate_ask *ask, const struct gate_decision *d,
                     const char *operation, const char *agent, const char *note)
{
	bool genuine = s->presented == PRESENTED_GENUINE;
	char name[STORE_LABEL];

	memcpy(a->reference, d->reference, sizeof(d->reference));
	/* those that come in floods are added up, whoever sends them */
	a->kind = genuine && policy_reason_gate(d->verdict.reason) != GATE_RATE ? AUDIT_DECISION
	                                                                        : AUDIT_STRANGER;
	a->at = a->last = ask->now;
	a->count = 1;
	snprintf(a->reason, sizeof(a->reason), "%s", policy_reason_name(d->verdict.reason));
	snprintf(a->operation, sizeof(a->operation), "%s", operation);
	if (genuine)
		snprintf(a->address, sizeof(a->address), "%s", ask->address);
	else
		gate_network(ask->address, a->address);
	/* what strangers ask for in vain is their choice: it would make rows */
	if (genuine || d->verdict.reason == REASON_ALLOWED) {
		char object[sizeof(a->object)];
		gate_decision_object(d, object, sizeof(object));
		copy_safe(a->object, sizeof(a->object), object);
	}
	snprintf(a->actor, sizeof(a->actor), "%s", s->acts_as);
	if (s->certificate && genuine) {
		gate_certificate_name(s, a->credential_name, sizeof(a->credential_name));
	} else if (genuine) {
		a->credential = s->credential.id;
		snprintf(a->credential_name, sizeof(a->credential_name), "%s", s->credential.name);
	}
	copy_safe(a->agent, sizeof(a->agent), agent);
	if (s->certificate && !genuine && !note) {
		gate_certificate_name(s, name, sizeof(name));
		note = name;
	}
	copy_safe(a->note, sizeof(a->note), note);
}

static void stamp(struct gate_queue *q, const struct gate_session *s, const struct gate_ask *ask,
                  const struct gate_decision *d)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (!e)
		return;
	e->kind = ENTRY_STAMP;
	e->u.stamp.credential = s->credential.id;
	e->u.stamp.authority = s->certificate ? s->authority.id : 0;
	e->u.stamp.when = ask->now;
	memcpy(e->u.stamp.hash, s->hash, sizeof(s->hash));
	e->u.stamp.late = d->verdict.reason == REASON_TOKEN_REPLACED;
	e->u.stamp.exposed = ask->in_clear;
	snprintf(e->u.stamp.from, sizeof(e->u.stamp.from), "%s", ask->address);
	gate_put(e->u.stamp.name, sizeof(e->u.stamp.name), "%s", s->credential.name);
	gate_put(e->u.stamp.actor, sizeof(e->u.stamp.actor), "%s", s->acts_as);
	gate_put(e->u.stamp.owner, sizeof(e->u.stamp.owner), "%s",
	         s->is_bot ? s->owner.name : s->user.name);
	if (d->verdict.reason != REASON_ALLOWED)
		snprintf(e->u.stamp.why, sizeof(e->u.stamp.why), "%s",
		         policy_reason_name(d->verdict.reason));
	gate_queue_hand_over(q, e);
}

void gate_record(struct gate_queue *q, const struct gate_session *s, const struct gate_ask *ask,
                 struct gate_decision *d, const char *operation, const char *agent,
                 const char *note)
{
	struct entry *e = operation ? calloc(1, sizeof(*e)) : NULL;
	bool write = e != NULL;

	atomic_fetch_add(&q->decided[d->verdict.reason][ask->operation], 1);
	if (e) {
		e->kind = ENTRY_AUDIT;
		fill_row(&e->u.audit, s, ask, d, operation, agent, note);
	}
	if (e && e->u.audit.kind == AUDIT_STRANGER) {
		write = add_up(q, &e->u.audit);
		memcpy(d->reference, e->u.audit.reference, sizeof(d->reference));
	}
	if (write) {
		gate_trace_write(e->u.audit.gates, sizeof(e->u.audit.gates), d);
		gate_queue_hand_over(q, e);
	} else {
		free(e);
	}
	if (s->presented == PRESENTED_GENUINE)
		stamp(q, s, ask, d);
}
