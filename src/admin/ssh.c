/* The keys by which this server shows over SSH that it is itself. */
#include "admin/admin_int.h"

#include "gate/host_key.h"
#include "git/git.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define KNOWN_MOST 8192

/* Where people reach it: as the settings or the running server have it. */
static void find_url(const struct admin *a, char out[SETTINGS_TEXT])
{
	char base[SETTINGS_TEXT];

	snprintf(out, SETTINGS_TEXT, "%s", a->settings.ssh_url);
	if (*out || admin_run_line(a, "ssh-address", "ssh://", out))
		return;
	admin_base_url(a, base);
	snprintf(out, SETTINGS_TEXT, "%s", base);
}

static int open_keys(struct admin *a, struct gate_host_keys *out)
{
	char programs[SETTINGS_TEXT];
	int rc = git_programs_find(programs, sizeof(programs), &a->err);

	if (!rc)
		rc = gate_host_keys_open(a->settings.data, programs, false, out, &a->err);
	if (rc)
		return rc;
	for (int kind = 0; kind < HOST_KINDS; kind++)
		if (out->keys[kind].secret)
			return 0;
	return err_set(&a->err, ERR_NOT_FOUND,
	               "there are no host keys yet: the server makes them when it first serves SSH "
	               "(--ssh ADDR:PORT)");
}

static json_t *key_json(const struct gate_host_key *k, enum gate_host_kind kind)
{
	const struct admin_field fields[] = {
	        {"kind", json_string(gate_host_kind_name(kind))},
	        {"fingerprint", json_string(k->fingerprint)},
	        {"key", json_string(k->public)},
	};

	return admin_json_object(fields, sizeof(fields) / sizeof(*fields));
}

static int show_json(struct admin *a, const struct gate_host_keys *keys)
{
	json_t *list = json_array();
	bool failed = !list;

	for (int kind = 0; !failed && kind < HOST_KINDS; kind++)
		if (keys->keys[kind].secret)
			failed = json_array_append_new(
			        list, key_json(&keys->keys[kind], (enum gate_host_kind)kind));
	if (!failed)
		return admin_json(a, list);
	json_decref(list);
	return err_set(&a->err, ERR_MEMORY, "out of memory");
}

/* They are the server's alone to read, so it is asked as its user. */
int admin_ssh_fingerprints(struct admin *a)
{
	char url[SETTINGS_TEXT], host[SETTINGS_TEXT];
	struct gate_host_keys keys;
	struct buf known;
	long port;
	int rc = open_keys(a, &keys);

	if (rc)
		return rc;
	if (a->json) {
		rc = show_json(a, &keys);
		gate_host_keys_clear(&keys);
		return rc;
	}
	find_url(a, url);
	gate_ssh_host(url, host, sizeof(host), &port);
	buf_init(&known, KNOWN_MOST);
	rc = gate_host_keys_known(&keys, host, strncmp(url, "ssh://", 6) ? 22 : port, &known);
	gate_host_keys_clear(&keys);
	if (rc)
		err_set(&a->err, rc, "out of memory");
	else
		admin_print(a, "%s", buf_str(&known));
	buf_clear(&known);
	return rc;
}

int admin_ssh_host_key(struct admin *a)
{
	char programs[SETTINGS_TEXT];
	const char *from = admin_flag(a, "from");
	struct gate_host_key fresh;
	enum gate_host_kind kind = HOST_ED25519;

	if (!from == !a->nargs)
		return admin_usage(a, "either a kind of key, or --from and a private key");
	if (a->nargs && !gate_host_kind_find(a->args[0], &kind))
		return admin_usage(a, "a host key is ed25519, ecdsa or rsa");
	int rc = git_programs_find(programs, sizeof(programs), &a->err);
	if (!rc)
		rc = gate_host_key_replace(&a->gate, programs, from, &kind, &fresh, &a->err);
	if (rc)
		return rc;
	admin_print(a, "%s %s\n", gate_host_kind_name(kind), fresh.fingerprint);
	if (!a->quiet)
		fprintf(a->complaints,
		        "A running server shows it after a reload (systemctl reload gatehouse, or "
		        "SIGHUP). Whoever knows\nthe server by the old key is warned then: tell "
		        "people "
		        "the new line of `gatehouse ssh fingerprints`.\nThe old key is kept beside "
		        "it, as host_%s.old.\n",
		        gate_host_kind_name(kind));
	gate_host_key_clear(&fresh);
	return 0;
}
