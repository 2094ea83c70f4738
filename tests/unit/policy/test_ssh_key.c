/* The public half of an SSH key: what is taken, and what people are told of all else. */
#include "policy/ssh_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

/* Each as ssh-keygen wrote it (the sk- ones after its PROTOCOL.u2f). */
static const struct {
	const char *type;
	unsigned bits;
	bool hardware;
	const char *line;
} good[] = {
        {"ssh-ed25519", 256, false,
         "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL63uf97eLmVRNFtpO9v6xHUsNpcrVRrQyt5jfb9jVZA ann"
         "@laptop"},
        {"ecdsa-sha2-nistp256", 256, false,
         "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBMKTzHRFYG+R"
         "2JCBaKfrrKUW1p1jKAuum8bGDLU+WPsxigARAaFLP5h4I7Xq6FYEZR4jPL8eDSNnq0uxIXncKgI= ann@lap"
         "top"},
        {"ecdsa-sha2-nistp384", 384, false,
         "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBFBKr7KA4jnU"
         "17pTdhrUQA9OxZGSCHtSl9paEcvSdTYZILvxbnR4h7YYLw7R3KZdLBlx5/YPIMvcCz7T6RCsZfJ2p7YyykBx"
         "dDIQL6FEiLVJ8luqj1pnFc0meISyfNy+Jg== ann@laptop"},
        {"ecdsa-sha2-nistp521", 521, false,
         "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAF8/TQsbFss"
         "Nz2Loq3hsEr+SjpWxDCi37MDi4D2YQ3GSzT8pGN2rfRSpYSmCPmmUtr/a+sWMTH0S9jXmIkneqYEbQG+6G7o"
         "zJBMdeqnFh5+wOqsmM3pnWOZjDV+9UdB3t2E06Y5tnuTwW+b0B6DKWShTOej2aiKK6TN56Mo2VbpTAYJgw=="
         " ann@laptop"},
        {"ssh-rsa", 2048, false,
         "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCq60J4n48vMC+vqD2F2jcqN2lf85+LR+cFzE+oT5/4XxMC"
         "59YnlvdURmc/yqDABJ+OeUCGsnxH8WC7tTZwyEWUd4kLGWO8XGMvdi5wOkF/LeCfc2TkATqX7jj7+U5huOIr"
         "8o2d5E55dfD6kUHs1/4r996Cu+7VKpw/QHrp3y+EoF9nLGgKHzIT/0NyNxwxka8nfIbNSthNapdtxaYgihPM"
         "2XeyPhvJ6HYlYbqFw1I9NEctsF6UKw2kPaRBAWDV/0Xzgj5S40aoEG7B9kz7CfoIULvJGkY0KNxqsqF9sAy9"
         "RB9VWN6DhlHHlvQVjh6JLThr7HDmYtNGRJcc1Oqydg0R ann@laptop"},
        {"sk-ssh-ed25519@openssh.com", 256, true,
         "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIL63uf97eLmVR"
         "NFtpO9v6xHUsNpcrVRrQyt5jfb9jVZAAAAABHNzaDo= ann@key"},
        {"sk-ecdsa-sha2-nistp256@openssh.com", 256, true,
         "sk-ecdsa-sha2-nistp256@openssh.com AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNzaC5jb"
         "20AAAAIbmlzdHAyNTYAAABBBMKTzHRFYG+R2JCBaKfrrKUW1p1jKAuum8bGDLU+WPsxigARAaFLP5h4I7Xq6"
         "FYEZR4jPL8eDSNnq0uxIXncKgIAAAAEc3NoOg== ann@key"},
};
#define GOOD (sizeof good / sizeof *good)

static const char too_short[] =
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQCazOZ0vtQ+682NoZ8lATTXxFHsu6dOAMTsqaIHrpfhcJj8"
        "Rdkm2nXtepWbtJ0mSClchTy0eltn3SHTaLx+SCFAtAo+eMGKRXu6nX+gf8OSBkhsm0OJHg8BTG4gu13wJhKN"
        "UYBD+vwwWNnsHyutD/w5wqYtZie53CERe0YxVxuB9Q== ann@laptop";
