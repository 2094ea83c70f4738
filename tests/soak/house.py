"""A server of one's own, its processes, and clones that push to it."""
import base64
import glob
import http.client
import os
import random
import signal
import subprocess
import time

PATIENCE = 300 # seconds, for what must end; the machine may have much else to do

passed = 0
failures = []


def check(fine, what):
    global passed
    if fine:
        passed += 1
    else:
        failures.append(what)
        print(f"FAILED: {what}", flush=True)
    return fine


def checks():
    return passed, len(failures)


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


def state(pid):
    """(name, when it started) of a process that runs; None when it has ended, reaped or not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            name, rest = file.read().split("(", 1)[1].rsplit(")", 1)
    except OSError:
        return None
    words = rest.split()
    return None if words[0] in "ZX" else (name, words[19])


def program(pid):
    found = state(pid)
    return found[0] if found else ""


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
        return True
    except ProcessLookupError:
        return False


class House:
    """A data folder and the server on it."""

    def __init__(self, folder, programs):
        self.folder, self.programs = folder, programs
        self.data = os.path.join(folder, "data")
        self.ledger = os.path.join(self.data, "gatehouse.db")
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
                              capture_output=True, text=True, timeout=PATIENCE, check=False)

    def begin(self, *words):
        return subprocess.Popen(self.command(*words), env=self.env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

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
        until = time.monotonic() + PATIENCE
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

    def kill_keeper(self, whole=False):
        """All that it started ends with it, or (whole) is killed with it."""
        below = {pid: state(pid) for pid in descendants(self.server.pid)}
        kill(self.server.pid)
        for pid in below if whole else []:
            kill(pid)
        self.server.wait()
        until = time.monotonic() + PATIENCE / 5
        while any(found and state(pid) == found for pid, found in below.items()) and time.monotonic() < until:
            time.sleep(0.005)
        left = [found[0] for pid, found in below.items() if found and state(pid) == found]
        check(not left, f"all processes end with their keeper; left: {' '.join(left)}")

    def stop(self):
        self.server.terminate()
        check(self.server.wait(PATIENCE) == 0, "the server stops when it is asked to")

    def opens(self, token, path="ann/one.git"):
        """Does this token open a fetch? Asked once more while wire is being replaced."""
        login = base64.b64encode(f"ann:{token}".encode()).decode()
        for _ in range(400):
            try:
                link = http.client.HTTPConnection(self.address, timeout=60)
                link.request("GET", f"/{path}/info/refs?service=git-upload-pack",
                             headers={"Authorization": f"Basic {login}"})
                status = link.getresponse().status
                link.close()
                return status == 200
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
        return False

    def path(self, name):
        return self.gate("repo", "path", name).stdout.strip()

    def git(self, *words, cwd=None, feed=None):
        done = subprocess.run(["git", *words], cwd=cwd, env=self.env, input=feed if feed is not None else b"",
                              capture_output=True, timeout=PATIENCE, check=False)
        done.stdout, done.stderr = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
        return done

    def half_made(self):
        """What an interrupted start or command leaves in the data folder itself."""
        found = []
        for pattern in ("gatehouse.db.??????", "run/address.new", "run/hooks/.*", "run/repositories/*/.new-*"):
            found += glob.glob(os.path.join(self.data, pattern))
        return [os.path.relpath(path, self.data) for path in found]


# -- what is checked of a repository --

def leftovers(path):
    found = []
    for pattern in ("objects/tmp_*", "objects/incoming-*", "objects/pack/tmp_*", "objects/pack/.tmp-*",
                    "objects/??/tmp_obj_*",
                    "*.lock", "refs/**/*.lock", "objects/**/*.lock"):
        found += glob.glob(os.path.join(path, pattern), recursive=True)
    return found


def sound(house, name, path, when):
    """Looked at once more when not: packs may have been brought together under fsck's eyes."""
    for _ in range(2):
        done = house.git("--git-dir", path, "fsck", "--full", "--strict", "--no-dangling", "--no-progress")
        if done.returncode == 0:
            break
        time.sleep(1)
    check(done.returncode == 0 and "missing" not in done.stdout + done.stderr,
          f"fsck of {name} {when}: {(done.stdout + done.stderr).strip()[:300]}")


