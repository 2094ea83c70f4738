/* What is wrong, and how to mend it. */
#include "admin/admin_int.h"

#include "gate/check.h"
#include "git/git.h"

#include <string.h>
#include <unistd.h>

static const char *const level_names[] = {
        [GATE_WELL] = "well", [GATE_NOTE] = "note", [GATE_FAULT] = "fault"};

struct checking {
	struct admin *a;
	json_t *findings; /* --json; else NULL */
	unsigned count[GATE_FAULT + 1];
	bool progress, failed;
};

static json_t *finding_json(struct admin *a, const struct gate_found *f)
{
	const struct admin_field fields[] = {
	        {"part", json_string(f->part)},
	        {"level", json_string(level_names[f->level])},
	        {"what", admin_json_text(a, f->what)},
	        {"mend", admin_json_text(a, f->mend)},
	};

	return admin_json_object(fields, sizeof(fields) / sizeof(*fields));
}

/* The line about what is going on is no part of the answer. */
static void progress_clear(struct checking *w)
{
	if (w->progress)
		fputs("\r\033[K", w->a->complaints);
	w->progress = false;
}

static void say(void *arg, const struct gate_found *f)
{
	struct checking *w = arg;
	struct admin *a = w->a;

	progress_clear(w);
	w->count[f->level]++;
	if (w->findings) {
		w->failed |= json_array_append_new(w->findings, finding_json(a, f)) != 0;
		return;
	}
	if (a->quiet && f->level != GATE_FAULT)
		return;
	admin_print(a, "%-5s  %-12s  %s\n",
	            f->level == GATE_FAULT ? "FAULT" : level_names[f->level], f->part,
	            admin_safe(a, f->what));
	if (*f->mend)
		admin_print(a, "       mend it:      %s\n", admin_safe(a, f->mend));
	fflush(a->out);
}

static void progress(void *arg, size_t done, size_t total, const char *name)
{
	struct checking *w = arg;

	if (w->a->quiet || !isatty(STDERR_FILENO))
		return;
	progress_clear(w);
	if (done < total) {
		fprintf(w->a->complaints, "%zu of %zu repositories: %.60s", done, total, name);
		fflush(w->a->complaints);
		w->progress = true;
	}
}

static void say_error(struct checking *w, const char *part, const char *what)
{
	say(w, &(struct gate_found){GATE_FAULT, part, what, ""});
}

/* The key is read before root becomes the data folder's owner. */
static void look(struct checking *w, struct gate_check *c)
{
	struct admin *a = w->a;
	bool whole = !admin_settings(&a->source, &a->settings, &a->err);

	if (whole) {
		gate_check_settings(c);
		gate_check_certificate(c);
	} else {
		say_error(w, "settings", a->err.text);
	}
	gate_check_machine(c);
	if (!whole) {
		say(w, &(struct gate_found){GATE_NOTE, "settings",
		                            "the data folder is looked at when they load", ""});
		return;
	}
	if (admin_become_owner(a))
		say_error(w, "folders", a->err.text);
	else if (gate_check_folders(c))
		gate_check_data(c, admin_flag(a, "quick") != NULL);
}

static int show_end(struct checking *w)
{
	struct admin *a = w->a;
	unsigned faults = w->count[GATE_FAULT], notes = w->count[GATE_NOTE];
	int rc = 0;

	if (w->findings && w->failed) {
		json_decref(w->findings);
		return err_set(&a->err, ERR_MEMORY, "out of memory");
	}
	if (w->findings)
		rc = admin_json(a, json_pack("{s:b, s:I, s:I, s:o}", "well", faults == 0, "faults",
		                             (json_int_t)faults, "notes", (json_int_t)notes,
		                             "findings", w->findings));
	else if (!a->quiet && !faults)
		admin_print(a, "\nAll is well%s.\n", notes ? ", but see the notes" : "");
	else if (!a->quiet)
		admin_print(a, "\n%u to mend.\n", faults);
	return rc ? rc : faults ? ADMIN_NO : 0;
}

int admin_check(struct admin *a)
{
	char programs[SETTINGS_TEXT];
	struct checking w = {.a = a, .findings = a->json ? json_array() : NULL};
	struct gate_check c = {.settings = &a->settings,
	                       .config = a->source.config,
	                       .programs = programs,
	                       .say = say,
	                       .progress = progress,
	                       .arg = &w};

	if (git_programs_find(programs, sizeof(programs), &a->err)) {
		json_decref(w.findings);
		return a->err.code;
	}
	admin_step_back();
	look(&w, &c);
	return show_end(&w);
}
