#!/usr/bin/env python3
"""Kills Gatehouse over and over, at random moments, and looks at what is left.

soak.py [--seconds N] [--until N] [--seed N] [--keep] BIN

Each round starts something (pushes, a token, a repository, a first start, an
upgrade), kills -9 a process in its midst and then checks what must always
hold: what was acknowledged is there, nothing half-made is seen, and the next
start and the next push need no hand. What was killed least is killed next; only
a kill that came before the work was over counts. It ends after --seconds, or
sooner when each of KINDS was killed --until times. Prints progress, counts by
kind, and "N passed, N failed".

Everything is on loopback in a folder of its own; started by root it becomes an
ordinary user first. Only processes it started itself are killed.
"""
import argparse
import collections
import os
import random
import shutil
import signal
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import house as houses # noqa: E402
import ledgers # noqa: E402
from house import House, Pusher, check, checks, kill, program # noqa: E402

NOBODY = 65534
TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
KINDS = ("wire", "keeper", "git child", "token create", "schema step")
OTHERS = ("keeper and wire at once", "first start", "repo command", "keeper in token create")
COMMITS = 40            # of a repository; then it is laid aside
THOROUGH_IN = 6         # every object is looked at each time, their bytes once in so many
NEXT_PUSH_IN = 2        # kills, on average, before a push is left alone
SHOWN_EVERY = 10        # seconds

counts = collections.Counter()
kills = collections.Counter()


class Aim:
    """When to strike, in seconds from the start of something: sought so that half of
    the kills come before its end (or whatever `late` says of them)."""

    def __init__(self, centre, spread=1.0):
        self.centre, self.spread = centre, spread

    def moment(self):
        return random.uniform(self.centre * (1 - self.spread), self.centre * (1 + self.spread))

    def was(self, late):
        self.centre = min(max(self.centre * (0.85 if late else 1.15), 0.002), 5)


