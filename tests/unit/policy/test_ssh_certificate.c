/* Certificates of OpenSSH: what is read of them, and what is no certificate for here. */
#include "made.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

/* Each as ssh-keygen -s wrote it. */
static const struct {
	const char *name, *type, *fault, *base64;
} real[] = {
        {"plain", "ssh-ed25519-cert-v01@openssh.com", NULL,
         "AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIFNcof4iKpWqWsWRGVK8RQnwpNYpNjeG"
         "CSDEwnCeFm5cAAAAIDS+HkuEqLXl6v95ZPwR0uikqN4AcNw1msbB66gVAP34AAAAAAAAAAcAAAABAAAACmFu"
         "bkBsYXB0b3AAAAAOAAAAA2FubgAAAANib2IAAAAAaVW5AAAAAABw29iAAAAALgAAAA5zb3VyY2UtYWRkcmVz"
         "cwAAABgAAAAUMTAuMC4wLjAvOCwxOTIuMC4yLjcAAACCAAAAFXBlcm1pdC1YMTEtZm9yd2FyZGluZwAAAAAA"
         "AAAXcGVybWl0LWFnZW50LWZvcndhcmRpbmcAAAAAAAAAFnBlcm1pdC1wb3J0LWZvcndhcmRpbmcAAAAAAAAA"
         "CnBlcm1pdC1wdHkAAAAAAAAADnBlcm1pdC11c2VyLXJjAAAAAAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE5AAAA"
         "IHS9OGTMc35dZjLw2JmP008ftJzpC0uWdOSnS2nvs6v4AAAAUwAAAAtzc2gtZWQyNTUxOQAAAEBa6cBjJyum"
         "n5mvuZ7mDnJhNjxy6j5TTJf/npRpPCepJwU82XfayXRcPovSQ4HqXduC1K0FtaPQF3VW4JPRPKYL"},
        {"forever", "ecdsa-sha2-nistp256-cert-v01@openssh.com", NULL,
         "AAAAKGVjZHNhLXNoYTItbmlzdHAyNTYtY2VydC12MDFAb3BlbnNzaC5jb20AAAAgtTtrREdwX2LtXuiOSLvb"
         "k5AwFKsGVT5FVR6urGZRQg0AAAAIbmlzdHAyNTYAAABBBE8b6qaAhB+i57JbxjHHBQ6qthFonG7HoxAuqdwN"
         "g2H69JZI/xi5BTgI3tlJXibFwGcsPD9joxePp51FbqbeVCAAAAAAAAAAAAAAAAEAAAACZWMAAAAHAAAAA2Fu"
         "bgAAAAAAAAAA//////////8AAAAAAAAAggAAABVwZXJtaXQtWDExLWZvcndhcmRpbmcAAAAAAAAAF3Blcm1p"
         "dC1hZ2VudC1mb3J3YXJkaW5nAAAAAAAAABZwZXJtaXQtcG9ydC1mb3J3YXJkaW5nAAAAAAAAAApwZXJtaXQt"
         "cHR5AAAAAAAAAA5wZXJtaXQtdXNlci1yYwAAAAAAAAAAAAAAMwAAAAtzc2gtZWQyNTUxOQAAACB0vThkzHN+"
         "XWYy8NiZj9NPH7Sc6QtLlnTkp0tp77Or+AAAAFMAAAALc3NoLWVkMjU1MTkAAABAHY6F6QQPgL3AaepaFMyU"
         "VyUegsMW/KxFElc2QYwI4Nyj/Iz9r+jovCyiZNTVpVyaolGOOF7IN6H2xW9ardWqBw=="},
        {"verify", "ssh-ed25519-cert-v01@openssh.com", NULL,
         "AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIIA9wraSifAf+xL3Y+pGqqnXWd9IuC4i"
         "ffwEYO5bQg0lAAAAIDS+HkuEqLXl6v95ZPwR0uikqN4AcNw1msbB66gVAP34AAAAAAAAAAAAAAABAAAAAXgA"
         "AAAHAAAAA2FubgAAAAAAAAAA//////////8AAAAXAAAAD3ZlcmlmeS1yZXF1aXJlZAAAAAAAAACCAAAAFXBl"
         "cm1pdC1YMTEtZm9yd2FyZGluZwAAAAAAAAAXcGVybWl0LWFnZW50LWZvcndhcmRpbmcAAAAAAAAAFnBlcm1p"
         "dC1wb3J0LWZvcndhcmRpbmcAAAAAAAAACnBlcm1pdC1wdHkAAAAAAAAADnBlcm1pdC11c2VyLXJjAAAAAAAA"
         "AAAAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIHS9OGTMc35dZjLw2JmP008ftJzpC0uWdOSnS2nvs6v4AAAAUwAA"
         "AAtzc2gtZWQyNTUxOQAAAEAMr3iRMOKqEWDodYoghzlfIShZDWSoNJXlDm0qRU+kiAVJ5ogtRxA970iAUubY"
         "2i7La7ZXD/sIbIoKHvlIWVID"},
        {"nobody", "ssh-ed25519-cert-v01@openssh.com", NULL,
         "AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIG/Z3xFqWv4pu1Zs8HsBHzqXSzHtPSYd"
         "Wvgmgrj/vpZyAAAAIDS+HkuEqLXl6v95ZPwR0uikqN4AcNw1msbB66gVAP34AAAAAAAAAAAAAAABAAAAAXgA"
         "AAAAAAAAAAAAAAD//////////wAAAAAAAACCAAAAFXBlcm1pdC1YMTEtZm9yd2FyZGluZwAAAAAAAAAXcGVy"
         "bWl0LWFnZW50LWZvcndhcmRpbmcAAAAAAAAAFnBlcm1pdC1wb3J0LWZvcndhcmRpbmcAAAAAAAAACnBlcm1p"
         "dC1wdHkAAAAAAAAADnBlcm1pdC11c2VyLXJjAAAAAAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIHS9OGTM"
         "c35dZjLw2JmP008ftJzpC0uWdOSnS2nvs6v4AAAAUwAAAAtzc2gtZWQyNTUxOQAAAEBMzVfuDFzmn4+d48Jh"
         "VowG6BtfCKNS5KBblSsHdnsbuYJgsdgwKFkbJtreTRGeKM7x+QmNiIZ3TCSX7wUFUPcI"},
        {"host", "ssh-ed25519-cert-v01@openssh.com", "certificate of a host",
         "AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIJiBTtsh7dfrnqpyDibc9xLUeA1Wm6Ke"
         "NUNmi7Hkqg4GAAAAIDS+HkuEqLXl6v95ZPwR0uikqN4AcNw1msbB66gVAP34AAAAAAAAAAAAAAACAAAABGhv"
         "c3QAAAAHAAAAA2FubgAAAAAAAAAA//////////8AAAAAAAAAAAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE5AAAA"
         "IHS9OGTMc35dZjLw2JmP008ftJzpC0uWdOSnS2nvs6v4AAAAUwAAAAtzc2gtZWQyNTUxOQAAAEBcueNTvtZ/"
         "CTsOsqA4Aryx5oXCgyYpfiWa0/mGagPTOqfMnH5t9FBBXN6a06auDeMhuj45y/fkyA9NZqBHVGQC"},
        {"forced", "ssh-ed25519-cert-v01@openssh.com", "force-command",
         "AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIOxWNTxMno2bBt2Gz8GWJ9lOdmf6EIt6"
         "X4WDW4Yc//VVAAAAIDS+HkuEqLXl6v95ZPwR0uikqN4AcNw1msbB66gVAP34AAAAAAAAAAAAAAABAAAABmZv"
         "cmNlZAAAAAcAAAADYW5uAAAAAAAAAAD//////////wAAABsAAAANZm9yY2UtY29tbWFuZAAAAAYAAAACaWQA"
         "AACCAAAAFXBlcm1pdC1YMTEtZm9yd2FyZGluZwAAAAAAAAAXcGVybWl0LWFnZW50LWZvcndhcmRpbmcAAAAA"
         "AAAAFnBlcm1pdC1wb3J0LWZvcndhcmRpbmcAAAAAAAAACnBlcm1pdC1wdHkAAAAAAAAADnBlcm1pdC11c2Vy"
         "LXJjAAAAAAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIHS9OGTMc35dZjLw2JmP008ftJzpC0uWdOSnS2nv"
         "s6v4AAAAUwAAAAtzc2gtZWQyNTUxOQAAAEB2wdwP8aqxgik46M8bo8zrb2fI0rexzFMbLdpJTe/ijJwhtccb"
         "n8pWTv5bPmK48qnr0IaAFZ/R4ABvonZ4Ii0E"},
        {"critical", "ssh-ed25519-cert-v01@openssh.com", "critical option",
         "AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAII5NwXx9ax02zrBDAh6BgG4QgXetbpbK"
         "PLbSgaOOGeByAAAAIDS+HkuEqLXl6v95ZPwR0uikqN4AcNw1msbB66gVAP34AAAAAAAAAAAAAAABAAAAAXgA"
         "AAAHAAAAA2FubgAAAAAAAAAA//////////8AAAAOAAAAAXgAAAAFAAAAAXkAAACCAAAAFXBlcm1pdC1YMTEt"
         "Zm9yd2FyZGluZwAAAAAAAAAXcGVybWl0LWFnZW50LWZvcndhcmRpbmcAAAAAAAAAFnBlcm1pdC1wb3J0LWZv"
         "cndhcmRpbmcAAAAAAAAACnBlcm1pdC1wdHkAAAAAAAAADnBlcm1pdC11c2VyLXJjAAAAAAAAAAAAAAAzAAAA"
         "C3NzaC1lZDI1NTE5AAAAIHS9OGTMc35dZjLw2JmP008ftJzpC0uWdOSnS2nvs6v4AAAAUwAAAAtzc2gtZWQy"
         "NTUxOQAAAEDtqCpagjJtR1jMEPJWpNsBqOQJSQHpXOP84Qs5W65IR62EPITnHimjvQ282Azy3yUjm+ZCTPjf"
         "iKHofmWn5YsG"},
        {"longid", "ssh-ed25519-cert-v01@openssh.com", "key id is longer",
         "AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAILCpFDBcyfnQzj57ye0Hb5hHvJGGXzLb"
         "hSijrvjTz9piAAAAIDS+HkuEqLXl6v95ZPwR0uikqN4AcNw1msbB66gVAP34AAAAAAAAAAAAAAABAAABLHh4"
         "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4"
         "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4"
         "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4"
         "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4"
         "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eAAAAAcAAAADYW5uAAAAAAAA"
         "AAD//////////wAAAAAAAACCAAAAFXBlcm1pdC1YMTEtZm9yd2FyZGluZwAAAAAAAAAXcGVybWl0LWFnZW50"
         "LWZvcndhcmRpbmcAAAAAAAAAFnBlcm1pdC1wb3J0LWZvcndhcmRpbmcAAAAAAAAACnBlcm1pdC1wdHkAAAAA"
         "AAAADnBlcm1pdC11c2VyLXJjAAAAAAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIHS9OGTMc35dZjLw2JmP"
         "008ftJzpC0uWdOSnS2nvs6v4AAAAUwAAAAtzc2gtZWQyNTUxOQAAAEByyikzgkUZMRXv7mnM4obonXCHnn6S"
         "8SqnVqXE1M3UdQc00wIV+s0rcVZt3FQ2bQsMMAaBOlYeYsEbYIyzBWwP"},
};
#define REAL (sizeof real / sizeof *real)

