/* gatehouse.conf with every setting in it, explained and commented out. */
#include "admin/papers.h"

#include <string.h>

#define WIDTH 78

/* What could stand there, where there is no default. */
static const struct {
	const char *key, *value;
} samples[] = {
        {"database", "/var/lib/gatehouse/gatehouse.db"},
        {"base-url", "https://git.example.org"},
        {"http", "0.0.0.0:80"},
        {"https", "0.0.0.0:443"},
        {"ssh", "0.0.0.0:22"},
        {"metrics", "127.0.0.1:9418"},
        {"tls-certificate", "/run/credentials/gatehouse.service/certificate.pem"},
        {"tls-key", "/run/credentials/gatehouse.service/key.pem"},
        {"run-as", "gatehouse"},
        {"trusted-proxies", "127.0.0.1"},
        {"bot-domain", "bots.example.org"},
};

static const char *sample_of(const struct setting *s)
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
		if (!strcmp(samples[i].key, s->key))
			return samples[i].value;
	}
	return s->fallback ? s->fallback : "";
}

/* Behind "# ", broken at blanks. */
static void wrap(FILE *out, const char *text)
{
	size_t at = 0;

	while (*text) {
		size_t len = strcspn(text, " ");
		if (at && at + 1 + len > WIDTH) {
			fputc('\n', out);
			at = 0;
		}
		at += (size_t)fprintf(out, "%s%.*s", at ? " " : "# ", (int)len, text);
		text += len + (text[len] == ' ');
	}
	fputc('\n', out);
}

static void setting(FILE *out, const struct setting *s)
{
	fputc('\n', out);
	wrap(out, s->help);
	fprintf(out, "# Default: %s. A change takes effect at %s.\n",
	        s->fallback ? s->fallback : "none",
	        s->takes == SETTING_LIVE ? "a reload" : "a restart");
	fprintf(out, "#%s = %s\n", s->key, sample_of(s));
}

void admin_conf(FILE *out)
{
	fputs("# Gatehouse's settings; gatehouse.conf(5). Every one there is stands here, "
	      "commented\n"
	      "# out. A variable GATEHOUSE_KEY or a flag --key VALUE goes before what stands "
	      "here.\n"
	      "# After a change: systemctl reload gatehouse. What needs a restart is then named "
	      "in\n"
	      "# the log; systemctl restart gatehouse lets running transfers end.\n"
	      "# Sizes: 32k, 4m, 2g. Times: 30s, 5m, 4h, 90d. Lists: separated by commas.\n\n"
	      "# Folder that holds the ledger and the repositories. No default.\n"
	      "data = /var/lib/gatehouse\n",
	      out);
	for (const struct setting *s = gate_settings_table; s->key; s++)
		if (strcmp(s->key, "data") != 0)
			setting(out, s);
}
