#include "keeper/user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int drop(const struct passwd *p, struct err *err)
{
	if (initgroups(p->pw_name, p->pw_gid) || setgid(p->pw_gid) || setuid(p->pw_uid))
		return err_system(err, errno, "can't become %s", p->pw_name);
	/* for good: a way back would be a bug to be found here */
	if (setuid(0) == 0)
		return err_set(err, ERR_DENIED, "root's rights came back after becoming %s",
		               p->pw_name);
	return 0;
}

int user_become(const char *run_as, const char *data, struct err *err)
{
	if (geteuid() != 0) {
		const struct passwd *me = run_as[0] ? getpwnam(run_as) : NULL;
		if (run_as[0] && (!me || me->pw_uid != geteuid()))
			return err_set(err, ERR_DENIED, "only root can become %s", run_as);
		return 0;
	}
	if (!run_as[0])
		return err_set(
		        err, ERR_DENIED,
		        "started as root: say whom to become with --run-as USER (an ordinary user, "
		        "made for this: useradd --system gatehouse), or start it as that user");
	const struct passwd *p = getpwnam(run_as);
	if (!p)
		return err_set(err, ERR_NOT_FOUND, "there is no user %s to become", run_as);
	if (p->pw_uid == 0)
		return err_set(err, ERR_DENIED, "%s is root again: name an ordinary user", run_as);
	if (!mkdir(data, 0700) && chown(data, p->pw_uid, p->pw_gid))
		return err_system(err, errno, "%s can't be given to %s", data, run_as);
	return drop(p, err);
}