static const char dsa[] =
        "ssh-dss AAAAB3NzaC1kc3MAAACBAKKWaJUfdEIgXTdQTIkyI2nrg8DzbpJhHHmRPylfnhstPA5uqMH1kAGT"
        "P3cGP6liFIkD9LZ+H/L14YJUWA1yB3gpzahMMaVjypVUeefdoMwxHeMVP1CT2MaXxQQgRg3u+bEQZR7md2bN"
        "W4ls4/8Mu9eAZ8rUy6NfaWC7C656pHf9AAAAFQCxvMRrSdHWZVuAmA7lToLN7QhoNwAAAIAgGicbyd/d7Hao"
        "ebSOY+EwEzekw5cGwSZ08GA8lRse3hX86D1VNI+ya/ZAEf893YSBX0aXTksjTFT3INGFd0LsaVa3L8bg+rOS"
        "5ExalMjjL/NZJvTkpSpc1tpV/mGwhlOD7Wk230w5jEV8PkI5nos3KvhKx3PO9RfIPw5aH5pm0gAAAIA4hy1E"
        "2R2KIfflTDfKEfxf1gTF5/fl8Jys7ukWcHGXW/uk8dM4l58fFjZ2AL1JuwZV0+gwAYKglkBbYi/iuJE9f7SK"
        "BDQ8yI6thSqoI8C3GiNLqf9m3NS07qk8rbp0v2TWJsQeh4iFnv4iV9dUHhx8uj4nQX/I8mqQEtMHflGJKA=="
        " root@vm";
static const char certificate[] =
        "ecdsa-sha2-nistp256-cert-v01@openssh.com AAAAKGVjZHNhLXNoYTItbmlzdHAyNTYtY2VydC12MDF"
        "Ab3BlbnNzaC5jb20AAAAgd7Ldi869OzR2+fd15r3ZH7uLTL97fYGOhEbh9NNSVC0AAAAIbmlzdHAyNTYAAAB"
        "BBMKTzHRFYG+R2JCBaKfrrKUW1p1jKAuum8bGDLU+WPsxigARAaFLP5h4I7Xq6FYEZR4jPL8eDSNnq0uxIXn"
        "cKgIAAAAAAAAAAAAAAAEAAAACbWUAAAAHAAAAA2FubgAAAAAAAAAA//////////8AAAAAAAAAggAAABVwZXJ"
        "taXQtWDExLWZvcndhcmRpbmcAAAAAAAAAF3Blcm1pdC1hZ2VudC1mb3J3YXJkaW5nAAAAAAAAABZwZXJtaXQ"
        "tcG9ydC1mb3J3YXJkaW5nAAAAAAAAAApwZXJtaXQtcHR5AAAAAAAAAA5wZXJtaXQtdXNlci1yYwAAAAAAAAA"
        "AAAAAMwAAAAtzc2gtZWQyNTUxOQAAACC+t7n/e3i5lUTRbaTvb+sR1LDaXK1Ua0MreY32/Y1WQAAAAFMAAAA"
        "Lc3NoLWVkMjU1MTkAAABApsR5gI+UMnZuFndlck98w3WXPKD59GxQvYVRs1jJIMCN+gYogFXxr92uCPKIdO/"
        "oX823SStlXb4qeu9iYgY6AA== ann@laptop";

static const char *parse(const char *text, struct ssh_key *out)
{
	return policy_ssh_key_parse(text, strlen(text), out);
}

static void every_kind_that_openssh_makes_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < GOOD; i++) {
		struct ssh_key key, again;
		const char *fault = parse(good[i].line, &key);

		if (fault)
			fail_msg("%s: %s", good[i].type, fault);
		assert_string_equal(key.type, good[i].type);
		assert_int_equal(key.bits, good[i].bits);
		assert_int_equal(key.hardware, good[i].hardware);
		assert_string_equal(key.comment, good[i].hardware ? "ann@key" : "ann@laptop");
		assert_null(policy_ssh_key_read(key.blob, key.len, &again));
		assert_int_equal(again.len, key.len);
		assert_memory_equal(again.blob, key.blob, key.len);
	}
}

static void white_space_and_remarks_are_no_fault(void **state)
{
	char text[1200];
	struct ssh_key key;

	(void)state;
	strcpy(text, "# my laptop\r\n\r\n  ");
	strcat(text, good[0].line);
	strcat(text, " and more \r\n\n");
	assert_null(parse(text, &key));
	assert_string_equal(key.comment, "ann@laptop and more");
}

/* A blob with one byte changed, cut or added is another key or none, never a crash;
 * its lengths must fill it just so. */
static void a_damaged_blob_is_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < GOOD; i++) {
		struct ssh_key key, other;
		uint8_t more[SSH_KEY_BLOB + 1] = {0};

		assert_null(parse(good[i].line, &key));
		for (size_t len = 0; len < key.len; len++)
			assert_non_null(policy_ssh_key_read(key.blob, len, &other));
		memcpy(more, key.blob, key.len);
		assert_non_null(policy_ssh_key_read(more, key.len + 1, &other));
		for (size_t at = 0; at < 4; at++) { /* the first length */
			more[at] ^= 1;
			assert_non_null(policy_ssh_key_read(more, key.len, &other));
			more[at] ^= 1;
		}
		for (size_t at = 4; at < 4 + strlen(key.type); at++) {
			more[at] ^= 1;
			assert_non_null(policy_ssh_key_read(more, key.len, &other));
			more[at] ^= 1;
		}
	}
}

