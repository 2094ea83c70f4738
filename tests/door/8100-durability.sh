#!/bin/sh
# needs: root
# What kill -9 can't show: what is on the disk before it is reported stored. The
# system calls of server, git and command are written down and read afterwards.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

[ "$(id -u)" = 0 ] || skip_all "only root may read what processes that allow no tracing pass to the system"
command -v strace >/dev/null || skip_all "strace is not installed"
strace -o /dev/null true 2>/dev/null || skip_all "this system lets nothing be traced"

# Reads $T/trace; prints "ok TITLE" or "not TITLE: why" for each thing asked.
cat >"$T/read.py" <<'PYTHON'
import os, re, sys

class Call:
    """One system call: the lines where it began and ended, who, what."""
    def __init__(self, at, who, text):
        self.begin, self.end, self.who, self.text = at, at, who, text
        self.name = text.split("(", 1)[0]

def read(path):
    calls, open_calls = [], {}
    for at, line in enumerate(open(path, encoding="utf-8", errors="replace")):
        found = re.match(r"(\d+) +(.*)", line)
        who, text = found.groups()
        resumed = re.match(r"<\.\.\. \w+ resumed>(.*)", text)
        if resumed:
            call = open_calls.pop(who)
            call.text, call.end = call.text + resumed.group(1), at
        elif re.match(r"[a-z]", text):
            call = Call(at, who, text.replace("<unfinished ...>", ""))
            calls.append(call)
            if "<unfinished ...>" in text:
                open_calls[who] = call
    return calls

def name_files(calls):
    """Follows the descriptors of each process: call.path, .to, .process."""
    process, files = {}, {}
    for call in sorted(calls, key=lambda c: c.end):
        home = call.process = process.get(call.who, call.who)
        result = re.search(r"= (-?\d+)[^=]*$", call.text)
        call.result = int(result.group(1)) if result else None
        table = files.setdefault(home, {})
        words = re.findall(r'AT_FDCWD|"(?:[^"\\]|\\.)*"|\b\d+\b', call.text.split(" = ")[0])
        def place(base, name):
            name = name.strip('"')
            return os.path.normpath(name if name[0:1] == "/" or base == "AT_FDCWD" else
                                    os.path.join(table.get(base, "?"), name or "."))
        call.path = call.to = ""
        if call.name in ("clone", "clone3", "fork", "vfork") and call.result and call.result > 0:
            thread = "CLONE_THREAD" in call.text
            process[str(call.result)] = home if thread else str(call.result)
            if not thread:
                files[str(call.result)] = dict(table)
        elif call.name == "openat":
            call.path = place(words[0], words[1])
            if call.result is not None and call.result >= 0:
                table[str(call.result)] = call.path
        elif call.name in ("fsync", "fdatasync", "pwrite64", "write"):
            call.path = table.get(words[0], "?")
        elif call.name in ("rename", "link"):
            call.path, call.to = place("AT_FDCWD", words[0]), place("AT_FDCWD", words[1])
        elif call.name in ("renameat", "renameat2", "linkat"):
            call.path, call.to = place(words[0], words[1]), place(words[2], words[3])

def syncs(path):
    return [c for c in window if c.name in ("fsync", "fdatasync") and c.result == 0 and re.search(path, c.path)]

def moves(to):
    return [c for c in window if c.name.startswith(("rename", "link")) and c.result == 0 and re.search(to, c.to)]

def say(title, fault):
    print(f"not {title}: {fault}" if fault else f"ok {title}")

def before(title, first, then):
    """Some of `first` has ended before each of `then` begins."""
    fault = "" if then else "what should follow did not happen"
    for call in then:
        if not any(c.end < call.begin for c in first):
            fault = f"not before {call.text[:150]}"
    say(title, fault)

def between(title, begin, syncs, end):
    """One of `syncs` lies wholly between the last of `begin` and the first of `end`."""
    fine = begin and end and any(c.begin > max(b.end for b in begin) and c.end < min(e.begin for e in end)
                                 for c in syncs)
    say(title, "" if fine else f"{len(begin)} changes, {len(syncs)} syncs, {len(end)} reports, not in that order")

calls = read(sys.argv[1])
name_files(calls)
keeper = calls[0].process
reports = [c for c in calls if c.name in ("write", "writev") and c.process == keeper and "unpack ok" in c.text]

def push(number):
    """The calls up to the report of that push, from the report before it."""
    global window, report
    report = reports[number:number + 1]
    start = reports[number - 1].end if number else 0
    if not number: # a template repository is made at the start
        start = next(c.begin for c in calls if "tmp_objdir" in c.text)
    window = [c for c in calls if c.begin > start and report and c.end < report[0].begin]

