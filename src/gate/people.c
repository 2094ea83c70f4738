#include "gate/gate_int.h"

#include "base/clock.h"

#include <string.h>

/* No more than what keeps an address from being mistaken for something else;
 * whether it reaches anybody only a letter can tell. */
int gate_email(struct gate *g, char out[STORE_EMAIL], const char *email, struct err *err)
{
	const char *at = strchr(email, '@');
	if (!at || at == email || !at[1] || strchr(at + 1, '@') || strpbrk(email, " ,;<>\"\\"))
		return err_set(err, ERR_INVALID,
		               "\"%.100s\" is no e-mail address (wanted: name@host)", email);
	/* whoever had a bot's address would be taken for it */
	if (policy_name_equal(at + 1, g->settings->bot_domain))
		return err_set(err, ERR_INVALID,
		               "\"%.100s\" lies in %.100s, the domain of bots (bot-domain)", email,
		               at + 1);
	return gate_text(out, STORE_EMAIL, email, "the e-mail address", err);
}

int gate_user_find(struct gate *g, const char *name, struct store_user *out, struct err *err)
{
	struct store_user u;
	int rc = strchr(name, '@') ? store_user_by_email(g->store, name, &u, err)
	                           : store_user_get(g->store, name, &u, err);
	if (rc == ERR_NOT_FOUND)
		return err_set(err, rc, "there is no user \"%.100s\"", name);
	if (!rc && out)
		*out = u;
	return rc;
}

int gate_user_list(struct gate *g, int (*each)(void *, const struct store_user *), void *arg,
                   struct err *err)
{
	return gate_user_page(g, NULL, each, arg, err);
}

int gate_user_page(struct gate *g, const char *after,
                   int (*each)(void *, const struct store_user *), void *arg, struct err *err)
{
	return store_user_page(g->store, after ? after : "", each, arg, err);
}

int gate_email_list(struct gate *g, const struct store_user *u,
                    int (*each)(void *, const char *email), void *arg, struct err *err)
{
	return store_email_list(g->store, u->id, each, arg, err);
}

static int user_fill(struct gate *g, struct store_user *u, const char *name, const char *email,
                     const char *display, struct err *err)
{
	int rc = gate_owner_name(u->name, name, "a user's name", err);
	if (!rc && email && *email)
		rc = gate_email(g, u->email, email, err);
	if (!rc && display && *display)
		rc = gate_label(u->display, display, "a person's name", err);
	return rc;
}

/* The ledger knows that something is taken; a person wants to know what. */
static int user_taken(struct gate *g, const struct store_user *u, struct err *err)
{
	struct store_user other;

	if (*u->email && !store_user_by_email(g->store, u->email, &other, NULL))
		return err_set(err, ERR_EXISTS,
		               "the e-mail address %s belongs to the user %s already", u->email,
		               other.name);
	return err_set(err, ERR_EXISTS, "the name \"%s\" is taken, by a user or a workspace",
	               u->name);
}

int gate_user_add(struct gate *g, const char *name, const char *email, const char *display,
                  bool server_admin, struct store_user *out, struct err *err)
{
	struct store_user u = {.server_admin = server_admin, .suspended = CLOCK_NEVER};
	char note[STORE_TEXT];

	int rc = user_fill(g, &u, name, email, display, err);
	if (!rc)
		rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	gate_put(note, sizeof(note), "e-mail %s%s", *u.email ? u.email : "none",
	         server_admin ? ", administrator of the server" : "");
	rc = store_user_add(g->store, &u, clock_now(), err);
	if (rc == ERR_EXISTS)
		rc = user_taken(g, &u, err);
	rc = gate_change_end(g, rc, &(struct gate_change){"user add", u.name, note, NULL}, err);
	if (!rc && out)
		*out = u;
	return rc;
}

static int ssh_keys_apply(struct store_user *u, const char *word, struct err *err)
{
	if (strcmp(word, "any") && strcmp(word, "sk"))
		return err_set(err, ERR_INVALID, "\"%.60s\" is no rule for SSH keys (any or sk)",
		               word);
	u->hardware_keys = !strcmp(word, "sk");
	return 0;
}