static uint8_t blob[MADE_ROOM];

static const char *parse(const char *name, struct ssh_certificate *out)
{
	size_t len;

	for (size_t i = 0; i < REAL; i++)
		if (!strcmp(real[i].name, name))
			return policy_ssh_certificate_parse(real[i].type, real[i].base64, blob,
			                                    &len, out);
	fail();
	return NULL;
}

static void what_ssh_keygen_signs_is_read(void **state)
{
	struct ssh_certificate c;

	(void)state;
	for (size_t i = 0; i < REAL; i++) {
		const char *fault = parse(real[i].name, &c);

		if (!fault != !real[i].fault || (fault && !strstr(fault, real[i].fault)))
			fail_msg("%s: %s", real[i].name, fault ? fault : "is read");
	}
	assert_null(parse("plain", &c));
	assert_string_equal(c.type, "ssh-ed25519-cert-v01@openssh.com");
	assert_string_equal(c.key.type, "ssh-ed25519");
	assert_string_equal(c.authority.type, "ssh-ed25519");
	assert_string_equal(c.id, "ann@laptop");
	assert_int_equal(c.serial, 7);
	assert_int_equal(c.principals, 2);
	assert_string_equal(policy_ssh_principal(&c, 0), "ann");
	assert_string_equal(policy_ssh_principal(&c, 1), "bob");
	assert_int_equal(c.after, 1767225600);
	assert_int_equal(c.before, 1893456000);
	assert_true(c.narrowed);
	assert_string_equal(c.addresses, "10.0.0.0/8,192.0.2.7");

	assert_null(parse("forever", &c));
	assert_string_equal(c.key.type, "ecdsa-sha2-nistp256");
	assert_int_equal(c.after, 0);
	assert_int_equal(c.before, CLOCK_NEVER);
	assert_int_equal(c.serial, 0);
	assert_false(c.narrowed);
	assert_null(parse("nobody", &c));
	assert_int_equal(c.principals, 0);
}

