/* What lies below "/-/": whether the server is well, its numbers, and the
 * one-time links; and its keys for SSH, where they are looked for. Needs no credential, tells
 * nothing about accounts or repositories to who holds no genuine link. */
#include "smart/smart_int.h"

#include "base/clock.h"
#include "base/log.h"
#include "gate/link.h"

#include <stdio.h>
#include <string.h>

#define LINK_WORDS 1200
#define METRICS_LIMIT 56000 /* what a message between processes can hold */

static void answer_alive(struct passage *p)
{
	answer_text(p->c, p->out, 200, "alive\n");
}

static void answer_ready(struct passage *p)
{
	const struct smart_house *h = p->c->house;
	const char *why = h->unready(h->arg, p->c->gate);
	char text[300];

	snprintf(text, sizeof(text), "%s\n", why ? why : "ready");
	answer_text(p->c, p->out, why ? 503 : 200, text);
	if (why)
		answer_header(p->c, p->out, "Retry-After: 5");
}

/* Only where the operator asked for them: they tell how busy the server is. */
static void answer_metrics(struct passage *p)
{
	const struct smart_house *h = p->c->house;
	struct buf text;

	if (!p->r->metrics) {
		answer_text(p->c, p->out, 404,
		            "The metrics are served at an address of their own, which the operator "
		            "sets:\nmetrics = 127.0.0.1:9418\n");
		return;
	}
	buf_init(&text, METRICS_LIMIT);
	h->metrics(h->arg, &text);
	if (text.failed)
		p->out->short_of_memory = true;
	answer_bytes(p->c, p->out, 200, "text/plain; version=0.0.4; charset=utf-8", buf_str(&text),
	             text.len);
	answer_header(p->c, p->out, "Cache-Control: no-store");
	buf_clear(&text);
}

/* -- one-time links -- */

static const struct {
	int status;
	const char *words;
} links[LINK_STATES] = {
        [LINK_DAMAGED] = {404, "This link is damaged: a part of it is missing, or a character has "
                               "changed.\nCopy the whole of it again."},
        [LINK_UNKNOWN] = {404, "This link is not known here.\nIt is mistyped, or leads to another "
                               "server. Ask whoever sent it for a new one."},
        [LINK_WAS_USED] = {410, "This link was used on %s; it works only once.\nIf that was not "
                                "you, tell whoever sent it, at once."},
        [LINK_WAS_REVOKED] = {410, "This link was withdrawn on %s.\nAsk whoever sent it for a new "
                                   "one."},
        [LINK_WAS_REPLACED] = {410, "A newer link has taken the place of this one, on %s.\nUse the "
                                    "newer one."},
        [LINK_EXPIRED] = {410, "This link has expired, on %s.\nAsk whoever sent it for a new one."},
        [LINK_SUSPENDED] = {403, "The account that this link is for is suspended.\nAsk whoever "
                                 "sent it; the link works again when the suspension ends, until "
                                 "%s."},
};

static void good_words(char *out, size_t size, const struct store_link *l)
{
	char until[CLOCK_TEXT];

	snprintf(out, size,
	         "This is a one-time link for %s: whoever holds it may %s.\n"
	         "It works once, until %s. Looking at it, as you do now, does not use it up.\n"
	         "The page that takes it is not part of this version of Gatehouse. Keep the link "
	         "to\n"
	         "yourself; until there is one, ask whoever sent it for an API token.\n",
	         gate_link_who(l),
	         !l->user                ? "make an account on this server"
	         : l->kind == LINK_RESET ? "choose a new password for that account"
	                                 : "choose the first password of that account",
	         clock_text(l->expires, until));
}

static void other_words(char *out, size_t size, const struct gate_link *l)
{
	bool ended = l->link.ended != CLOCK_NEVER;
	char when[CLOCK_TEXT], text[LINK_WORDS - 2];

	clock_text(ended ? l->link.ended : l->link.expires, when);
	snprintf(text, sizeof(text), links[l->state].words, when);
	snprintf(out, size, "%s\n", text);
}

/* GET alone, and it changes nothing: mail programs and chats open the links in
 * what they carry, to show what is behind them. */
static void answer_invite(struct passage *p)
{
	struct gate_link l;
	struct err err = {0};
	char text[LINK_WORDS] = "";
	int status = 200;

	if (gate_link_look(p->c->gate, p->route.rest, strlen(p->route.rest), &l, &err)) {
		log_error("a one-time link can't be looked up: %s", err.text);
		answer_text(p->c, p->out, 503,
		            "The server can't look this link up now. Try again in a moment.\n");
		return;
	}
	if (l.state == LINK_GOOD) {
		good_words(text, sizeof(text), &l.link);
	} else {
		status = links[l.state].status;
		other_words(text, sizeof(text), &l);
	}
	answer_text(p->c, p->out, status, text);
	answer_header(p->c, p->out, "Referrer-Policy: no-referrer");
	answer_header(p->c, p->out, "X-Robots-Tag: noindex");
}

/* As a known_hosts file has them: whoever trusts this answer may add it to his. */
static void answer_known_hosts(struct passage *p)
{
	const char *known = p->c->gate->settings->known_hosts;

	if (*known)
		answer_text(p->c, p->out, 200, known);
	else
		answer_text(p->c, p->out, 404, "SSH is not served here.\n");
}

static void answer_nothing(struct passage *p)
{
	answer_text(p->c, p->out, 404,
	            p->route.well_known
	                    ? "There is nothing at this address. Below /.well-known/ there is "
	                      "ssh-known-hosts: the\nkeys by which this server is known over SSH.\n"
	            : p->r->metrics
	                    ? "Nothing is served at this address but /-/metrics, /-/healthz and "
	                      "/-/readyz.\n"
	                    : "There is nothing at this address. Below /-/ there are /-/healthz "
	                      "(does the server\nanswer) and /-/readyz (can it do its work).\n");
}

static const struct {
	const char *name;
	bool rest; /* a part follows */
	bool well_known;
	enum smart_topic topic;
	void (*answer)(struct passage *p);
} things[] = {
        {"healthz", false, false, TOPIC_HEALTH, answer_alive},
        {"readyz", false, false, TOPIC_HEALTH, answer_ready},
        {"metrics", false, false, TOPIC_METRICS, answer_metrics},
        {"invite", true, false, TOPIC_LINK, answer_invite},
        {"ssh-known-hosts", false, true, TOPIC_OTHER, answer_known_hosts},
};

void passage_ours(struct passage *p)
{
	for (size_t i = 0; i < sizeof(things) / sizeof(*things); i++) {
		if (strcmp(things[i].name, p->route.ours) ||
		    things[i].well_known != p->route.well_known ||
		    (!things[i].rest && *p->route.rest) || (things[i].rest && p->r->metrics))
			continue;
		p->out->topic = things[i].topic;
		if (passage_gets(p)) {
			things[i].answer(p);
			return;
		}
		answer_text(p->c, p->out, 405, "This address is asked with GET.\n");
		answer_header(p->c, p->out, "Allow: GET, HEAD");
		return;
	}
	answer_nothing(p);
}