class Soak:
    def __init__(self, top, programs, steps):
        self.top, self.programs, self.steps = top, programs, steps
        self.house = House(os.path.join(top, "main"), programs)
        self.pushers = []
        self.tokens = []
        self.serial = 0
        self.aims = {"push": Aim(0.2), "token": Aim(0.03), "repo": Aim(0.03), "start": Aim(0.1),
                     "serve upgrades": Aim(0.03, 0.5), "command upgrades": Aim(0.03, 0.5)}
        self.rounds = {"wire": self.push_round, "keeper": self.push_round, "git child": self.push_round,
                       "keeper and wire at once": self.push_round, "token create": self.token_round,
                       "keeper in token create": self.token_round, "schema step": self.schema_round,
                       "first start": self.start_round, "repo command": self.repository_round}

    def next_name(self, word):
        self.serial += 1
        return f"{word}{self.serial}"

    def begin(self):
        house = self.house
        house.must("user", "add", "ann")
        house.must("repo", "create", "ann/one")
        house.token = house.must("token", "create", "--user", "ann", "--name", "push", "--scopes",
                                 "write:repository", "--quiet")
        self.old = ledgers.POSSIBLE and ledgers.Ledgers(self.steps, os.path.join(self.top, "ledgers"), house.ledger)
        house.start()

    def choose(self):
        """What was killed least; now and then another."""
        if random.random() < 0.15:
            return random.choice(OTHERS)
        possible = [kind for kind in KINDS if self.old or kind != "schema step"]
        least = min(kills[kind] for kind in possible)
        return random.choice([kind for kind in possible if kills[kind] == least])

    # -- pushes --

    def shelf(self):
        """Three repositories with commits left; those that are used up are laid aside."""
        for pusher in [pusher for pusher in self.pushers if pusher.left() < 2]:
            pusher.look("when it is laid aside", True)
            shutil.rmtree(pusher.folder, ignore_errors=True)
            self.pushers.remove(pusher)
        while len(self.pushers) < 3:
            self.pushers.append(Pusher(self.house, "ann/" + self.next_name("shelf"), True, COMMITS))
        return random.sample(self.pushers, 2)

    def strike_git(self, processes):
        """One child that happens to run; none any more when the pushes are over."""
        skip = random.randrange(25)
        while any(process.poll() is None for process in processes):
            found = self.house.git_children()
            if found and skip <= 0:
                victim = random.choice(found)
                name = program(victim)
                if name and kill(victim):
                    counts[f"git child killed: {name}"] += 1
                    return True
            skip -= bool(found)
            time.sleep(0.002)
        return False

    def strike(self, kind, processes):
        """True when the pushes were still under way."""
        if kind == "git child":
            return self.strike_git(processes)
        aim = self.aims["push"]
        time.sleep(aim.moment())
        under_way = any(process.poll() is None for process in processes)
        aim.was(not under_way)
        if kind == "wire":
            for pid in self.house.wire():
                kill(pid)
            return under_way
        self.house.kill_keeper(kind != "keeper")
        self.house.start()
        return under_way

    def push_round(self, kind):
        taken = self.shelf()
        if random.random() < 0.2: # one that makes its repository
            taken[0] = Pusher(self.house, "ann/" + self.next_name("born"), False, 1)
        for pusher in taken:
            pusher.commit()
        for _ in range(random.randint(1, 2 * NEXT_PUSH_IN - 1)):
            processes = [pusher.push() for pusher in taken]
            if self.strike(kind, processes):
                kills[kind] += 1
            results = [pusher.heard(process) for pusher, process in zip(taken, processes)]
            counts["pushes cut off"] += sum(code != 0 for code, _ in results)
            counts["pushes acknowledged"] += sum(code == 0 for code, _ in results)
            check(self.house.opens(self.house.token),
                  f"the server answers after its {kind} was killed: {self.house.log_end()}")
            for pusher in taken:
                pusher.look(f"after {kind} was killed", random.random() * THOROUGH_IN < 1)
        self.next_push(kind, taken)

    def next_push(self, kind, taken):
        processes = [pusher.push() for pusher in taken]
        for pusher, process in zip(taken, processes):
            code, errors = pusher.heard(process)
            check(code == 0, f"the next push to {pusher.name} after {kind} was killed: {errors} "
                  f"| {self.house.log_end()}")
        for pusher in taken:
            pusher.look("after the next push", random.random() * THOROUGH_IN < 1)
            pusher.tidy()
            if pusher not in self.pushers:
                shutil.rmtree(pusher.folder, ignore_errors=True)

    # -- commands --

    def cut(self, kind, aim, process):
        """Kills a command at the moment of `aim`; True when it was cut off by that."""
        time.sleep(self.aims[aim].moment())
        process.kill()
        process.wait()
        cut = process.returncode == -9
        kills[kind] += cut
        self.aims[aim].was(not cut)
        return cut

    def token_round(self, kind):
        house, name = self.house, self.next_name("token")
        words = ("token", "create", "--user", "ann", "--scopes", "read:repository", "--quiet", "--name")
        process = house.begin(*words, name)
        if kind == "token create":
            self.cut(kind, "token", process)
        else:
            time.sleep(self.aims["token"].moment())
            kills[kind] += process.poll() is None
            house.kill_keeper()
        out = process.communicate(timeout=houses.PATIENCE)[0]
        if kind != "token create":
            check(process.returncode == 0, "a token is made while the server dies")
            house.start()
        if out.endswith("\n"):
            self.tokens.append(out.strip())
            counts["tokens shown"] += 1
            check(house.opens(self.tokens[-1]), f"the token {name} that was shown works")
        else:
            counts["tokens cut off"] += 1
        if random.random() < 0.3:
            self.tokens.append(house.must(*words, self.next_name("token")))
            check(house.opens(self.tokens[-1]), "the next token works")

    def repository_round(self, kind):
        house, name = self.house, "ann/" + self.next_name("repo")
        words = random.choice((["create", name], ["edit", name, "--name", self.next_name("other")],
                               ["delete", name, "--yes"]))
        if words[0] != "create":
            house.must("repo", "create", name)
        done = not self.cut(kind, "repo", house.begin("repo", *words))
        path = house.path(name)
        check(not path or os.path.isdir(path), f"no row of {name} without its folder after repo {words[0]}")
        if done:
            check(bool(path) == (words[0] != "delete"), f"what repo {words[0]} said it did is done")
        if path:
            houses.sound(house, name, path, f"after repo {words[0]} was killed")
        house.must("repo", "create", "ann/" + self.next_name("repo"))

    # -- starts and upgrades --

    def fresh(self):
        return House(tempfile.mkdtemp(dir=self.top), self.programs)

    def serves(self, house, name):
        """It comes up, and does all that it is there for."""
        house.start()
        house.must("user", "add", name)
        house.must("repo", "create", f"{name}/fresh")
        token = house.must("token", "create", "--user", name, "--name", "t", "--scopes", "read:repository", "--quiet")
        check(house.opens(token, f"{name}/fresh.git"), "a server that was killed in its start serves")
        left = house.half_made()
        check(not left, f"its start left nothing half-made behind: {' '.join(left)}")
        house.kill_keeper()

    def whole(self, house):
        version, shape, _, fine = ledgers.look(house.ledger)
        check(fine == "ok", f"the ledger is sound: {fine}")
        check(self.old is False or (version, shape) == (self.old.last, self.old.shape),
              f"the ledger has today's schema ({version})")

    def start_round(self, kind):
        """Killed in its first start, maybe more than once."""
        house, aim = self.fresh(), self.aims["start"]
        for _ in range(random.randint(1, 3)):
            house.launch()
            time.sleep(aim.moment())
            ready = os.path.exists(os.path.join(house.data, "run", "address"))
            kills[kind] += not ready
            aim.was(ready)
            house.kill_keeper(random.random() < 0.5)
        self.serves(house, "bob")
        self.whole(house)
        shutil.rmtree(house.folder, ignore_errors=True)

    def cut_upgrade(self, house, serve):
        """Kills who upgrades. Counts when the ledger was open and its last step not yet done."""
        aim = self.aims["serve upgrades" if serve else "command upgrades"]
        if serve:
            house.launch()
            process = house.server
        else:
            process = house.begin("user", "add", self.next_name("carol"))
        time.sleep(aim.moment())
        if serve:
            house.kill_keeper()
        else:
            process.kill()
            process.communicate()
        open_ = os.path.exists(house.ledger + "-shm")
        version, _, rows, fine = ledgers.look(house.ledger)
        check(fine == "ok" and rows.get("users", 0) >= 1 and rows.get("repositories", 0) >= 1,
              f"an upgrade that was killed left the ledger as it was: {fine} {rows}")
        aim.was(version == self.old.last)
        if not open_:
            aim.was(False) # far too early
        if version < self.old.last and open_:
            kills["schema step"] += 1
        counts["upgrades killed: after the last step" if version == self.old.last else
               f"upgrades killed: at schema {version}" if open_ else
               "upgrades killed: before the ledger was open"] += 1
        return version

    def schema_round(self, kind):
        if not self.old:
            return
        house = self.fresh()
        first = version = random.randrange(1, self.old.last)
        self.old.put(first, house.ledger)
        before = ledgers.look(house.ledger)[2]
        for _ in range(random.randint(1, 4)):
            now = self.cut_upgrade(house, random.random() < 0.4)
            check(now >= version, f"no step is lost: {now} after {version}")
            version = now
            if version == self.old.last:
                break
        if random.random() < 0.25:
            self.serves(house, "bob")
        else:
            house.must("user", "add", "bob")
        after = ledgers.look(house.ledger)[2]
        check(after["users"] > before["users"], f"a user can be added after an upgrade that was killed: {after}")
        check(all(after[table] >= rows for table, rows in before.items()),
              f"what was in the ledger is in it after the upgrade: {before} {after}")
        self.whole(house)
        shutil.rmtree(house.folder, ignore_errors=True)

    # -- all of it --

    def reached(self, most):
        return most and all(kills[kind] >= most for kind in KINDS if self.old or kind != "schema step")

    def run(self, seconds, most):
        self.begin()
        rounds = 0
        begun = said = time.monotonic()
        while time.monotonic() - begun < seconds and not self.reached(most):
            kind = self.choose()
            self.rounds[kind](kind)
            rounds += 1
            if time.monotonic() - said >= SHOWN_EVERY:
                said = time.monotonic()
                shown = ", ".join(f"{kind} {kills[kind]}" for kind in KINDS)
                fine, failed = checks()
                print(f"{said - begun:.0f} s: kills: {shown}; {fine} checks passed, {failed} failed", flush=True)
        self.end()
        return rounds

    def end(self):
        for pusher in self.pushers:
            pusher.look("at the end", True)
        for token in random.sample(self.tokens, min(len(self.tokens), 40)):
            check(self.house.opens(token), "a token shown long ago works")
        self.house.stop()
        with open(self.house.log, encoding="utf-8", errors="replace") as file:
            text = file.read()
        for word in ("Sanitizer", "runtime error:"):
            check(word not in text, f"no {word} in the log")
        check(not any(token[:20] in text for token in self.tokens if token), "no token in the log")