/* -- made here -- */

static const char *fault_of(const struct made *m, struct ssh_certificate *out)
{
	size_t len;

	made_blob(m, blob, &len);
	return policy_ssh_certificate_read(blob, len, out);
}

static void refused(const struct made *m, const char *word)
{
	struct ssh_certificate c;
	const char *fault = fault_of(m, &c);

	if (!fault || !strstr(fault, word))
		fail_msg("%s: %s", word, fault ? fault : "is read");
	assert_int_equal(c.principals, 0);
	assert_string_equal(c.id, "");
}

static void the_key_and_the_authority_are_theirs(void **state)
{
	struct ssh_certificate c;
	struct ssh_key authority, again;

	(void)state;
	assert_null(fault_of(&(struct made){.names = {"ann"}, .signer = 3, .hardware = true}, &c));
	made_authority(3, &authority);
	assert_int_equal(c.authority.len, authority.len);
	assert_memory_equal(c.authority.blob, authority.blob, authority.len);
	assert_true(c.key.hardware);
	assert_string_equal(c.key.type, "sk-ssh-ed25519@openssh.com");
	/* its blob is that of the key alone */
	assert_null(policy_ssh_key_read(c.key.blob, c.key.len, &again));
}

static void what_is_too_much_is_not_read(void **state)
{
	static char longest[SSH_CERTIFICATE_NAMES];
	struct ssh_certificate c;

	(void)state;
	assert_null(fault_of(&(struct made){.more = SSH_CERTIFICATE_PRINCIPALS}, &c));
	assert_int_equal(c.principals, SSH_CERTIFICATE_PRINCIPALS);
	assert_string_equal(policy_ssh_principal(&c, SSH_CERTIFICATE_PRINCIPALS - 1), "more");
	refused(&(struct made){.more = SSH_CERTIFICATE_PRINCIPALS + 1}, "more principals");

	memset(longest, 'a', sizeof longest - 1);
	assert_null(fault_of(&(struct made){.names = {longest}}, &c));
	refused(&(struct made){.names = {longest, "b"}}, "more principals");
	refused(&(struct made){.source = longest}, "more addresses");
	longest[SSH_CERTIFICATE_ADDRESSES - 1] = 0;
	assert_null(fault_of(&(struct made){.source = longest}, &c));
	refused(&(struct made){.id = longest}, "key id is longer");
	longest[SSH_CERTIFICATE_ID - 1] = 0;
	assert_null(fault_of(&(struct made){.id = longest}, &c));
	assert_string_equal(c.id, longest);

	memset(blob, 0, sizeof blob);
	assert_non_null(policy_ssh_certificate_read(blob, SSH_CERTIFICATE_BLOB + 1, &c));
}