class Pusher:
    """A clone that pushes to one repository: a history made beforehand, a commit at a time."""

    def __init__(self, house, name, made, commits):
        self.house, self.name = house, name
        self.folder = os.path.join(house.folder, "clone-" + name.replace("/", "-"))
        self.acknowledged = {}
        self.wanted = {}
        self.rounds = 0
        self.path = ""
        house.git("init", "-q", "--bare", self.folder)
        self.commits = self.make(commits)
        if made:
            house.must("repo", "create", name)

    def make(self, count):
        feed, marks = [], os.path.join(self.folder, "marks")
        for n in range(1, count + 1):
            blob = os.urandom(random.choice((200, 2000, 20_000, 20_000, 300_000, 1_500_000)))
            feed.append(b"commit refs/heads/made\nmark :%d\ncommitter Ann <ann@example.org> %d +0000\n"
                        b"data 0\n%sM 100644 inline file%d\ndata %d\n%s\n" %
                        (n, 1700000000 + n, b"" if n == 1 else b"from :%d\n" % (n - 1), n % 5, len(blob), blob))
        done = self.house.git("fast-import", "--quiet", f"--export-marks={marks}", cwd=self.folder, feed=b"".join(feed))
        check(done.returncode == 0, f"a history is made: {done.stderr}")
        with open(marks, encoding="utf-8") as file:
            made = dict(line.split() for line in file)
        return [made[f":{n}"] for n in range(1, count + 1)]

    def left(self):
        return len(self.commits) - self.rounds

    def commit(self):
        head = self.commits[self.rounds]
        self.rounds += 1
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
        out, errors = process.communicate(timeout=PATIENCE)
        told = [line.split("\t")[1].split(":")[1] for line in out.splitlines()
                if line[:2] in (" \t", "*\t", "+\t", "=\t")]
        told = list(self.wanted) if process.returncode == 0 else told
        self.acknowledged.update({ref: self.wanted[ref] for ref in told})
        return process.returncode, errors.strip()

    def place(self):
        self.path = self.path or self.house.path(self.name)
        return self.path

    def look(self, when, thorough):
        """Every ref that was acknowledged, and every object it reaches; thorough: their bytes too."""
        path = self.place()
        if not path and not self.acknowledged:
            return # it was never made, and nobody was told that it was
        if not check(os.path.isdir(path), f"{self.name} has its folder {when}"):
            return
        shown = self.house.git("--git-dir", path, "for-each-ref", "--format=%(refname) %(objectname)")
        refs = dict(line.split() for line in shown.stdout.splitlines())
        check(shown.returncode == 0, f"the refs of {self.name} can be read {when}")
        for ref, id in self.acknowledged.items():
            allowed = (id, self.wanted.get(ref, id))
            check(refs.get(ref) in allowed, f"{self.name} {ref} is {refs.get(ref)} {when}, acknowledged was {id}")
        if thorough:
            sound(self.house, self.name, path, when)
        else:
            walk = self.house.git("--git-dir", path, "rev-list", "--objects", "--all", "--quiet")
            check(walk.returncode == 0, f"all objects of {self.name} are there {when}: {walk.stderr.strip()[:300]}")

    def settled(self, seconds):
        """What lies about; a chore that still runs is waited for."""
        until = time.monotonic() + seconds
        while leftovers(self.path) and time.monotonic() < until:
            time.sleep(0.05)
        return leftovers(self.path)

    def tidy(self):
        """After the next push nothing lies about. What a chore left that was killed beside
        that push goes with the one behind it."""
        self.place()
        found = self.settled(20)
        if found and self.left():
            self.commit()
            code, errors = self.heard(self.push())
            check(code == 0, f"one more push to {self.name}: {errors}")
            found = self.settled(PATIENCE / 5)
        check(not found, f"{self.name}: left over after the next push: "
              f"{' '.join(os.path.relpath(f, self.path) for f in found)}")
