/* retire: kinds of credential on their way out. */
#include "gate/retire.h"
#include "admin/effect.h"

#include <string.h>

/* -- one policy -- */

const char *admin_retire_stage(enum standing stage)
{
	static const char *const words[] = {[STANDING_ALLOWED] = "allowed",
	                                    [STANDING_NOTICE] = "notice",
	                                    [STANDING_BROWNOUT] = "brownout",
	                                    [STANDING_OFF] = "turned off",
	                                    [STANDING_ENDED] = "ended"};

	return (size_t)stage < sizeof(words) / sizeof(*words) ? words[stage] : "ended";
}

static const char *kept(struct admin *a, struct buf *b)
{
	const char *copy = b->failed ? NULL : arena_strdup(&a->arena, buf_str(b));

	buf_clear(b);
	return copy ? copy : "?";
}

/* "app passwords" */
static const char *chosen(struct admin *a, const struct retirement *r)
{
	struct buf words;

	buf_init(&words, 300);
	policy_retire_words(r, &words);
	return kept(a, &words);
}

/* "+02:00", "UTC" */
static const char *offset_text(struct admin *a, const struct retirement *r)
{
	int64_t minutes = (r->offset < 0 ? -r->offset : r->offset) / 60;
	const char *text;

	if (!r->offset)
		return "UTC";
	text = arena_printf(&a->arena, "%c%02d:%02d", r->offset < 0 ? '-' : '+',
	                    (int)(minutes / 60), (int)(minutes % 60));
	return text ? text : "?";
}

/* "00:00, 06:00" */
static const char *times_text(struct admin *a, const struct retirement *r)
{
	struct buf text;

	buf_init(&text, 300);
	for (unsigned i = 0; i < r->ntimes; i++)
		buf_addf(&text, "%s%02d:%02d", i ? ", " : "", (int)(r->times[i] / 3600),
		         (int)(r->times[i] % 3600 / 60));
	return kept(a, &text);
}

static json_t *rule_json(struct admin *a, const struct retirement *r)
{
	json_t *times = json_array(), *phases = json_array();
	char text[8];

	for (unsigned i = 0; i < r->ntimes; i++) {
		snprintf(text, sizeof(text), "%02d:%02d", (int)(r->times[i] / 3600) % 24,
		         (int)(r->times[i] % 3600 / 60));
		json_array_append_new(times, json_string(text));
	}
	for (unsigned i = 0; i < r->nphases; i++)
		json_array_append_new(phases, json_pack("{s:o, s:I}", "from",
		                                        admin_json_time(r->phases[i].from),
		                                        "length", (json_int_t)r->phases[i].length));
	const struct admin_field fields[] = {
	        {"kind", admin_json_text(a, policy_retire_kinds_word(r->kinds))},
	        {"without_expiry", json_boolean(r->without_expiry)},
	        {"made_before", admin_json_time(r->made_before)},
	        {"notice", admin_json_time(r->notice)},
	        {"end", admin_json_time(r->end)},
	        {"offset", json_integer(r->offset)},
	        {"at", times},
	        {"brownouts", phases},
	};

	return admin_json_object(fields, sizeof(fields) / sizeof(fields[0]));
}

/* The names here are a promise to scripts. */
static json_t *retirement_json(struct admin *a, const struct store_retirement *r)
{
	struct retire_state state;

	policy_retire_at(&r->rule, clock_now(), &state);
	const struct admin_field fields[] = {
	        {"name", admin_json_text(a, r->name)},
	        {"stage", json_string(admin_retire_stage(state.stage))},
	        {"until", admin_json_time(state.until)},
	        {"next_brownout", admin_json_time(state.next)},
	        {"rule", rule_json(a, &r->rule)},
	        {"created", admin_json_time(r->created)},
	        {"created_by", admin_json_text(a, r->created_by)},
	};

	return admin_json_object(fields, sizeof(fields) / sizeof(fields[0]));
}

static void phases_print(struct admin *a, const struct retirement *r)
{
	char span[CLOCK_TEXT];

	if (!r->nphases) {
		admin_print(a, "  brownouts  none\n");
		return;
	}
	admin_print(a, "  brownouts  each day at %s %s\n", times_text(a, r), offset_text(a, r));
	for (unsigned i = 0; i < r->nphases; i++)
		admin_print(a, "             from %s on for %s\n", admin_time(a, r->phases[i].from),
		            clock_span(r->phases[i].length, span));
}