static void only_options_that_are_known_are_taken(void **state)
{
	struct ssh_certificate c;

	(void)state;
	refused(&(struct made){.option = {"permit-all"}, .value = "x"}, "critical option");
	refused(&(struct made){.option = {"force-command"}, .value = "id"}, "force-command");
	refused(&(struct made){.option = {"source-address"}, .value = "::/0", .source = "::/0"},
	        "damaged");
	refused(&(struct made){.option = {"verify-required"}, .value = "x"}, "damaged");
	refused(&(struct made){.option = {"source-address"}}, "damaged");
	assert_null(fault_of(&(struct made){.option = {"verify-required"}}, &c));
	/* who does not know an extension passes over it */
	assert_null(fault_of(&(struct made){.extension = "login@github.com"}, &c));
	assert_null(fault_of(&(struct made){.source = ""}, &c));
	assert_true(c.narrowed);
}

static void other_kinds_are_not_taken(void **state)
{
	(void)state;
	refused(&(struct made){.kind = 2}, "certificate of a host");
	refused(&(struct made){.kind = 3}, "damaged");
	refused(&(struct made){.unsigned_ = true}, "damaged");
}

static void a_cut_or_longer_one_is_none(void **state)
{
	struct ssh_certificate c;
	size_t len;

	(void)state;
	made_blob(&(struct made){.names = {"ann", "bob"}, .source = "::/0", .extension = "pty"},
	          blob, &len);
	assert_null(policy_ssh_certificate_read(blob, len, &c));
	for (size_t i = 0; i < len; i++)
		assert_non_null(policy_ssh_certificate_read(blob, i, &c));
	blob[len] = 0;
	assert_non_null(policy_ssh_certificate_read(blob, len + 1, &c));
}

