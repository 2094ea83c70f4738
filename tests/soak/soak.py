#!/usr/bin/env python3
"""Kills Gatehouse over and over, at random moments, and looks at what is left.

soak.py [--seconds N] [--seed N] [--keep] BIN

Each round starts something (pushes, a token, a repository, a first start, an
upgrade), kills -9 a process in its midst (the keeper, wire, a git child, the
command, or all at once) and then checks what must always hold: what was
acknowledged is there, nothing half-made is seen, and the next start and the
next push need no hand. Prints progress, counts, and "N passed, N failed".

Everything is on loopback in a folder of its own; started by root it becomes an
ordinary user first. Only processes it started itself are killed.
"""
import argparse
import base64
import collections
import glob
import http.client
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

NOBODY = 65534
WIRE_KILLS = 8          # a minute: the keeper gives up at more, and says so
ROUNDS_PER_REPOSITORY = 30
LEDGER_TABLES = {7: ["ended_names"], 5: ["links"], 3: ["audit"], 2: ["credential_limits", "grants", "credentials"]}
LEDGER_COLUMNS = {7: ["repositories deleted", "repositories deleted_by", "repositories deleted_name",
                      "repositories kept_until"],
                  6: ["credentials exposed"], 4: ["repositories archived", "repositories archived_by"]}

passed = 0
failures = []
counts = collections.Counter()


def check(fine, what):
    global passed
    if fine:
        passed += 1
    else:
        failures.append(what)
        print(f"FAILED: {what}", flush=True)
    return fine


def environment(home):
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": home, "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1",
           "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_COUNT": "3",
           "GIT_CONFIG_KEY_0": "gc.auto", "GIT_CONFIG_VALUE_0": "0",
           "GIT_CONFIG_KEY_1": "core.fsync", "GIT_CONFIG_VALUE_1": "none",
           "GIT_CONFIG_KEY_2": "init.defaultBranch", "GIT_CONFIG_VALUE_2": "main"}
    for who in ("AUTHOR", "COMMITTER"):
        env[f"GIT_{who}_NAME"], env[f"GIT_{who}_EMAIL"] = "Ann", "ann@example.org"
    # a process that is killed can't look for leaks, and the locked ones may not
    env["ASAN_OPTIONS"] = "detect_leaks=0"
    return env


# -- processes --

def children(pid):
    found = []
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            with open(path, encoding="utf-8") as file:
                found += [int(word) for word in file.read().split()]
        except OSError:
            pass
    return found


def descendants(pid):
    found = []
    for child in children(pid):
        found += [child, *descendants(child)]
    return found