def become_ordinary(folders):
    for codec in ("ascii", "idna", "latin-1"): # loaded while Python's own files can be read
        "".encode(codec)
    if os.geteuid() == 0:
        for folder in folders: # so that it can be removed again
            os.chown(folder, NOBODY, NOBODY)
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def main():
    parser = argparse.ArgumentParser(description="kills Gatehouse over and over")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--until", type=int, default=0)
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
    soak = Soak(top, programs, ledgers.read_steps(TOP))
    become_ordinary((top, programs, soak.house.folder, soak.house.data))
    os.chdir(top)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    until = f" or {given.until} kills of each kind" if given.until else ""
    print(f"soak: {given.seconds:.0f} s{until}, --seed {given.seed}, in {top}", flush=True)
    try:
        rounds = soak.run(given.seconds, given.until)
    finally:
        for pid in houses.descendants(os.getpid()):
            kill(pid)
        if given.keep:
            print(f"kept: {top}")
        else:
            shutil.rmtree(top, ignore_errors=True)
    for kind in KINDS + OTHERS:
        print(f"  {kills[kind]:6d}  {kind} killed")
    for what, count in sorted(counts.items()):
        print(f"  {count:6d}  {what}")
    print(f"{rounds} rounds")
    fine, failed = checks()
    print(f"{fine} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