if sys.argv[2] == "server":
    say("three pushes are reported", "" if len(reports) == 3 else f"{len(reports)}")
    push(0)
    stored = moves(r"(^|/)objects/pack/pack-[0-9a-f]+\.(pack|idx)$")
    stored = [c for c in stored if "tmp_objdir" not in c.to]
    for kind, name in (("pack", r"\.pack$"), ("idx", r"\.idx$")):
        before(f"the {kind} is synced before it goes where others see it",
               syncs(rf"tmp_objdir[^/]*/pack/tmp_{kind}_"), [c for c in stored if re.search(name, c.to)])
    between("the folder of packs is synced before the report", stored, syncs(r"\.git/objects/pack$"), report)
    between("and the folder of objects", stored, syncs(r"\.git/objects$"), report)
    for ref in ("refs/heads/main", "refs/heads/topic/one"):
        moved = moves(rf"{ref}$")
        before(f"{ref} is synced before it is there", syncs(rf"{ref}\.lock$"), moved)
        before(f"{ref} comes after its objects", stored, moved)
        between(f"the folder of {ref} is synced before the report", moved,
                syncs(rf"\.git/{os.path.dirname(ref)}$"), report)
    between("a folder of refs that is new is synced in its parent", moves("topic/one$"),
            syncs(r"\.git/refs/heads$"), report)
    push(1)
    moved = moves("/packed-refs$")
    before("a deleted branch: the list of refs is synced before it is there", syncs(r"packed-refs\.(new|lock)$"), moved)
    between("and its folder before the report", moved, syncs(r"repositories/../[0-9a-f]+\.git$"), report)
    push(2)
    made = moves(r"repositories/../[0-9a-f]{32}\.git$")
    for file in ("HEAD", "config", "objects/pack", "refs/heads", ""):
        before(f"a repository made by a push: its {file or 'folder'} is synced before it is there",
               syncs(rf"\.new-\w+{'/' if file else ''}{file}$"), made)
    between("the folder it lies in is synced before the report", made, syncs(r"repositories/..$"), report)
    between("and the ledger names it before the report", made, syncs(r"gatehouse\.db-wal$"), report)
else:
    window = calls
    shown = [c for c in calls if c.name == "write" and "gthu_" in c.text]
    written = [c for c in calls if c.name == "pwrite64" and c.path.endswith("gatehouse.db-wal")]
    between("the ledger is synced after its last write and before the token is shown",
            [c for c in written if shown and c.begin < shown[0].begin], syncs(r"gatehouse\.db-wal$"), shown)
    if sys.argv[2] == "alone":
        before("so is the folder of a new log of the ledger", syncs(r"/data$"), shown)
PYTHON

# traced FILE COMMAND...: with what it starts.
plain=$as
traced() {
	as="strace -f -qq -s 300 -o $1 -e trace=fsync,fdatasync,openat,pwrite64,write,writev,rename,renameat,renameat2,link,linkat,clone,clone3,fork,vfork $plain"
	shift
	"$@"
	as=$plain
}

# asked FILE WHAT: each answer of the reader is a result.
asked() {
	python3 "$T/read.py" "$1" "$2" >"$T/answers" 2>&1 ||
		fail "the trace $1 can be read" "$(cat "$T/answers")"
	while IFS= read -r line; do
		case $line in
		"ok "*) pass "${3:-}${line#ok }" ;;
		"not "*) fail "${3:-}${line#not }" ;;
		esac
	done <"$T/answers"
}

user ann
repo ann/site
traced "$T/alone" token ann alone read:repository >/dev/null
asked "$T/alone" alone "a token made by a command: "

t=$(token ann laptop write:repository)
history "$T/work" 3
traced "$T/trace" gate_start --workers 2
where=$(url ann "$t" ann/site.git)
must git -C "$T/work" push -q "$where" main main:topic/one
# shellcheck disable=SC2086 # words of a command
must $as git --git-dir "$(gate repo path ann/site)" pack-refs --all
must git -C "$T/work" push -q "$where" :topic/one
must git -C "$T/work" push -q "$(url ann "$t" ann/born.git)" main
traced "$T/beside" token ann beside read:repository >/dev/null
asked "$T/beside" beside "a token made beside a server: "
# the tracer itself ends with the server
kill -TERM "$(pgrep -P "$server")"
wait "$server"
is "$?" 0 "the traced server stops when it is asked to"
server=""
log_is_clean "no sanitizer report and no secret is in its log"
asked "$T/trace" server
finish
