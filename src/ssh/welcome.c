/* `ssh -T`: who came, by which key, and what it opens. */
#include "ssh/ssh_int.h"

#include "base/clock.h"
#include "base/log.h"

#include <inttypes.h>
#include <string.h>

#define PAGE 20 /* repositories named */
#define ROOM 8000

/* Who signed it, and which of its names counted. */
static void add_certificate(struct buf *out, const struct gate_session *s)
{
	const struct ssh_certificate *cert = s->certificate;

	buf_add_str(out, ", by the certificate \"");
	buf_add_safe(out, cert->id, strlen(cert->id));
	buf_addf(out, "\" (serial %" PRIu64 "), signed by the authority \"", cert->serial);
	buf_add_safe(out, s->authority.name, strlen(s->authority.name));
	buf_add_str(out, "\".\n");
	if (s->is_bot) {
		buf_addf(out, "Its principal %s is a bot of ", s->principal);
		gate_owner_words(&s->owner, out);
		buf_add_str(out, ".\n");
	} else if (!policy_name_equal(s->principal, s->user.name)) {
		buf_addf(out, "Its principal %s is an address of %s.\n", s->principal,
		         s->user.name);
	}
	buf_addf(out, "Its fingerprint: %s\n", s->fingerprint);
}

static void add_who(struct buf *out, const struct gate_session *s)
{
	const struct store_credential *c = &s->credential;

	buf_add_str(out, "You are ");
	buf_add_safe(out, s->acts_as, strlen(s->acts_as));
	if (s->certificate) {
		add_certificate(out, s);
		return;
	}
	buf_addf(out, ", by the %s \"",
	         c->kind == CREDENTIAL_ACCESS_KEY ? "access key" : "SSH key");
	buf_add_safe(out, c->name, strlen(c->name));
	buf_add_str(out, "\" of ");
	if (s->is_bot)
		gate_owner_words(&s->owner, out);
	else
		buf_add_str(out, s->user.name);
	buf_addf(out, ".\nIts fingerprint: %s\n", s->fingerprint);
}

static int add_opened(void *arg, const struct store_repository *r, bool reads, bool pushes)
{
	struct buf *out = arg;

	return buf_addf(out, "  %s/%s: %s%s%s\n", r->workspace_name, r->name, reads ? "read" : "",
	                reads && pushes ? ", " : "",
	                pushes  ? "push"
	                : reads ? ""
	                        : "nothing");
}

/* What an access key opens is a list; what a person may is all their own. */
static void add_reach(struct visit *p, struct buf *out)
{
	const struct gate_session *s = &p->out->session;
	struct gate *g = p->c->gate;
	bool more = false;
	struct err err = {0};
	int code;

	if (s->is_bot) {
		buf_add_str(out, "It opens:\n");
		code = gate_key_opens(g, s, PAGE, add_opened, out, &more, &err);
		if (more)
			buf_add_str(out, "  and more\n");
	} else {
		buf_add_str(out, "It opens: ");
		code = gate_credential_reach(g, &s->credential, out, &err);
		buf_add_str(out, ".\n");
	}
	if (code < 0)
		log_error("what a key opens: %s", err.text);
}

static void add_end(struct buf *out, const struct gate_session *s, int64_t now)
{
	char when[CLOCK_TEXT], span[CLOCK_TEXT];
	int64_t ends = s->credential.expires;

	if (ends == CLOCK_NEVER)
		buf_add_str(out, "It does not expire.\n");
	else
		buf_addf(out, "It expires %s, in %s.\n", clock_text(ends, when),
		         clock_span(ends - now, span));
}

void visit_welcome(struct visit *p, const char *line)
{
	const struct gate_ask *ask = &p->out->ask;
	struct buf text;

	buf_init(&text, ROOM);
	if (line)
		buf_add_str(&text, line);
	add_who(&text, &p->out->session);
	add_reach(p, &text);
	add_end(&text, &p->out->session, ask->now);
	if (!line)
		buf_addf(&text,
		         "Only Git runs here, there is no shell:\n"
		         "  git clone %s/WORKSPACE/REPOSITORY.git\n",
		         ask->base_url);
	if (line)
		visit_say(p, NULL, 0, buf_str(&text), 1);
	else
		visit_say(p, buf_str(&text), text.len, NULL, 0);
	buf_clear(&text);
}