def program(pid):
    """The name of a process that runs; "" when it has ended, reaped or not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            name, rest = file.read().split("(", 1)[1].rsplit(")", 1)
    except OSError:
        return ""
    return "" if rest.split()[0] in "ZX" else name


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
        return True
    except ProcessLookupError:
        return False


class Average:
    """How long something takes when nobody kills it: kills fall within that."""

    def __init__(self, first):
        self.value = first

    def add(self, seconds):
        self.value += (seconds - self.value) / 4

    def moment(self):
        return random.uniform(0, self.value * 1.15)


class House:
    """A data folder and the server on it."""

    def __init__(self, folder, programs):
        self.folder, self.programs = folder, programs
        self.data = os.path.join(folder, "data")
        self.log = os.path.join(folder, "log")
        self.env = environment(folder)
        self.server = None
        self.address = ""
        self.token = ""
        os.makedirs(self.data, 0o700, exist_ok=True)

    def command(self, *words):
        return [os.path.join(self.programs, "gatehouse"), "--data", self.data, *words]

    def gate(self, *words):
        return subprocess.run(self.command(*words), env=self.env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60, check=False)

    def must(self, *words):
        done = self.gate(*words)
        check(done.returncode == 0, f"gatehouse {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout.strip()

    def launch(self):
        try:
            os.unlink(os.path.join(self.data, "run", "address"))
        except OSError:
            pass
        with open(self.log, "ab") as log:
            self.server = subprocess.Popen(self.command("serve", "--http", "127.0.0.1:0",
                                                        "--requests-per-credential", "0"),
                                           env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def start(self):
        """Without a hand: this alone must bring it up."""
        self.launch()
        until = time.monotonic() + 30
        path = os.path.join(self.data, "run", "address")
        while time.monotonic() < until and self.server.poll() is None:
            if os.path.exists(path):
                with open(path, encoding="utf-8") as file:
                    self.address = file.read().strip().split("//")[1].rstrip("/")
                return check(True, "the server starts")
            time.sleep(0.005)
        check(False, f"the server starts after a kill; its log ends: {self.log_end()}")
        raise SystemExit(1)

    def log_end(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return " | ".join(file.read().splitlines()[-8:])

    def wire(self):
        return [pid for pid in children(self.server.pid) if program(pid) == "gatehouse-http"]

    def git_children(self):
        return [pid for pid in descendants(self.server.pid) if program(pid) != "gatehouse-http"]

    def kill_keeper(self, whole):
        below = descendants(self.server.pid) if whole else self.wire()
        kill(self.server.pid)
        for pid in below if whole else []:
            kill(pid)
        self.server.wait()
        until = time.monotonic() + 10
        while any(program(pid) == "gatehouse-http" for pid in below) and time.monotonic() < until:
            time.sleep(0.005)
        check(time.monotonic() < until, "wire ends with its keeper")

    def stop(self):
        self.server.terminate()
        check(self.server.wait(30) == 0, "the server stops when it is asked to")

    def opens(self, token, path="ann/one.git"):
        """Does this token open a fetch? Asked once more while wire is being replaced."""
        login = base64.b64encode(f"ann:{token}".encode()).decode()
        for _ in range(200):
            try:
                link = http.client.HTTPConnection(self.address, timeout=20)
                link.request("GET", f"/{path}/info/refs?service=git-upload-pack",
                             headers={"Authorization": f"Basic {login}"})
                status = link.getresponse().status
                link.close()
                return status == 200
            except OSError:
                time.sleep(0.05)
            except http.client.HTTPException:
                time.sleep(0.05)
        return False

    def path(self, name):
        return self.gate("repo", "path", name).stdout.strip()

    def git(self, *words, cwd=None):
        return subprocess.run(["git", *words], cwd=cwd, env=self.env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120, check=False)

    def served(self, name):
        shown = self.git("--git-dir", self.path(name), "for-each-ref",
                         "--format=%(refname) %(objectname)")
        return dict(line.split() for line in shown.stdout.splitlines()), shown.returncode == 0


# -- what is checked of a repository --

def leftovers(path):
    found = []
    for pattern in ("objects/tmp_*", "objects/incoming-*", "objects/pack/tmp_*", "objects/??/tmp_obj_*",
                    "*.lock", "refs/**/*.lock", "objects/**/*.lock"):
        found += glob.glob(os.path.join(path, pattern), recursive=True)
    return found


def sound(house, name, when):
    path = house.path(name)
    if not check(os.path.isdir(path), f"{name} has its folder {when}"):
        return
    done = house.git("--git-dir", path, "fsck", "--full", "--strict", "--no-dangling", "--no-progress")
    check(done.returncode == 0 and "missing" not in done.stdout + done.stderr,
          f"fsck of {name} {when}: {(done.stdout + done.stderr).strip()[:300]}")


def tidy(house, name):
    """After the next push nothing lies about; a chore that still runs is waited for."""
    path = house.path(name)
    until = time.monotonic() + 15
    while leftovers(path) and time.monotonic() < until:
        time.sleep(0.05)
    found = leftovers(path)
    check(not found, f"{name}: left over after the next push: {' '.join(os.path.relpath(f, path) for f in found)}")


class Pusher:
    """A clone that pushes to one repository."""

    def __init__(self, house, name, made):
        self.house, self.name = house, name
        self.folder = os.path.join(house.folder, "clone-" + name.replace("/", "-"))
        self.acknowledged = {}
        self.wanted = {}
        self.rounds = 0
        house.git("init", "-q", self.folder)
        if made:
            house.must("repo", "create", name)

    def commit(self):
        self.rounds += 1
        with open(os.path.join(self.folder, f"file{self.rounds % 5}"), "wb") as file:
            file.write(os.urandom(random.choice((200, 20_000, 400_000, 2_000_000))))
        self.house.git("add", ".", cwd=self.folder)
        self.house.git("commit", "-q", "-m", f"round {self.rounds}", cwd=self.folder)
        head = self.house.git("rev-parse", "HEAD", cwd=self.folder).stdout.strip()
        self.wanted = {"refs/heads/main": head}
        if self.rounds % 3 == 0:
            self.wanted[f"refs/heads/topic/{self.rounds}"] = head
        if self.rounds % 4 == 0:
            self.wanted[f"refs/tags/v{self.rounds}"] = head

    def push(self):
        where = f"http://ann:{self.house.token}@{self.house.address}/{self.name}.git"
        words = ["git", "push", "--porcelain", where, *(f"{id}:{ref}" for ref, id in self.wanted.items())]
        return subprocess.Popen(words, cwd=self.folder, env=self.house.env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def heard(self, process):
        """What this push was told; a line with "!" is no acknowledgement."""
        out, errors = process.communicate(timeout=120)
        told = [line.split("\t")[1].split(":")[1] for line in out.splitlines()
                if line[:2] in (" \t", "*\t", "+\t", "=\t")]
        told = list(self.wanted) if process.returncode == 0 else told
        self.acknowledged.update({ref: self.wanted[ref] for ref in told})
        return process.returncode, errors.strip()

    def look(self, when):
        if not self.acknowledged and not self.house.path(self.name):
            return # it was never made, and nobody was told that it was
        refs, fine = self.house.served(self.name)
        check(fine, f"the refs of {self.name} can be read {when}")
        for ref, id in self.acknowledged.items():
            allowed = (id, self.wanted.get(ref, id))
            check(refs.get(ref) in allowed, f"{self.name} {ref} is {refs.get(ref)} {when}, acknowledged was {id}")
        sound(self.house, self.name, when)


# -- rounds --

push_time, token_time, start_time, repo_time = Average(0.4), Average(0.05), Average(0.3), Average(0.05)
wire_kills = []
tokens = []
serial = 0


def next_name(word):
    global serial
    serial += 1
    return f"{word}{serial}"


def choose_victim():
    now = time.monotonic()
    wire_kills[:] = [at for at in wire_kills if now - at < 65]
    kinds = ["keeper", "git", "git", "all"]
    return random.choice(kinds + ["wire", "wire"] if len(wire_kills) < WIRE_KILLS else kinds)


def kill_git_child(house, processes):
    """One that happens to run; none any more when the pushes are over."""
    skip = random.randrange(25)
    while any(process.poll() is None for process in processes):
        found = house.git_children()
        if found and skip <= 0:
            victim = random.choice(found)
            name = program(victim)
            if kill(victim):
                counts[f"git child ({name})"] += 1
                return
        skip -= bool(found)
        time.sleep(0.002)


def strike(house, victim, moment, processes):
    """True when the keeper is gone."""
    if victim == "git":
        kill_git_child(house, processes)
        return False
    time.sleep(moment)
    counts[victim] += 1
    if victim == "wire":
        wire_kills.append(time.monotonic())
        for pid in house.wire():
            kill(pid)
        return False
    house.kill_keeper(victim == "all")
    return True


def push_round(house, pushers):
    taken = random.sample(pushers, 2)
    if random.random() < 0.3: # one that makes its repository
        taken[0] = Pusher(house, "ann/" + next_name("born"), False)
    victim = choose_victim()
    for pusher in taken:
        pusher.commit()
    processes = [pusher.push() for pusher in taken]
    gone = strike(house, victim, push_time.moment(), processes)
    results = [pusher.heard(process) for pusher, process in zip(taken, processes)]
    counts["pushes cut off"] += sum(code != 0 for code, _ in results)
    counts["pushes acknowledged"] += sum(code == 0 for code, _ in results)
    if gone:
        house.start()
    check(house.opens(house.token), f"the server answers after its {victim} was killed: {house.log_end()}")
    for pusher in taken:
        pusher.look(f"after {victim} was killed")
    begun = time.monotonic()
    processes = [pusher.push() for pusher in taken]
    for pusher, process in zip(taken, processes):
        code, errors = pusher.heard(process)
        check(code == 0, f"the next push to {pusher.name} after {victim} was killed: {errors}")
    push_time.add(time.monotonic() - begun)
    for pusher in taken:
        pusher.look("after the next push")
        tidy(house, pusher.name)


def token_round(house):
    name, victim = next_name("token"), random.choice(("command", "command", "keeper"))
    command = house.command("token", "create", "--user", "ann", "--name", name, "--scopes",
                            "read:repository", "--quiet")
    begun = time.monotonic()
    process = subprocess.Popen(command, env=house.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    time.sleep(token_time.moment())
    counts[f"{victim} in token create"] += 1
    if victim == "keeper":
        house.kill_keeper(False)
    else:
        process.kill()
    out = process.communicate(timeout=60)[0]
    if victim == "keeper":
        check(process.returncode == 0, "a token is made while the server dies")
        house.start()
    if out.endswith("\n"):
        tokens.append(out.strip())
        counts["tokens shown"] += 1
        check(house.opens(tokens[-1]), f"the token {name} that was shown works")
    else:
        counts["tokens cut off"] += 1
    begun = time.monotonic()
    tokens.append(house.must("token", "create", "--user", "ann", "--name", next_name("token"), "--scopes",
                             "read:repository", "--quiet"))
    token_time.add(time.monotonic() - begun)
    check(house.opens(tokens[-1]), "the next token works")


def repository_round(house):
    name = "ann/" + next_name("repo")
    words = random.choice((["create", name], ["edit", name, "--name", next_name("other")], ["delete", name, "--yes"]))
    if words[0] != "create":
        house.must("repo", "create", name)
    begun = time.monotonic()
    process = subprocess.Popen(house.command("repo", *words), env=house.env, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(repo_time.moment())
    process.kill()
    done = process.wait() == 0
    counts[f"command in repo {words[0]}"] += 1
    path = house.path(name)
    check(not path or os.path.isdir(path), f"no row of {name} without its folder after repo {words[0]}")
    if done:
        check(bool(path) == (words[0] != "delete"), f"what repo {words[0]} said it did is done")
    if path:
        sound(house, name, f"after repo {words[0]} was killed")
    begun = time.monotonic()
    house.must("repo", "create", "ann/" + next_name("repo"))
    repo_time.add(time.monotonic() - begun)


def old_ledger(path, version):
    """Takes the newer steps back, as far as a ledger of that age."""
    ledger = sqlite3.connect(path)
    for step in range(max(LEDGER_TABLES), version, -1):
        for column in LEDGER_COLUMNS.get(step, []):
            ledger.execute("ALTER TABLE {} DROP COLUMN {}".format(*column.split()))
        for table in LEDGER_TABLES.get(step, []):
            ledger.execute(f"DROP TABLE {table}")
    ledger.execute(f"PRAGMA user_version = {version}")
    ledger.commit()
    ledger.close()


def start_round(top, programs):
    """Killed in its first start, or in its first after an upgrade; then it must come up."""
    folder = tempfile.mkdtemp(dir=top)
    house = House(folder, programs)
    upgrade = random.random() < 0.5 and sqlite3.sqlite_version_info >= (3, 37)
    if upgrade:
        house.must("user", "add", "ann")
        old_ledger(os.path.join(house.data, "gatehouse.db"), random.choice((1, 2)))
    for _ in range(random.randint(1, 3)):
        house.launch()
        time.sleep(start_time.moment())
        counts["keeper in an upgrade" if upgrade else "keeper in its first start"] += 1
        house.kill_keeper(random.random() < 0.5)
    begun = time.monotonic()
    house.start()
    start_time.add(time.monotonic() - begun)
    if not upgrade:
        house.must("user", "add", "ann")
    house.must("repo", "create", "ann/one")
    token = house.must("token", "create", "--user", "ann", "--name", "t", "--scopes", "read:repository", "--quiet")
    check(house.opens(token), "a server that was killed in its start serves")
    ledger = sqlite3.connect(os.path.join(house.data, "gatehouse.db"))
    check(ledger.execute("PRAGMA integrity_check").fetchone()[0] == "ok", "the ledger is sound")
    ledger.close()
    house.kill_keeper(False)
    shutil.rmtree(folder, ignore_errors=True)


def clean_log(house):
    with open(house.log, encoding="utf-8", errors="replace") as file:
        text = file.read()
    for word in ("Sanitizer", "runtime error:"):
        check(word not in text, f"no {word} in the log")
    check(not any(token[:20] in text for token in tokens if token), "no token in the log")


def soak(top, programs, seconds):
    house = House(os.path.join(top, "main"), programs)
    house.must("user", "add", "ann")
    house.must("repo", "create", "ann/one")
    house.token = house.must("token", "create", "--user", "ann", "--name", "push", "--scopes",
                             "write:repository", "--quiet")
    house.start()
    pushers = []
    rounds = 0
    begun = said = time.monotonic()
    while time.monotonic() - begun < seconds:
        if rounds % ROUNDS_PER_REPOSITORY == 0:
            for pusher in pushers:
                pusher.look("when it is laid aside")
                shutil.rmtree(pusher.folder, ignore_errors=True)
            pushers = [Pusher(house, "ann/" + next_name("shelf"), True) for _ in range(3)]
        kind = rounds % 5
        if kind == 1:
            token_round(house)
        elif kind == 2:
            repository_round(house)
        elif kind == 3:
            start_round(top, programs)
        else:
            push_round(house, pushers)
        rounds += 1
        if time.monotonic() - said >= 10:
            said = time.monotonic()
            print(f"{said - begun:.0f} s: {rounds} rounds, {passed} checks passed, {len(failures)} failed", flush=True)
    for pusher in pushers:
        pusher.look("at the end")
    for token in random.sample(tokens, min(len(tokens), 40)):
        check(house.opens(token), "a token shown long ago works")
    house.stop()
    clean_log(house)
    return rounds


def main():
    parser = argparse.ArgumentParser(description="kills Gatehouse over and over")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("bin")
    given = parser.parse_args()
    random.seed(given.seed)
    top = tempfile.mkdtemp(prefix="gatehouse-soak-")
    programs = os.path.join(top, "bin")
    os.mkdir(programs)
    os.umask(0o022)
    for name in ("gatehouse", "gatehouse-http", "gatehouse-box"):
        shutil.copy(os.path.join(given.bin, name), programs)
    for codec in ("ascii", "idna", "latin-1"): # loaded while Python's own files can be read
        "".encode(codec)
    if os.geteuid() == 0:
        for folder in (top, programs): # so that it can be removed again
            os.chown(folder, NOBODY, NOBODY)
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    os.chdir(top)
    print(f"soak: {given.seconds:.0f} s, --seed {given.seed}, in {top}", flush=True)
    try:
        rounds = soak(top, programs, given.seconds)
    finally:
        for pid in descendants(os.getpid()):
            kill(pid)
        if given.keep:
            print(f"kept: {top}")
        else:
            shutil.rmtree(top, ignore_errors=True)
    for what, count in sorted(counts.items()):
        print(f"  {count:6d}  {what}")
    print(f"{rounds} rounds")
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
