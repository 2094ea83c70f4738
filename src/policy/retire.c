#include "policy/retire.h"
#include "base/clock.h"

#include <string.h>

/* Moments far outside any calendar are brought back to where sums can't overflow. */
#define LAST (INT64_C(1) << 52)

#define BIT(kind) (1u << (kind))
#define ACCESS_TOKENS                                                                              \
	(BIT(CREDENTIAL_REPOSITORY_TOKEN) | BIT(CREDENTIAL_PROJECT_TOKEN) |                        \
	 BIT(CREDENTIAL_WORKSPACE_TOKEN))
#define ANY                                                                                        \
	(BIT(CREDENTIAL_API_TOKEN) | ACCESS_TOKENS | BIT(CREDENTIAL_APP_PASSWORD) |                \
	 BIT(CREDENTIAL_USER_KEY) | BIT(CREDENTIAL_ACCESS_KEY))

static const struct {
	const char *word, *several;
	unsigned kinds;
} sets[] = {
        {"app-password", "app passwords", BIT(CREDENTIAL_APP_PASSWORD)},
        {"api-token", "API tokens", BIT(CREDENTIAL_API_TOKEN)},
        {"access-token", "access tokens", ACCESS_TOKENS},
        {"ssh-key", "SSH keys", BIT(CREDENTIAL_USER_KEY)},
        {"access-key", "access keys", BIT(CREDENTIAL_ACCESS_KEY)},
        {"any", "credentials", ANY},
};
#define SETS (sizeof sets / sizeof *sets)

unsigned policy_retire_kinds(const char *word)
{
	for (size_t i = 0; i < SETS; i++)
		if (strcmp(sets[i].word, word) == 0)
			return sets[i].kinds;
	return 0;
}

const char *policy_retire_kinds_word(unsigned kinds)
{
	for (size_t i = 0; i < SETS; i++)
		if (sets[i].kinds == kinds)
			return sets[i].word;
	return "";
}

void policy_retire_words(const struct retirement *r, struct buf *out)
{
	const char *several = "credentials";
	char when[CLOCK_TEXT];

	for (size_t i = 0; i < SETS; i++)
		if (sets[i].kinds == r->kinds)
			several = sets[i].several;
	buf_add_str(out, several);
	if (r->without_expiry)
		buf_add_str(out, " that never expire");
	if (r->made_before != CLOCK_NEVER)
		buf_addf(out, "%smade before %s", r->without_expiry ? ", " : " ",
		         clock_text(r->made_before, when));
}

bool policy_retire_chooses(const struct retirement *r, enum credential_kind kind, int64_t created,
                           int64_t expires)
{
	if ((unsigned)kind > CREDENTIAL_ACCESS_KEY || !(r->kinds & BIT(kind)))
		return false;
	return (!r->without_expiry || expires == CLOCK_NEVER) && created < r->made_before;
}

/* -- windows -- */

static int64_t within(int64_t t)
{
	return t < -LAST ? -LAST : t > LAST ? LAST : t;
}

/* How long a window lasts that begins at this moment; 0: none begins then. */
static int64_t length_at(const struct retirement *r, int64_t begin)
{
	int64_t length = 0;

	for (unsigned i = 0; i < r->nphases && i < RETIRE_PHASES; i++)
		if (r->phases[i].from <= begin)
			length = r->phases[i].length;
	return length > 0 ? within(length) : 0;
}

/* The moment at which the day begins that t lies in, `days` later. */
static int64_t day_of(const struct retirement *r, int64_t t, int64_t days)
{
	int64_t offset = within(r->offset), local = t + offset;
	int64_t into = (local % RETIRE_DAY + RETIRE_DAY) % RETIRE_DAY;

	return t - into + days * RETIRE_DAY;
}

/* The end of the window that holds the moment, or the moment itself. None lasts
 * longer than a day, so none began before yesterday. */
static int64_t window_end(const struct retirement *r, int64_t t)
{
	int64_t end = t;

	for (int64_t day = -1; day <= 0; day++)
		for (unsigned i = 0; i < r->ntimes && i < RETIRE_TIMES; i++) {
			int64_t begin = day_of(r, t, day) + within(r->times[i]);
			int64_t over = begin + length_at(r, begin);

			if (begin <= t && over > end)
				end = over;
		}
	return end;
}