static void retirement_print(struct admin *a, const struct store_retirement *r)
{
	struct retire_state state;

	policy_retire_at(&r->rule, clock_now(), &state);
	admin_print(a, "%s: %s", admin_safe(a, r->name), admin_retire_stage(state.stage));
	if (state.stage == STANDING_BROWNOUT)
		admin_print(a, " until %s", admin_time(a, state.until));
	admin_print(a, "\n  whom       %s\n", chosen(a, &r->rule));
	admin_print(a, "  notice     %s\n", admin_time(a, r->rule.notice));
	phases_print(a, &r->rule);
	if (state.next != CLOCK_NEVER)
		admin_print(a, "  next       %s\n", admin_time(a, state.next));
	admin_print(a, "  end        %s\n",
	            r->rule.end == CLOCK_NEVER ? "not decided" : admin_time(a, r->rule.end));
	admin_print(a, "  made       %s by %s\n", admin_time(a, r->created),
	            admin_safe(a, r->created_by));
}

static int retirement_done(struct admin *a, const struct store_retirement *r, const char *sentence)
{
	if (a->json)
		return admin_json(a, retirement_json(a, r));
	admin_print(a, a->quiet ? "%s\n" : sentence, admin_safe(a, r->name));
	return 0;
}

/* -- show -- */

static int keep(void *arg, const struct store_retirement *r)
{
	return admin_list_keep(arg, r);
}

static json_t *list_json(struct admin *a, const void *item)
{
	return retirement_json(a, item);
}

static const char *list_bare(struct admin *a, const void *item)
{
	return admin_safe(a, ((const struct store_retirement *)item)->name);
}

static void list_cells(struct admin_table *t, const void *item)
{
	const struct store_retirement *r = item;
	struct retire_state state;

	policy_retire_at(&r->rule, clock_now(), &state);
	admin_table_add(t, r->name);
	admin_table_add(t, admin_retire_stage(state.stage));
	admin_table_add(t, chosen(t->a, &r->rule));
	admin_table_add(t, admin_time(t->a, r->rule.notice));
	admin_table_add(t,
	                r->rule.end == CLOCK_NEVER ? "not decided" : admin_time(t->a, r->rule.end));
}

static int show_all(struct admin *a)
{
	static const struct admin_shape shape = {"Nothing is on its way out.",
	                                         {"NAME", "STAGE", "WHOM", "NOTICE", "END"},
	                                         list_json,
	                                         list_bare,
	                                         list_cells};
	struct admin_list list = ADMIN_LIST(struct store_retirement);

	return admin_list_show(a, gate_retire_list(&a->gate, keep, &list, &a->err), &list, &shape);
}

int admin_retire_show(struct admin *a)
{
	struct store_retirement r;

	if (!a->nargs)
		return show_all(a);
	int rc = gate_retire_find(&a->gate, a->args[0], &r, &a->err);
	if (rc)
		return rc;
	if (a->json || a->quiet)
		return retirement_done(a, &r, "%s\n");
	retirement_print(a, &r);
	return 0;
}

/* -- create, edit, cancel: what it will mean, first -- */

/* "ann, bob" of those concerned */
struct owners {
	struct admin *a;
	struct buf text;
	size_t count;
};

static int add_owner(void *arg, const struct store_credential *c)
{
	struct owners *o = arg;
	struct gate_owner owner;

	if (gate_owner_of(&o->a->gate, c, &owner, NULL))
		return 0;
	return buf_addf(&o->text, "%s\"%s\" of %s", o->count++ ? ", " : "", c->name, owner.name);
}

static int say_whom(struct effect *e, const struct retirement *rule,
                    const struct gate_retire_count *count)
{
	struct admin *a = e->a;
	struct owners owners = {.a = a};
	bool more = false;

	buf_init(&owners.text, 8 * 300);
	int rc = gate_retire_walk(&a->gate, rule, 0, 8, add_owner, &owners, &more, &a->err);
	if (!rc && count->living)
		effect_say(e, "It concerns %zu, of which %zu were used in the last 30 days: %s%s.",
		           count->living, count->lately, buf_str(&owners.text),
		           more ? " and others" : "");
	else if (!rc)
		effect_say(e, "It concerns none that lives today.");
	buf_clear(&owners.text);
	return rc;
}