static void says(const char *text, const char *word)
{
	struct ssh_key key = {.bits = 7};
	const char *fault = parse(text, &key);

	if (!fault || !strstr(fault, word))
		fail_msg("%.40s: \"%s\" does not say \"%s\"", text, fault ? fault : "taken", word);
	assert_int_equal(key.bits, 7);
}

static void what_is_not_taken_is_told_for_what_it_is(void **state)
{
	char text[1200];

	(void)state;
	says("", "nothing in it");
	says("hello", "no public key");
	says(too_short, "at least 2048 bits");
	says(dsa, "DSA");
	says(certificate, "certificate");
	says("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n", "private key");
	says("-----BEGIN RSA PRIVATE KEY-----\n", "private key");
	says("PuTTY-User-Key-File-3: ssh-ed25519\n", "PuTTY");
	says("---- BEGIN SSH2 PUBLIC KEY ----\n", "ssh-keygen -i -f");
	says("-----BEGIN PUBLIC KEY-----\n", "PKCS8");
	says("-----BEGIN RSA PUBLIC KEY-----\n", "-m PEM");
	says("ssh-ed25519", "cut short");
	says("ssh-ed25519 AAAA=", "base64");
	says("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI", "base64");
	says("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", "damaged");
	says("ssh-ed448 AAAACXNzaC1lZDQ0OAAAADk=", "not known here");
	strcpy(text, good[0].line);
	strcat(text, "\n");
	strcat(text, good[1].line);
	says(text, "more than one");
	strcpy(text, "command=\"x\",restrict ");
	strcat(text, good[0].line);
	says(text, "authorized_keys");
	strcpy(text, "ssh-rsa ");
	strcat(text, strchr(good[0].line, ' ') + 1);
	says(text, "names another type");
}

/* The words are shown, so nothing of the text may be in them. */
static void words_quote_nothing(void **state)
{
	struct ssh_key key;
	const char *fault;

	(void)state;
	fault = parse("SECRETWORD OTHERSECRET", &key);
	assert_non_null(fault);
	assert_null(strstr(fault, "SECRET"));
}

static void one_spelling_is_read_and_no_other(void **state)
{
	char text[400];
	struct ssh_key key;
	size_t last;

	(void)state;
	/* bits behind the last byte that are not 0 would be a second spelling */
	strcpy(text, good[1].line);
	*strrchr(text, ' ') = 0;
	last = strlen(text) - 2;
	assert_int_equal(text[last + 1], '=');
	text[last]++;
	assert_non_null(parse(text, &key));
}

static void a_long_comment_is_cut_between_characters(void **state)
{
	char text[600];
	struct ssh_key key;

	(void)state;
	strcpy(text, good[0].line);
	*strrchr(text, ' ') = 0;
	strcat(text, " x");
	for (int i = 0; i < 100; i++)
		strcat(text, "\xC3\xA4");
	assert_null(parse(text, &key));
	assert_int_equal(strlen(key.comment), 127);
	assert_int_equal((unsigned char)key.comment[125], 0xC3);
}

/* n with a needless zero byte, a negative one, an even one. */
static void an_rsa_key_has_one_form(void **state)
{
	uint8_t blob[600];
	struct ssh_key key, other;
	size_t n = 4 + 7 + 4 + 3; /* where the modulus' length stands */

	(void)state;
	assert_null(parse(good[4].line, &key));
	assert_int_equal(key.blob[n + 3], 1);
	memcpy(blob, key.blob, key.len);
	blob[key.len - 1] ^= 1;
	assert_non_null(policy_ssh_key_read(blob, key.len, &other));
	memcpy(blob, key.blob, n);
	blob[n + 2] = 1;
	blob[n + 3] = 0;
	memcpy(blob + n + 4, key.blob + n + 5, 256);
	assert_non_null(policy_ssh_key_read(blob, key.len - 1, &other));
	blob[n + 3] = 2;
	blob[n + 4] = blob[n + 5] = 0;
	memcpy(blob + n + 6, key.blob + n + 5, 256);
	assert_non_null(policy_ssh_key_read(blob, key.len + 1, &other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_kind_that_openssh_makes_is_read),
	        cmocka_unit_test(white_space_and_remarks_are_no_fault),
	        cmocka_unit_test(a_damaged_blob_is_none),
	        cmocka_unit_test(what_is_not_taken_is_told_for_what_it_is),
	        cmocka_unit_test(words_quote_nothing),
	        cmocka_unit_test(one_spelling_is_read_and_no_other),
	        cmocka_unit_test(a_long_comment_is_cut_between_characters),
	        cmocka_unit_test(an_rsa_key_has_one_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