/* The first window that begins behind the moment. */
static int64_t next_window(const struct retirement *r, int64_t t)
{
	int64_t first = CLOCK_NEVER, from = t + 1;

	if (!r->nphases)
		return CLOCK_NEVER;
	if (r->phases[0].from > from)
		from = within(r->phases[0].from);
	for (int64_t day = 0; day <= 1; day++)
		for (unsigned i = 0; i < r->ntimes && i < RETIRE_TIMES; i++) {
			int64_t begin = day_of(r, from, day) + within(r->times[i]);

			if (begin >= from && begin < first && length_at(r, begin) > 0)
				first = begin;
		}
	return first;
}

void policy_retire_at(const struct retirement *r, int64_t now, struct retire_state *out)
{
	int64_t t = within(now), over;

	*out = (struct retire_state){STANDING_ALLOWED, CLOCK_NEVER, CLOCK_NEVER};
	if (t >= r->end) {
		out->stage = STANDING_ENDED;
		return;
	}
	out->next = next_window(r, t);
	if (out->next >= r->end)
		out->next = CLOCK_NEVER;
	over = window_end(r, t);
	if (over > t) {
		out->stage = STANDING_BROWNOUT;
		out->until = over < r->end ? over : r->end;
	} else if (t >= r->notice) {
		out->stage = STANDING_NOTICE;
	}
}

/* -- is it sound -- */

static const char *times_fault(const struct retirement *r)
{
	if (r->ntimes > RETIRE_TIMES)
		return "it has too many brownouts a day";
	for (unsigned i = 0; i < r->ntimes; i++) {
		if (r->times[i] < 0 || r->times[i] >= RETIRE_DAY)
			return "a time lies outside the day";
		if (i && r->times[i] <= r->times[i - 1])
			return "the times of the day are not in order";
	}
	return NULL;
}

/* The shortest way from one window's begin to the next one's. */
static int64_t shortest_gap(const struct retirement *r)
{
	int64_t gap = RETIRE_DAY;

	for (unsigned i = 0; i < r->ntimes; i++) {
		int64_t next = i + 1 < r->ntimes ? r->times[i + 1] : r->times[0] + RETIRE_DAY;

		if (next - r->times[i] < gap)
			gap = next - r->times[i];
	}
	return gap;
}

static const char *phases_fault(const struct retirement *r)
{
	int64_t gap = shortest_gap(r);

	if (r->nphases > RETIRE_PHASES)
		return "it has too many lengths of brownouts";
	if (!r->nphases != !r->ntimes)
		return "brownouts want both: times of the day, and from when on how long";
	for (unsigned i = 0; i < r->nphases; i++) {
		const struct retire_phase *p = &r->phases[i];

		if (p->length < 60 || p->length >= gap)
			return "a brownout lasts a minute at least, and is over before the next "
			       "begins";
		if (p->from < r->notice || p->from >= r->end)
			return "the brownouts lie between the notice and the end";
		if (i && p->from <= r->phases[i - 1].from)
			return "the lengths are not in the order of their dates";
		if (i && p->length < r->phases[i - 1].length)
			return "brownouts grow: a later length is no shorter";
	}
	return NULL;
}

const char *policy_retire_fault(const struct retirement *r)
{
	const char *fault;

	if (!r->kinds || (r->kinds & ~ANY))
		return "it chooses no kind of credential";
	if (r->kinds != BIT(CREDENTIAL_APP_PASSWORD) && !r->without_expiry &&
	    r->made_before == CLOCK_NEVER)
		return "it would also end what is made in their place: choose those without "
		       "expiry, or those made before a date";
	if (r->notice < 0 || r->notice == CLOCK_NEVER || r->end <= r->notice)
		return "the end comes after the notice";
	if (r->offset <= -RETIRE_DAY || r->offset >= RETIRE_DAY)
		return "the offset from UTC is a day or more";
	fault = times_fault(r);
	return fault ? fault : phases_fault(r);
}
