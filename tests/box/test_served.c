/* Real git on real repositories, started in the box as the keeper starts it. */
#include "bench.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static struct git_host host;

static void make_histories(void)
{
	sh("mkdir -p data/borrow state && git init -q -b main work && cd work && "
	   "for i in 1 2 3 4 5 6 7 8 9; do seq $i 3000 > f$i && git add . && git commit -q -m c$i; "
	   "done");
	sh("git clone -q --bare work data/own.git && git init -q -b main --bare data/empty.git");
	sh("git clone -q --bare --shared data/own.git data/borrow/fork.git");
	/* a commit whose author line has no valid time zone */
	sh("cd work && git cat-file commit HEAD | sed 's/ [+-][0-9]*$/ +51800a/' > ../old && "
	   "git init -q -b main ../oldwork && cd ../oldwork && git fetch -q ../work main && "
	   "c=$(git hash-object -t commit -w --stdin --literally < ../old) && "
	   "git update-ref refs/heads/main $c");
	/* a tree that names .git: never harmless */
	sh("git init -q -b main evilwork && cd evilwork && b=$(echo x | git hash-object -w "
	   "--stdin) && "
	   "t=$(printf '100644 blob %%s\\t.git\\n' $b | git mktree) && "
	   "git update-ref refs/heads/main $(git commit-tree -m evil $t)");
}

static void test_advertise(void)
{
	struct git_plan plan = {.service = GIT_UPLOAD_PACK,
	                        .advertise = true,
	                        .path = bench_path("data/own.git"),
	                        .protocol = "version=2"};
	struct exchange x;

	check(exchange(&host, &plan, NULL, ALLOW, &x) && x.status == 0 &&
	              has(&x.out, "version 2\n") && has(&x.out, "fetch=shallow") &&
	              has(&x.out, "filter"),
	      "a v2 advertisement comes, with filters");
	exchange_clear(&x);
	plan.protocol = NULL;
	check(exchange(&host, &plan, NULL, ALLOW, &x) && x.status == 0 &&
	              has(&x.out, "refs/heads/main") && !has(&x.out, "version 2"),
	      "a v0 advertisement lists the refs");
	exchange_clear(&x);
	plan.service = GIT_RECEIVE_PACK;
	check(exchange(&host, &plan, NULL, ALLOW, &x) && x.status == 0 && has(&x.out, " atomic") &&
	              has(&x.out, " push-options"),
	      "receive-pack advertises atomic pushes and push options");
	exchange_clear(&x);
}

static void test_ls_refs(void)
{
	static const char *const lines[] = {"command=ls-refs\n", "|", "peel\n",
	                                    "symrefs\n",         "",  NULL};
	struct git_plan plan = {.service = GIT_UPLOAD_PACK,
	                        .path = bench_path("data/own.git"),
	                        .protocol = "version=2"};
	struct exchange x;
	struct buf body;

	buf_init(&body, 1000);
	body_lines(&body, lines);
	check(exchange(&host, &plan, &body, ALLOW, &x) && x.status == 0 &&
	              has(&x.out, "refs/heads/main\n") &&
	              has(&x.out, "symref-target:refs/heads/main"),
	      "ls-refs answers from a body in memory");
	exchange_clear(&x);
	buf_clear(&body);
}

/* A clone: the pack of one want, unpacked by git outside the box. */
static bool clone_of(const char *path, const char *notice, const char *filter, struct buf *words)
{
	struct git_plan plan = {.service = GIT_UPLOAD_PACK,
	                        .path = bench_path(path),
	                        .protocol = "version=2",
	                        .notice = notice};
	struct buf tip, body, pack;
	struct exchange x;
	char want[100];
	bool whole;
	FILE *f;

	buf_init(&tip, 100);
	buf_init(&body, 2000);
	buf_init(&pack, 16 << 20);
	sh_read(&tip, "git -C work rev-parse HEAD");
	snprintf(want, sizeof(want), "want %.40s\n", buf_str(&tip));
	body_lines(&body,
	           (const char *const[]){"command=fetch\n", "|", "ofs-delta\n", want,
	                                 filter ? filter : "thin-pack\n", "done\n", "", NULL});
	whole = exchange(&host, &plan, &body, ALLOW, &x) && x.status == 0 &&
	        has(&x.out, "packfile\n");
	band(&x.out, 1, &pack);
	if (words)
		band(&x.out, 2, words);
	f = fopen(bench_path("clone.pack"), "we");
	whole = whole && f && fwrite(pack.data, 1, pack.len, f) == pack.len;
	if (f)
		fclose(f);
	sh("rm -rf clone.git && git init -q --bare clone.git");
	whole = whole && sh("git -C clone.git index-pack --stdin %s < clone.pack && "
	                    "git -C clone.git rev-list %s %.40s",
	                    filter ? "--promisor" : "--strict",
	                    filter ? "--max-count=1" : "--objects", buf_str(&tip));
	exchange_clear(&x);
	buf_clear(&tip);
	buf_clear(&body);
	buf_clear(&pack);
	return whole;
}