static int user_edit_apply(struct gate *g, struct store_user *u, const struct gate_user_edit *edit,
                           struct err *err)
{
	char email[STORE_EMAIL];
	int rc = 0;

	if (edit->display)
		rc = *edit->display ? gate_label(u->display, edit->display, "a person's name", err)
		                    : (u->display[0] = 0);
	if (edit->server_admin >= 0)
		u->server_admin = edit->server_admin;
	if (!rc && edit->ssh_keys)
		rc = ssh_keys_apply(u, edit->ssh_keys, err);
	if (!rc && edit->add_email) {
		rc = gate_email(g, email, edit->add_email, err);
		if (!rc)
			rc = store_email_add(g->store, u->id, email, err);
		if (rc == ERR_EXISTS)
			err_set(err, rc, "the e-mail address %s belongs to somebody already",
			        email);
	}
	if (!rc && edit->remove_email) {
		rc = store_email_remove(g->store, u->id, edit->remove_email, err);
		if (rc == ERR_NOT_FOUND)
			rc = err_set(err, rc, "%s has no e-mail address \"%.100s\"", u->name,
			             edit->remove_email);
	}
	if (!rc)
		rc = store_user_update(g->store, u, err);
	return rc ? rc : store_user_get_id(g->store, u->id, u, err);
}

static void user_edit_note(char note[STORE_TEXT], const struct gate_user_edit *edit)
{
	gate_put(note, STORE_TEXT, "%s%s%s%s%s%s%s%s%s", edit->display ? "name " : "",
	         edit->display ? edit->display : "", edit->add_email ? " +e-mail " : "",
	         edit->add_email ? edit->add_email : "", edit->remove_email ? " -e-mail " : "",
	         edit->remove_email ? edit->remove_email : "", edit->ssh_keys ? " SSH keys " : "",
	         edit->ssh_keys ? edit->ssh_keys : "",
	         edit->server_admin < 0   ? ""
	         : edit->server_admin > 0 ? " administrator yes"
	                                  : " administrator no");
}

int gate_user_edit(struct gate *g, const char *name, const struct gate_user_edit *edit,
                   struct store_user *out, struct err *err)
{
	struct store_user u;
	char note[STORE_TEXT];

	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	user_edit_note(note, edit);
	rc = gate_user_find(g, name, &u, err);
	if (!rc)
		rc = user_edit_apply(g, &u, edit, err);
	rc = gate_change_end(g, rc, &(struct gate_change){"user edit", u.name, note, NULL}, err);
	if (!rc && out)
		*out = u;
	return rc;
}

static int suspend_apply(struct gate *g, struct store_user *u, bool suspend, const char *reason,
                         struct err *err)
{
	char when[CLOCK_TEXT];

	if (suspend && u->suspended != CLOCK_NEVER)
		return err_set(err, ERR_EXISTS, "%s is suspended already, since %s", u->name,
		               clock_text(u->suspended, when));
	if (!suspend && u->suspended == CLOCK_NEVER)
		return err_set(err, ERR_INVALID, "%s is not suspended", u->name);
	u->suspended = suspend ? clock_now() : CLOCK_NEVER;
	int rc = gate_text(u->suspend_reason, sizeof(u->suspend_reason),
	                   suspend && reason ? reason : "", "the reason", err);
	return rc ? rc : store_user_update(g->store, u, err);
}

int gate_user_suspend(struct gate *g, const char *name, bool suspend, const char *reason,
                      struct store_user *out, struct err *err)
{
	struct store_user u;

	int rc = gate_change_begin(g, err);
	if (rc)
		return rc;
	rc = gate_user_find(g, name, &u, err);
	if (!rc)
		rc = suspend_apply(g, &u, suspend, reason, err);
	rc = gate_change_end(g, rc,
	                     &(struct gate_change){suspend ? "user suspend" : "user resume", u.name,
	                                           suspend ? reason : NULL, NULL},
	                     err);
	if (!rc && out)
		*out = u;
	return rc;
}
