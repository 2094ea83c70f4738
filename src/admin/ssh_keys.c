/* What sshd asks before it lets a key or certificate in: the line of an authorized_keys file
 * that has it, for its AuthorizedKeysCommand, or of one with principals, for its
 * AuthorizedPrincipalsCommand. */
#include "admin/admin_int.h"

#include "git/git.h"

#include <string.h>

/* It stands in a line that sshd reads and a shell after it: what needs quoting there is
 * not taken. */
static bool is_plain(const char *path)
{
	return *path == '/' &&
	       !path[strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	                          "/._-")];
}

static int find_program(struct admin *a, char *out, size_t size)
{
	char programs[SETTINGS_TEXT];
	int rc = git_programs_find(programs, sizeof(programs), &a->err);

	if (rc)
		return rc;
	snprintf(out, size, "%s/gatehouse-ssh-session", programs);
	if (!*a->settings.ssh_socket)
		return err_set(&a->err, ERR_INVALID,
		               "ssh-socket is not set: where the server listens for sshd's "
		               "sessions");
	if (!is_plain(out) || !is_plain(a->settings.ssh_socket))
		return err_set(&a->err, ERR_INVALID,
		               "%s or %s holds what would need quoting in a line for sshd", out,
		               a->settings.ssh_socket);
	return 0;
}

/* sshd gives type and base64 apart; both are looked at before they are written back. */
static int take_key(struct admin *a, struct ssh_key *out)
{
	char line[SSH_KEY_LINE];

	snprintf(line, sizeof(line), "%s %s", a->args[1], a->args[2]);
	const char *fault = policy_ssh_key_parse(line, strlen(line), out);
	return fault ? err_set(&a->err, ERR_INVALID, "%s", fault) : 0;
}

/* Nothing for a key that may not come in: sshd then asks for another. */
int admin_ssh_keys(struct admin *a)
{
	char program[SETTINGS_TEXT + 32];
	struct ssh_key key;
	bool lets_in = false;

	int rc = find_program(a, program, sizeof(program));
	if (!rc && take_key(a, &key)) /* of a kind that nobody can register */
		return 0;
	if (!rc)
		rc = gate_key_lets_in(&a->gate, &key, &lets_in, &a->err);
	if (!rc && lets_in)
		fprintf(a->out, "restrict,command=\"%s %s %s %s\" %s %s\n", program,
		        a->settings.ssh_socket, key.type, a->args[2], key.type, a->args[2]);
	return rc;
}

/* Nothing on standard output for a certificate that may not come in. sshd drops what stands
 * on the other one; an operator who asks by hand reads there why. */
static int say_why(struct admin *a, const char *why)
{
	if (!a->quiet)
		fprintf(a->complaints, "%s%s", why, why[strlen(why) - 1] == '\n' ? "" : "\n");
	return 0;
}

/* sshd has checked who signed it, until when it is good, and from where. */
int admin_ssh_principals(struct admin *a)
{
	static uint8_t blob[SSH_CERTIFICATE_BLOB];
	static struct ssh_certificate cert;
	char program[SETTINGS_TEXT + 32];
	const char *principal = NULL, *fault;
	bool lets_in = false;
	struct buf why;
	size_t len;

	int rc = find_program(a, program, sizeof(program));
	if (rc)
		return rc;
	fault = policy_ssh_certificate_parse(a->args[1], a->args[2], blob, &len, &cert);
	if (fault)
		return say_why(a, fault);
	buf_init(&why, 8000);
	rc = gate_certificate_lets_in(&a->gate, &cert, &principal, &lets_in, &why, &a->err);
	if (!rc && lets_in)
		fprintf(a->out, "restrict,command=\"%s %s %s %s\" %s\n", program,
		        a->settings.ssh_socket, cert.type, a->args[2], principal);
	else if (!rc && why.len)
		rc = say_why(a, buf_str(&why));
	buf_clear(&why);
	return rc;
}
