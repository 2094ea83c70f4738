/* A repository that names programs wherever git has a place for one: none runs,
 * neither by Landlock and settings together nor by the settings alone. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const hooks[] = {"pre-receive",      "update",       "post-receive",
                                    "post-update",      "proc-receive", "reference-transaction",
                                    "push-to-checkout", "pre-auto-gc"};

/* Each program leaves its own mark, so that a failure tells which one ran. */
static void plant_program(const char *name)
{
	sh("printf '#!/bin/sh\\ntouch \"%s/%s\"\\nexit 0\\n' > '%s' && chmod 755 '%s'",
	   bench_path("marks"), strrchr(name, '/') + 1, name, name);
}

static void make_hostile(void)
{
	char name[100];

	sh("mkdir -p data state marks programs && git init -q -b main work && cd work && "
	   "echo '* filter=x diff=x' > .gitattributes && echo 1 > f && git add . && git commit -q "
	   "-m 1");
	sh("git clone -q --bare work data/own.git && git clone -q --bare --shared data/own.git "
	   "data/hostile.git");
	plant_program("programs/named");
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		snprintf(name, sizeof(name), "data/hostile.git/hooks/%s", hooks[i]);
		sh("mkdir -p data/hostile.git/hooks");
		plant_program(name);
	}
	sh("cd data/hostile.git && for key in core.fsmonitor core.alternateRefsCommand "
	   "core.sshCommand "
	   "core.editor core.pager core.gitProxy uploadpack.packObjectsHook filter.x.clean "
	   "filter.x.smudge filter.x.process diff.x.textconv diff.x.command diff.external "
	   "gpg.program "
	   "credential.helper alias.pack-objects alias.index-pack alias.rev-list; do "
	   "git config $key '\"%s\"' || exit 1; done; "
	   "git config core.hooksPath hooks; git config --add receive.procReceiveRefs refs/for; "
	   "git config receive.autogc true; git config gc.auto 1; git config maintenance.auto "
	   "true; "
	   "git config receive.unpackLimit 100",
	   bench_path("programs/named"));
}

static void clear_marks(void)
{
	sh("rm -rf marks && mkdir marks");
}

static bool marked(void)
{
	struct buf list;
	bool any;

	buf_init(&list, 10000);
	sh_read(&list, "ls marks");
	any = list.len > 0;
	if (any)
		remark("these ran", buf_str(&list));
	buf_clear(&list);
	return any;
}

/* Outside the box the trap must spring, or the test proves nothing. */
static void test_trap(void)
{
	clear_marks();
	sh("cd work && git push -q ../data/hostile.git HEAD:refs/heads/trap");
	check(there("marks/pre-receive") && there("marks/reference-transaction"),
	      "outside the box the planted hooks do run");
	check(there("marks/named"), "outside the box a planted setting does run its program");
	sh("git -C data/hostile.git -c core.hooksPath=/dev/null update-ref -d refs/heads/trap");
	clear_marks();
}

static void test_push(const struct git_host *h, const char *ref, const char *title, bool taken)
{
	struct git_plan plan = {
	        .service = GIT_RECEIVE_PACK, .path = bench_path("data/hostile.git"), .hook = true};
	struct exchange x;
	struct buf body, report;
	char want[200];

	buf_init(&body, 1 << 20);
	buf_init(&report, 100000);
	sh("cd work && echo $(cat f) 1 > f && git commit -q -a -m more");
	body_push(&body, "work", ref);
	clear_marks();
	snprintf(want, sizeof(want), "%s %s", taken ? "ok" : "ng", ref);
	check(exchange(h, &plan, &body, ALLOW, &x) && x.status == 0, title);
	band(&x.out, 1, &report);
	check(has(&report, want) && x.refs_asked == (taken ? 1 : x.refs_asked),
	      taken ? "that push is taken, by our hook"
	            : "that push is refused, its hook not being ours");
	check(!marked(), "no planted program has run");
	exchange_clear(&x);
	buf_clear(&body);
	buf_clear(&report);
}

static void test_fetch(const struct git_host *h)
{
	static const char *const services[] = {"a fetch from it is served",
	                                       "an advertisement of it is served"};
	struct git_plan plan = {.service = GIT_UPLOAD_PACK,
	                        .path = bench_path("data/hostile.git"),
	                        .protocol = "version=2"};
	struct exchange x;
	struct buf tip, body;
	char want[100];

	buf_init(&tip, 100);
	buf_init(&body, 1000);
	sh_read(&tip, "git -C data/own.git rev-parse HEAD");
	snprintf(want, sizeof(want), "want %.40s\n", buf_str(&tip));
	body_lines(&body, (const char *const[]){"command=fetch\n", "|", want, "done\n", "", NULL});
	for (int i = 0; i < 2; i++) {
		clear_marks();
		plan.advertise = i == 1;
		check(exchange(h, &plan, i ? NULL : &body, ALLOW, &x) && x.status == 0 &&
		              x.out.len > 0,
		      services[i]);
		check(!marked(), "no planted program has run for it");
		exchange_clear(&x);
	}
	buf_clear(&tip);
	buf_clear(&body);
}

/* The keeper gave the path of one repository; its alternates file names more. */
static void test_alternates(const struct git_host *h)
{
	static const char *const lines[] = {"command=ls-refs\n", "|", "", NULL};
	struct git_plan plan = {.service = GIT_UPLOAD_PACK,
	                        .path = bench_path("data/hostile.git"),
	                        .protocol = "version=2"};
	struct exchange x;
	struct buf body;

	buf_init(&body, 1000);
	body_lines(&body, lines);
	sh("mkdir -p data/secret/pack && echo ledger > data/secret/file && "
	   "printf '%%s\\n%%s\\n/etc\\n' \"$PWD/data/secret\" \"$PWD/data\" >> "
	   "data/hostile.git/objects/info/alternates");
	check(exchange(h, &plan, &body, ALLOW, &x) && x.status == 0,
	      "alternates that are no folders of objects are left out");
	exchange_clear(&x);
	buf_clear(&body);
}

int main(int argc, char **argv)
{
	struct git_host h, plain;
	struct err err = {0};

	if (argc != 3)
		return 2;
	bench_open(argv[1], argv[2]);
	make_hostile();
	if (git_host_init(&h, bench_path("box"), bench_path("state"), &err) != 0) {
		remark("git_host_init", err.text);
		check(false, "the host is found");
		return finish();
	}
	test_trap();
	if (h.landlock > 0) {
		test_push(&h, "refs/heads/one", "a push into it runs to its end, fully boxed",
		          true);
		test_push(&h, "refs/for/one",
		          "a push to refs for proc-receive runs to its end, fully boxed", false);
		test_fetch(&h);
	} else {
		skip("a push into it runs to its end, fully boxed", "this kernel has no Landlock");
	}
	plain = h;
	plain.landlock = 0;
	test_push(&plain, "refs/heads/two", "a push into it runs to its end, without Landlock",
	          true);
	test_push(&plain, "refs/for/two",
	          "a push to refs for proc-receive runs to its end, without Landlock", false);
	test_fetch(&plain);
	test_alternates(&h);
	git_host_clear(&h);
	bench_close();
	return finish();
}
