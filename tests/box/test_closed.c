/* What a closed box cannot do, tried by a probe in the place of git. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum needs { ANYWHERE, LANDLOCK };

static const struct {
	const char *line;
	enum needs needs;
	const char *title;
} same_table[] = {
        {"\nopen-passwd=EACCES\n", LANDLOCK, "a file of the system cannot be read"},
        {"\nopen-proc-parent=EACCES\n", LANDLOCK, "/proc cannot be read"},
        {"\nopen-ledger=EACCES\n", LANDLOCK, "the ledger cannot be read"},
        {"\nwrite-ledger=EACCES\n", LANDLOCK, "the ledger cannot be written"},
        {"\nopen-other=EACCES\n", LANDLOCK, "another repository cannot be read"},
        {"\nlist-beside=EACCES\n", LANDLOCK, "the folder of repositories cannot be listed"},
        {"\nmake-beside=EACCES\n", LANDLOCK, "nothing can be made beside its repository"},
        {"\nread-own=done\n", ANYWHERE, "its own repository can be read"},
        {"\nopen-null=done\n", ANYWHERE, "/dev/null can be used"},
        {"\nexec-sh=EACCES\n", LANDLOCK, "no shell can be run"},
        {"\nexec-own=EACCES\n", LANDLOCK, "no program that lies in the repository can be run"},
        {"\ntruncate-by-mode-3=ENOSYS\n", ANYWHERE, "access mode 3 does not get around Landlock"},
        {"\ntruncate=EPERM\n", ANYWHERE, "no file can be truncated by its path"},
        {"\nchmod=EPERM\n", ANYWHERE, "no file can change its mode by its path"},
        {"\nchown=EPERM\n", ANYWHERE, "no file can change its owner"},
        {"\nutimes=EPERM\n", ANYWHERE, "no file can change its times by its path"},
        {"\nsymlink=EPERM\n", ANYWHERE, "no symbolic link can be made"},
        {"\nmemfd=EPERM\n", ANYWHERE, "no program can be made in memory"},
        {"\nkill-parent=EPERM\n", ANYWHERE, "the keeper cannot be sent a signal"},
        {"\ntgkill-parent-queue=EPERM\n", ANYWHERE, "no signal can be queued"},
        {"\nptrace=EPERM\n", ANYWHERE, "the keeper cannot be traced"},
        {"\nvm-read=EPERM\n", ANYWHERE, "the keeper's memory cannot be read"},
        {"\npidfd=EPERM\n", ANYWHERE, "no process can be opened"},
        {"\nlimit-of-parent=ENOSYS\n", ANYWHERE, "the keeper's limits cannot be touched"},
        {"\nown-limit=done\n", ANYWHERE, "its own limits can be read"},
        {"\nsetsid=EPERM\n", ANYWHERE, "it cannot leave its session"},
        {"\nsetpgid=EPERM\n", ANYWHERE, "it cannot leave its process group"},
        {"\nsocket-inet=EPERM\n", ANYWHERE, "there is no network"},
        {"\nsocket-unix=EPERM\n", ANYWHERE, "there are no local sockets"},
        {"\nsocketpair=EPERM\n", ANYWHERE, "there are no socket pairs"},
        {"\nunshare=EPERM\n", ANYWHERE, "no namespace can be left"},
        {"\nclone-user=ENOSYS\n", ANYWHERE, "no process can be made in a new namespace"},
        {"\nmount=EPERM\n", ANYWHERE, "nothing can be mounted"},
        {"\nbpf=EPERM\n", ANYWHERE, "no program can be given to the kernel"},
        {"\nio-uring=EPERM\n", ANYWHERE, "there is no io_uring"},
        {"\nkeyctl=EPERM\n", ANYWHERE, "there are no kernel keys"},
        {"\nuserfaultfd=EPERM\n", ANYWHERE, "there is no userfaultfd"},
        {"\nperf=EPERM\n", ANYWHERE, "nothing can be measured by perf"},
        {"\nunknown-call=ENOSYS\n", ANYWHERE, "a call that is not on the list is unknown"},
        {"\npause=done\n", ANYWHERE, "waiting for a signal waits, and does not spin"},
        {"umask=077\n", ANYWHERE, "what it makes is for its user alone"},
        {"\nleader=yes\n", ANYWHERE, "it leads a session and a group of its own"},
        {"\ncore-limit=0\n", ANYWHERE, "it leaves no core"},
        {"\ndata-limit=536870912\n", ANYWHERE, "its memory is bounded as the plan says"},
};
static const struct {
	const char *line;
	enum needs needs;
	const char *title;
} fetch_table[] =
        {
                {"\nmake-own=EACCES\n", LANDLOCK, "a fetch cannot write its own repository"},
                {"\nfile-limit=0\n", ANYWHERE, "a fetch cannot write a byte to any file"},
                {"\ndescriptors=0 1 2 \n", ANYWHERE,
                 "a fetch has no descriptor but the standard three"},
},
  push_table[] = {
          {"\nmake-own=done\n", ANYWHERE, "a push can write its own repository"},
          {"\nlink-out=EXDEV\n", LANDLOCK,
           "a push cannot link a file from outside into its repository"},
          {"\nrename-out=EACCES\n", LANDLOCK, "a push cannot move a file out of its repository"},
          {"\nfile-limit=68359264\n", ANYWHERE,
           "a file of a push is bounded a little above its limit"},
          {"\ndescriptors=0 1 2 4 \n", ANYWHERE,
           "a push has no descriptor but those and its hook's channel"},
};

/* Every variable that git may see; anything else came from the keeper. */
static const char *const names[] = {
        "HOME=",          "XDG_CONFIG_HOME=", "LC_ALL=",           "TZ=", "PATH=", "GIT_",
        "GATEHOUSE_GIT=", "GATEHOUSE_ACTOR=", "GATEHOUSE_HOOK_FD="};

