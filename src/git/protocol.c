/* The Git-Protocol header, and the names of the services. */
#include "git/git.h"

#include <string.h>

#define PROTOCOL_MAX 256

const char *git_service_name(enum git_service s)
{
	static const char *const names[] = {
	        [GIT_UPLOAD_PACK] = "git-upload-pack",
	        [GIT_RECEIVE_PACK] = "git-receive-pack",
	        [GIT_UPLOAD_ARCHIVE] = "git-upload-archive",
	        [GIT_REPACK] = "git-repack",
	        [GIT_PACK_REFS] = "git-pack-refs",
	        [GIT_FSCK] = "git-fsck",
	        [GIT_CONFIG_LIST] = "git-config",
	};

	return names[s];
}

int git_protocol_version(const char *header)
{
	static const char key[] = "version=";
	int version = 0;

	for (const char *p = header; p; p = strchr(p, ':')) {
		if (*p == ':')
			p++;
		if (strncmp(p, key, sizeof(key) - 1) == 0) {
			const char *n = p + sizeof(key) - 1;

			if ((*n == '1' || *n == '2') && (n[1] == ':' || n[1] == '\0') &&
			    *n - '0' > version)
				version = *n - '0';
		}
	}
	return version;
}

const char *git_protocol_safe(const char *header)
{
	static const char allowed[] =
	        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789=:._-";
	size_t len = header ? strlen(header) : 0;

	return len > 0 && len <= PROTOCOL_MAX && strspn(header, allowed) == len ? header : NULL;
}