static void say_stages(struct effect *e, const struct retirement *r)
{
	struct admin *a = e->a;
	char span[CLOCK_TEXT];

	effect_say(e,
	           "From %s on no new one is made, and whoever uses one is told, with the command "
	           "for what goes in its place.",
	           admin_time(a, r->notice));
	for (unsigned i = 0; i < r->nphases; i++)
		effect_say(e, "From %s on each is refused for %s, each day at %s %s.",
		           admin_time(a, r->phases[i].from), clock_span(r->phases[i].length, span),
		           times_text(a, r), offset_text(a, r));
	if (r->end == CLOCK_NEVER)
		effect_say(e, "Their end is not decided.");
	else
		effect_say(e, "From %s on they are refused for good, and clients forget them.",
		           admin_time(a, r->end));
}

static int asked(struct admin *a, const struct store_retirement *r, const char *question, bool *go)
{
	struct gate_retire_count count;
	struct effect e;
	int rc = gate_retire_count(&a->gate, &r->rule, &count, &a->err);

	if (!rc)
		rc = effect_begin(&e, a);
	if (rc)
		return rc;
	effect_say(&e, "%s: %s go out of use.", r->name, chosen(a, &r->rule));
	rc = say_whom(&e, &r->rule, &count);
	if (!rc) {
		say_stages(&e, &r->rule);
		rc = effect_consent(&e, question, go);
	}
	effect_end(&e);
	return rc;
}

static struct gate_retire what_of(const struct admin *a)
{
	return (struct gate_retire){.name = a->args[0],
	                            .kind = admin_flag(a, "kind"),
	                            .without_expiry = admin_flag(a, "without-expiry"),
	                            .made_before = admin_flag(a, "made-before"),
	                            .notice = admin_flag(a, "notice"),
	                            .end = admin_flag(a, "end"),
	                            .brownouts = admin_flag(a, "brownouts"),
	                            .times = admin_flag(a, "at"),
	                            .offset = admin_flag(a, "offset")};
}

int admin_retire_create(struct admin *a)
{
	struct gate_retire ask = what_of(a);
	struct store_retirement r;
	bool go = false;

	int rc = gate_retire_prepare(&a->gate, &ask, true, &r, &a->err);
	if (!rc)
		rc = asked(a, &r, "Retire them?", &go);
	if (rc || !go)
		return rc;
	rc = gate_retire_create(&a->gate, &ask, &r, &a->err);
	return rc ? rc
	          : retirement_done(a, &r,
	                            "The retirement %s begins; retire status shows whom it "
	                            "concerns.\n");
}

int admin_retire_edit(struct admin *a)
{
	struct gate_retire ask = what_of(a);
	struct store_retirement r;
	bool go = false;

	if (!ask.made_before && !ask.notice && !ask.end && !ask.brownouts && !ask.times &&
	    !ask.offset)
		return admin_usage(a, "retire edit wants something to change");
	int rc = gate_retire_prepare(&a->gate, &ask, false, &r, &a->err);
	if (!rc)
		rc = asked(a, &r, "Change it?", &go);
	if (rc || !go)
		return rc;
	rc = gate_retire_edit(&a->gate, &ask, &r, &a->err);
	return rc ? rc : retirement_done(a, &r, "Changed the retirement %s.\n");
}

static int cancel_asked(struct admin *a, const struct store_retirement *r, bool *go)
{
	struct retire_state state;
	struct effect e;
	int rc = effect_begin(&e, a);

	if (rc)
		return rc;
	policy_retire_at(&r->rule, clock_now(), &state);
	effect_say(&e, "%s stay in use: the retirement %s is forgotten.", chosen(a, &r->rule),
	           r->name);
	if (state.stage == STANDING_ENDED)
		effect_say(&e, "What it had ended works again, where somebody still has it.");
	else
		effect_say(&e, "Nobody is told any more, and nothing is refused by it.");
	rc = effect_consent(&e, "Cancel it?", go);
	effect_end(&e);
	return rc;
}

int admin_retire_cancel(struct admin *a)
{
	struct store_retirement r;
	bool go = false;

	int rc = gate_retire_find(&a->gate, a->args[0], &r, &a->err);
	if (!rc)
		rc = cancel_asked(a, &r, &go);
	if (rc || !go)
		return rc;
	rc = gate_retire_cancel(&a->gate, a->args[0], &r, &a->err);
	return rc ? rc : retirement_done(a, &r, "The retirement %s is cancelled.\n");
}
