/* Landlock by bare system calls: the headers of Debian 12 know ABI 2, the
 * kernel this runs on may know more, and there is no library. */
#include "git/box/box.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NR_CREATE 444
#define NR_ADD_RULE 445
#define NR_RESTRICT 446
#define RULE_PATH_BENEATH 1

#define FS_EXECUTE (1ull << 0)
#define FS_WRITE_FILE (1ull << 1)
#define FS_READ_FILE (1ull << 2)
#define FS_READ_DIR (1ull << 3)
#define FS_REMOVE_DIR (1ull << 4)
#define FS_REMOVE_FILE (1ull << 5)
#define FS_MAKE_DIR (1ull << 7)
#define FS_MAKE_REG (1ull << 8)
#define FS_ABI_1 ((1ull << 13) - 1)
#define FS_REFER (1ull << 13)     /* ABI 2: move and link between folders */
#define FS_TRUNCATE (1ull << 14)  /* ABI 3 */
#define FS_IOCTL_DEV (1ull << 15) /* ABI 5 */
#define NET_TCP 3ull              /* ABI 4: bind, connect */
#define SCOPE_ALL 3ull            /* ABI 6: abstract Unix sockets, signals */

/* What may be asked of a file; the others are rights on folders. */
#define FS_OF_FILES (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

struct ruleset_attr {
	uint64_t fs, net, scope;
};
struct path_attr {
	uint64_t rights;
	int32_t fd;
} __attribute__((packed));

static const uint64_t rights_table[] = {
        [BOX_RUN] = FS_EXECUTE | FS_READ_FILE,
        [BOX_READ] = FS_READ_FILE | FS_READ_DIR,
        [BOX_PERHAPS] = FS_READ_FILE | FS_READ_DIR,
        [BOX_DEVICE] = FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE,
        /* No symbolic links, sockets, pipes or devices; and nothing written here
         * can be executed. */
        [BOX_WRITE] = FS_READ_FILE | FS_READ_DIR | FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE |
                      FS_MAKE_DIR | FS_MAKE_REG | FS_REFER | FS_TRUNCATE,
        [BOX_TREE] = FS_EXECUTE | FS_READ_FILE | FS_READ_DIR,
};

static struct ruleset_attr handled(int64_t abi)
{
	struct ruleset_attr a = {FS_ABI_1, 0, 0};

	if (abi >= 2)
		a.fs |= FS_REFER;
	if (abi >= 3)
		a.fs |= FS_TRUNCATE;
	if (abi >= 5)
		a.fs |= FS_IOCTL_DEV;
	if (abi >= 4)
		a.net = NET_TCP;
	if (abi >= 6)
		a.scope = SCOPE_ALL;
	return a;
}

static int add_path(int ruleset, uint64_t mask, enum box_right right, const char *path)
{
	struct path_attr rule = {rights_table[right] & mask, -1};
	struct stat st;
	int rc;

	rule.fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.fd < 0)
		return right == BOX_PERHAPS || right == BOX_TREE ? 0 : box_say(path, errno);
	if (fstat(rule.fd, &st) < 0)
		rc = box_say(path, errno);
	else {
		if (!S_ISDIR(st.st_mode))
			rule.rights &= FS_OF_FILES;
		rc = (int)syscall(NR_ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0);
		if (rc < 0)
			box_say(path, errno);
	}
	close(rule.fd);
	return rc;
}

int box_landlock(const struct box *b)
{
	struct ruleset_attr attr = handled(b->landlock);
	int ruleset, rc = 0;

	if (b->landlock <= 0)
		return 0;
	ruleset = (int)syscall(NR_CREATE, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return box_say("can't make a Landlock ruleset", errno);
	for (unsigned i = 0; !rc && i < b->npaths; i++)
		rc = add_path(ruleset, attr.fs, b->paths[i].right, b->paths[i].path);
	if (!rc && syscall(NR_RESTRICT, ruleset, 0) < 0)
		rc = box_say("can't lock with Landlock", errno);
	close(ruleset);
	return rc;
}