static void test_clone(void)
{
	struct buf words;

	buf_init(&words, 100000);
	check(clone_of("data/own.git", NULL, NULL, NULL),
	      "a clone is whole and passes a strict check");
	check(clone_of("data/borrow/fork.git", NULL, NULL, NULL),
	      "a clone of a repository that borrows objects is whole");
	check(clone_of("data/own.git", NULL, "filter blob:none\n", NULL),
	      "a partial clone is served");
	check(!clone_of("data/own.git", NULL, "filter sparse:oid=HEAD:f1\n", NULL),
	      "a filter that reads a blob as patterns is not served");
	check(clone_of("data/own.git", "line one\nline two", NULL, &words) &&
	              has(&words, "line one\nline two\n"),
	      "a notice comes where the pack flows, and the pack is whole");
	buf_clear(&words);
}

struct pushed {
	struct buf words, report;
	bool ran;
	unsigned asked;
	char first[256];
};

static void push(struct pushed *p, const char *to, const char *from, enum git_level level,
                 enum answer answer, const char *notice)
{
	struct git_plan plan = {.service = GIT_RECEIVE_PACK,
	                        .path = bench_path(to),
	                        .level = level,
	                        .notice = notice,
	                        .actor = "ana",
	                        .pack_limit = 8 << 20,
	                        .hook = true};
	struct exchange x;
	struct buf body;

	buf_init(&p->words, 100000);
	buf_init(&p->report, 100000);
	buf_init(&body, 16 << 20);
	body_push(&body, from, "refs/heads/main");
	p->ran = exchange(&host, &plan, &body, answer, &x) && x.status == 0;
	band(&x.out, 2, &p->words);
	band(&x.out, 1, &p->report);
	p->asked = x.refs_asked;
	snprintf(p->first, sizeof(p->first), "%s", x.first_ref);
	remark("words", buf_str(&p->words));
	remark("report", buf_str(&p->report));
	exchange_clear(&x);
	buf_clear(&body);
}

static void push_clear(struct pushed *p)
{
	buf_clear(&p->words);
	buf_clear(&p->report);
	sh("rm -rf data/empty.git && git init -q -b main --bare data/empty.git");
}

static void test_push(void)
{
	struct pushed p;

	push(&p, "data/empty.git", "work", GIT_CHECK_STRICT, ALLOW, "a notice");
	check(p.ran && has(&p.report, "unpack ok") && has(&p.report, "ok refs/heads/main"),
	      "a push is taken and reported");
	check(p.asked == 1 && strstr(p.first, " refs/heads/main") != NULL,
	      "the hook asks the keeper about the ref");
	check(has(&p.words, "a notice\nwelcome in\n"),
	      "the notice comes first, then the keeper's words");
	check(sh("git -C data/empty.git fsck --strict && "
	         "test $(git -C data/empty.git rev-parse main) = $(git -C work rev-parse HEAD)"),
	      "what was pushed is whole");
	check(sh("test -n \"$(ls data/empty.git/objects/pack/*.pack)\" && ! ls -d "
	         "data/empty.git/objects/??"),
	      "what was pushed is one pack and no loose object");
	check(sh("test -z \"$(find data/empty.git -newer data/own.git/HEAD -perm /077 -name "
	         "'*.pack')\""),
	      "what was pushed is for its user alone");
	push_clear(&p);

	push(&p, "data/empty.git", "work", GIT_CHECK_STRICT, DENY, NULL);
	check(has(&p.report, "ng refs/heads/main pre-receive hook declined") &&
	              has(&p.words, "not in here\n"),
	      "a push that the keeper refuses is refused, with its words");
	check(sh("test -z \"$(find data/empty.git/objects -type f)\""),
	      "of a refused push no object stays");
	push_clear(&p);

	push(&p, "data/empty.git", "work", GIT_CHECK_STRICT, HANG_UP, NULL);
	check(has(&p.report, "ng refs/heads/main") && has(&p.words, "could not check it"),
	      "a push that nobody can check is refused");
	push_clear(&p);

	push(&p, "data/borrow/fork.git", "work", GIT_CHECK_STRICT, ALLOW, NULL);
	check(has(&p.report, "unpack ok"), "a push into a repository that borrows is unpacked");
	push_clear(&p);
}

static void test_object_check(void)
{
	struct pushed p;

	push(&p, "data/empty.git", "oldwork", GIT_CHECK_STRICT, ALLOW, NULL);
	check(has(&p.report, "unpack index-pack") && has(&p.words, ": badTimezone: "),
	      "strict: an old commit's time zone is refused, with its name");
	push_clear(&p);
	push(&p, "data/empty.git", "oldwork", GIT_CHECK_LENIENT, ALLOW, NULL);
	check(has(&p.report, "ok refs/heads/main"), "lenient: an old commit's time zone is taken");
	push_clear(&p);
	push(&p, "data/empty.git", "evilwork", GIT_CHECK_LENIENT, ALLOW, NULL);
	check(has(&p.report, "ng refs/heads/main"), "lenient: a tree that names .git is refused");
	push_clear(&p);
	push(&p, "data/empty.git", "evilwork", GIT_CHECK_OFF, ALLOW, NULL);
	check(has(&p.report, "ok refs/heads/main"), "off: nothing is checked");
	push_clear(&p);
}

