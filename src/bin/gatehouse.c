/* gatehouse: the server and the commands of one machine. Wiring only. */
#include "admin/admin.h"
#include "base/secret.h"
#include "git/git.h"
#include "keeper/keeper.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#endif

extern char **environ;

static int reload(struct gate_settings *out, void *arg, struct err *err)
{
	return admin_settings(arg, out, err);
}

static int serve(const struct gate_settings *settings, const struct admin_source *source)
{
	char programs[SETTINGS_TEXT];
	struct admin_source again = *source;
	struct err err = {0};

	if (git_programs_find(programs, sizeof(programs), &err)) {
		fprintf(stderr, "gatehouse: %s\n", err.text);
		return 1;
	}
	return keeper_serve(settings, programs, reload, &again);
}

int main(int argc, char **argv)
{
	/* Secrets pass through here: no core file, and nobody reads our memory.
	 * The leak checker of a test build must be able to. */
#ifndef SANITIZED
	const struct rlimit none = {0, 0};
	setrlimit(RLIMIT_CORE, &none);
	secret_lock_process();
#endif
	return admin_main(argc, argv, environ, serve);
}