static bool environment_closed(const struct buf *out)
{
	for (const char *p = buf_str(out); (p = strstr(p, "\nenv ")); p++) {
		bool known = false;

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			known = known || strncmp(p + 5, names[i], strlen(names[i])) == 0;
		if (!known)
			return false;
	}
	return has(out, "\nenv GIT_CONFIG_COUNT=") && !has(out, "LEAKED");
}

#define JUDGE(table)                                                                               \
	for (size_t i = 0; i < sizeof(table) / sizeof((table)[0]); i++)                            \
	judge(h, &x.out, who, table[i].line, table[i].needs, table[i].title)

static void judge(const struct git_host *h, const struct buf *out, const char *who,
                  const char *line, enum needs needs, const char *title)
{
	char full[300];

	snprintf(full, sizeof(full), "%s: %s", who, title);
	if (needs == LANDLOCK && h->landlock == 0)
		skip(full, "this kernel has no Landlock");
	else if (!h->seccomp)
		skip(full, "this kernel has no seccomp");
	else
		check(has(out, line), full);
}

static void run_probe(struct git_host *h, bool push)
{
	struct git_plan plan = {.service = push ? GIT_RECEIVE_PACK : GIT_UPLOAD_PACK,
	                        .path = bench_path("data/own.git"),
	                        .actor = "ana",
	                        .memory_limit = 512 << 20,
	                        .pack_limit = 1000320,
	                        .hook = push};
	const char *who = push ? "push" : "fetch";
	struct exchange x;

	if (!exchange(h, &plan, NULL, HANG_UP, &x) || x.status != 0) {
		check(false, "the probe runs");
		exchange_clear(&x);
		return;
	}
	JUDGE(same_table);
	if (push)
		JUDGE(push_table);
	else
		JUDGE(fetch_table);
	check(environment_closed(&x.out), push ? "push: the environment is a closed list"
	                                       : "fetch: the environment is a closed list");
	remark("probe", buf_str(&x.out));
	exchange_clear(&x);
}

static void run_plain(const struct git_host *h)
{
	struct git_host plain = *h;
	struct git_plan plan = {.service = GIT_UPLOAD_PACK, .path = bench_path("data/own.git")};
	struct exchange x;

	plain.landlock = 0;
	check(exchange(&plain, &plan, NULL, HANG_UP, &x) && x.status == 0 &&
	              has(&x.out, "\nopen-passwd=done\n") && has(&x.out, "\nsocket-inet=EPERM\n"),
	      "without Landlock the box still closes by seccomp, and says nothing else");
	exchange_clear(&x);
}

int main(int argc, char **argv)
{
	struct git_host h;
	struct err err = {0};

	if (argc != 3)
		return 2;
	bench_open(argv[1], argv[2]);
	setenv("LEAKED", "LEAKED", 1);
	sh("mkdir -p data state && git init -q --bare data/own.git && git init -q --bare "
	   "data/other.git");
	sh("echo ledger > data/ledger.db && printf '#!/bin/sh\\nexit 0\\n' > data/own.git/evil");
	sh("chmod 755 data/own.git/evil");
	if (git_host_init(&h, bench_path("probe"), bench_path("state"), &err) != 0) {
		remark("git_host_init", err.text);
		check(false, "the host is found");
		return finish();
	}
	check(h.landlock == 0 || h.filter_fd >= 0, "what the kernel can lock is found");
	run_probe(&h, false);
	run_probe(&h, true);
	run_plain(&h);
	check(sh("test \"$(cat data/ledger.db)\" = ledger"), "the ledger is as it was");
	git_host_clear(&h);
	bench_close();
	return finish();
}
