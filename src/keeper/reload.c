/* The settings read again: what takes effect at once, what not, and a fresh
 * wire that takes over with them. */
#include "keeper/keeper_int.h"
#include "keeper/notify.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum log_level keeper_log_level(const char *word)
{
	static const char *const words[] = {"debug", "info", "warn", "error"};

	for (int i = 0; i < 4; i++) {
		if (!strcmp(words[i], word))
			return (enum log_level)i;
	}
	return LOG_INFO;
}

/* Settings of earlier reloads that no worker looks at any more. The last but
 * one stays: a worker may be between reading where the current ones are and
 * reading them. */
static void forget_settings(struct keeper *k)
{
	for (size_t i = 1; i + 2 < k->owned_count;) {
		if (work_uses(k, k->owned[i])) {
			i++;
			continue;
		}
		free(k->owned[i]);
		k->owned_count--;
		memmove(&k->owned[i], &k->owned[i + 1], (k->owned_count - i) * sizeof(*k->owned));
	}
}

static void tell_change(void *arg, const struct setting *s, const char *was, const char *is)
{
	(void)arg;
	if (s->takes == SETTING_RESTART)
		log_warn("%s: %s -> %s takes effect at a restart only", s->key, was, is);
	else
		log_info("%s: %s -> %s", s->key, was, is);
}

static int read_again(struct keeper *k, struct gate_settings *fresh, struct err *err)
{
	int code = k->reload(fresh, k->reload_arg, err);

	forget_settings(k);
	if (!code && k->owned_count == sizeof(k->owned) / sizeof(*k->owned))
		code = err_set(err, ERR_LIMIT, "reloaded too often: restart it");
	if (!code)
		code = keeper_load_tls(k, fresh, err);
	return code ? code : keeper_load_host_keys(k, err);
}

static void take(struct keeper *k, struct gate_settings *fresh)
{
	const struct gate_settings *old = atomic_load(&k->settings);

	/* one that was made stays: the addresses it was made of do */
	if (!fresh->base_url_given)
		snprintf(fresh->base_url, sizeof(fresh->base_url), "%s",
		         old->base_url_given ? "" : old->base_url);
	keeper_fit(k, fresh);
	settings_change(gate_settings_table, old, fresh, tell_change, NULL);
	k->owned[k->owned_count++] = fresh;
	atomic_store(&k->settings, fresh);
	log_least(keeper_log_level(fresh->log_level));
	decisions_reload(k->decisions, fresh->decision_log);
	if (strcmp(old->base_url, fresh->base_url) != 0 ||
	    strcmp(old->ssh_url, fresh->ssh_url) != 0)
		wires_write_address(k);
}

/* A fresh wire takes over with the fresh settings; the old one finishes what
 * runs through it: no connection is dropped. */
void keeper_reload_settings(struct keeper *k)
{
	struct gate_settings *fresh = calloc(1, sizeof(*fresh));
	struct err err = {0};

	notify_reloading();
	int code = fresh ? read_again(k, fresh, &err) : err_set(&err, ERR_MEMORY, "out of memory");
	if (code) {
		atomic_fetch_add(&k->metrics.reloads_failed, 1);
		log_error("not reloaded, the old settings stay: %s", err.text);
		free(fresh);
	} else {
		take(k, fresh);
		if (wires_renew(k, &err)) {
			log_error("the new settings can't be served: %s", err.text);
		} else {
			atomic_fetch_add(&k->metrics.reloads, 1);
			log_info("reloaded");
		}
	}
	notify_ready(atomic_load(&k->settings)->base_url);
}