/* What stands behind a NUL would count nowhere, and be signed all the same. */
static void no_nul_hides_anything(void **state)
{
	struct ssh_certificate c;
	size_t len;

	(void)state;
	made_blob(&(struct made){.names = {"ann!bob"}, .id = "an id"}, blob, &len);
	uint8_t *name = memmem(blob, len, "ann!bob", 7), *id = memmem(blob, len, "an id", 5);
	assert_non_null(name);
	assert_non_null(id);
	assert_null(policy_ssh_certificate_read(blob, len, &c));
	name[3] = 0;
	assert_non_null(policy_ssh_certificate_read(blob, len, &c));
	name[3] = '!';
	id[2] = 0;
	assert_non_null(policy_ssh_certificate_read(blob, len, &c));
}

static void keys_and_words_that_do_not_fit_are_none(void **state)
{
	static const char key[] =
	        "AAAAC3NzaC1lZDI1NTE5AAAAIL63uf97eLmVRNFtpO9v6xHUsNpcrVRrQyt5jfb9jVZA";
	struct ssh_certificate c;
	size_t len;

	(void)state;
	assert_non_null(policy_ssh_certificate_parse("ssh-ed25519", key, blob, &len, &c));
	assert_false(policy_ssh_is_certificate(blob, len));
	assert_non_null(policy_ssh_certificate_parse(real[0].type, "no base64!", blob, &len, &c));
	assert_non_null(policy_ssh_certificate_parse("ssh-rsa-cert-v01@openssh.com", real[0].base64,
	                                             blob, &len, &c));
	assert_null(policy_ssh_certificate_parse(real[0].type, real[0].base64, blob, &len, &c));
	assert_true(policy_ssh_is_certificate(blob, len));
	assert_false(policy_ssh_is_certificate(blob, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_ssh_keygen_signs_is_read),
	        cmocka_unit_test(the_key_and_the_authority_are_theirs),
	        cmocka_unit_test(what_is_too_much_is_not_read),
	        cmocka_unit_test(only_options_that_are_known_are_taken),
	        cmocka_unit_test(other_kinds_are_not_taken),
	        cmocka_unit_test(a_cut_or_longer_one_is_none),
	        cmocka_unit_test(no_nul_hides_anything),
	        cmocka_unit_test(keys_and_words_that_do_not_fit_are_none),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