static void test_limits(void)
{
	struct git_plan plan = {.service = GIT_RECEIVE_PACK,
	                        .path = bench_path("data/empty.git"),
	                        .pack_limit = 1000,
	                        .hook = true};
	struct exchange x;
	struct buf body;

	buf_init(&body, 16 << 20);
	body_push(&body, "work", "refs/heads/main");
	check(exchange(&host, &plan, &body, ALLOW, &x) &&
	              has(&x.out, "exceeds maximum allowed size") && x.refs_asked == 0,
	      "a pack above the limit is refused before the keeper is asked");
	exchange_clear(&x);
	plan.pack_limit = 0;
	plan.memory_limit = 1 << 20;
	check(exchange(&host, &plan, &body, ALLOW, &x) && x.refs_asked == 0,
	      "a child that has too little memory fails");
	exchange_clear(&x);
	buf_clear(&body);
}

static bool wait_end(const struct git_child *c)
{
	struct pollfd p = {c->pidfd, POLLIN, 0};

	return poll(&p, 1, 20000) == 1;
}

static void test_end(void)
{
	struct git_plan plan = {
	        .service = GIT_UPLOAD_PACK, .path = bench_path("data/own.git"), .body = -1};
	struct git_child c;
	int status = 0;

	for (int at_once = 0; at_once < 2; at_once++) {
		if (git_child_start(&host, &plan, &c, NULL) != 0) {
			check(false, "a child starts");
			return;
		}
		check(git_child_reap(&c, &status, NULL) == ERR_BUSY,
		      "a child that runs is not reaped");
		git_child_end(&c, at_once);
		check(wait_end(&c) && git_child_reap(&c, &status, NULL) == 0 && WIFSIGNALED(status),
		      at_once ? "a child is ended at once" : "a child is asked to end, and does");
		git_child_close(&c);
	}
}

/* The keeper of this test: starts a child that waits for input, tells its
 * number, and waits to be killed. */
static void keeper(int told, int body)
{
	struct git_plan plan = {
	        .service = GIT_UPLOAD_PACK, .path = bench_path("data/own.git"), .body = body};
	struct git_child c = {0};

	if (git_child_start(&host, &plan, &c, NULL) != 0 ||
	    write(told, &c.pid, sizeof(c.pid)) != (ssize_t)sizeof(c.pid))
		_exit(1);
	for (;;)
		pause();
}

/* The child's input stays open here, so that only the keeper's death ends it. */
static void test_orphan(void)
{
	int told[2], input[2], status = 0;
	pid_t pid, orphan = 0;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (pipe(told) < 0 || pipe(input) < 0)
		return;
	pid = fork();
	if (pid == 0)
		keeper(told[1], input[0]);
	if (read(told[0], &orphan, sizeof(orphan)) == (ssize_t)sizeof(orphan))
		poll(NULL, 0, 100); /* mostly git runs by then; if not, the box ends itself */
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	check(orphan > 1 && waitpid(orphan, &status, 0) == orphan &&
	              ((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) ||
	               (WIFEXITED(status) && WEXITSTATUS(status) == 125)),
	      "a child dies with the keeper");
	close(told[0]);
	close(told[1]);
	close(input[0]);
	close(input[1]);
	prctl(PR_SET_CHILD_SUBREAPER, 0);
}

static void test_sha256(void)
{
	struct pushed p;
	struct err err = {0};

	sh("mkdir -p made && git init -q -b main --object-format=sha256 work256 && cd work256 && "
	   "echo x > x && git add x && git commit -q -m x");
	check(git_repository_make(bench_path("made"), "00112233445566778899aabbccddeeff", "team",
	                          "a \"b\"\\c", "sha256", &err) == 0,
	      "a sha256 repository is made");
	push(&p, "made/repositories/00/00112233445566778899aabbccddeeff.git", "work256",
	     GIT_CHECK_STRICT, ALLOW, NULL);
	check(has(&p.report, "ok refs/heads/main"), "a sha256 push is taken");
	check(sh("test \"$(git -C made/repositories/00/*.git config gatehouse.name)\" = 'a "
	         "\"b\"\\c' && "
	         "git -C made/repositories/00/*.git fsck"),
	      "git reads the name as it was given");
	push_clear(&p);
}

int main(int argc, char **argv)
{
	struct err err = {0};

	if (argc != 3)
		return 2;
	bench_open(argv[1], argv[2]);
	make_histories();
	if (git_host_init(&host, bench_path("box"), bench_path("state"), &err) != 0) {
		remark("git_host_init", err.text);
		check(false, "the host is found");
		return finish();
	}
	test_advertise();
	test_ls_refs();
	test_clone();
	test_push();
	test_object_check();
	test_limits();
	test_end();
	test_orphan();
	test_sha256();
	git_host_clear(&host);
	bench_close();
	return finish();
}
