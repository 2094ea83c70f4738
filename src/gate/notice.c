/* What a session is told although nothing was refused: the facts are gathered
 * here, the words are policy's. And what a credential's owner chose to be told. */
#include "gate/access.h"
#include "gate/gate_int.h"

#include "policy/notice.h"

#include <string.h>

/* Told elsewhere than there: whoever came from there knows it, or is the thief. */
static int gather_network(struct gate *g, const struct gate_session *s, const struct gate_ask *ask,
                          struct store_network *n, struct policy_story *story, struct err *err)
{
	char here[NET_TEXT];

	if (s->presented != PRESENTED_GENUINE || !s->credential.alerts)
		return 0;
	gate_neighbourhood(ask->address, here);
	int code = gate_network_fresh(g, &s->credential, here, n, err);
	if (code)
		return code == ERR_NOT_FOUND ? 0 : code;
	story->new_network = n->network;
	story->new_network_since = n->first;
	return 0;
}

int gate_notices(struct gate *g, const struct gate_session *s, const struct gate_ask *ask,
                 const struct gate_decision *d, struct buf *out, struct err *err)
{
	struct policy_story story;
	struct store_network network;

	if (s->presented == PRESENTED_GENUINE && s->credential.quiet)
		return 0;
	gate_story(g, s, ask, d, &story);
	int code = gather_network(g, s, ask, &network, &story, err);
	if (!code && policy_notices(out, &d->facts, &d->verdict, &story))
		code = err_set(err, out->failed, "they can't be put in words");
	return code;
}

/* -- what the owner chose -- */

static int read_switch(const char *text, const char *what, bool *out, struct err *err)
{
	if (!text)
		return 0;
	if (strcmp(text, "on") != 0 && strcmp(text, "off") != 0)
		return err_set(err, ERR_INVALID, "%s are on or off, not \"%.40s\"", what, text);
	*out = !strcmp(text, "on");
	return 0;
}

int gate_told_fill(const struct gate_credential_edit *edit, struct store_credential *c,
                   struct err *err)
{
	bool notices = !c->quiet;
	int rc = read_switch(edit->notices, "notices", &notices, err);

	c->quiet = !notices;
	return rc ? rc : read_switch(edit->alerts, "alerts", &c->alerts, err);
}

int gate_credential_edit(struct gate *g, const struct gate_whose *whose, const char *name,
                         const struct gate_credential_edit *edit, struct store_credential *out,
                         struct err *err)
{
	const struct gate_part parts[] = {
	        {"token", name}, {"notices", edit->notices}, {"alerts", edit->alerts}};
	struct store_credential c = {0};
	struct gate_owner o = {0};
	char note[STORE_TEXT];

	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	gate_note(note, parts, sizeof(parts) / sizeof(parts[0]));
	rc = gate_credential_find(g, whose, name, &c, err);
	if (!rc)
		rc = gate_owner_of(g, &c, &o, err);
	if (!rc)
		rc = gate_told_fill(edit, &c, err);
	if (!rc)
		rc = store_credential_tell(g->store, &c, err);
	rc = gate_change_end(g, rc, &(struct gate_change){"token edit", o.name, note, &c}, err);
	if (!rc && out)
		*out = c;
	return rc;
}
