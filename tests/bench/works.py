"""What is done to each server. A work has `prepare(round)`, which is not
measured, and `do()`, which does it `times` times; what goes wrong raises."""
import base64
import http.client
import os
import shutil
import ssl
import subprocess

import servers


def git(*words, folder=None):
    command = ["git"] + (["-C", folder] if folder else []) + list(words)
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words[:1])} failed: {done.stderr}")
    return done.stdout.strip()


class Work:
    def __init__(self, server, bench, times):
        self.server, self.bench, self.times = server, bench, times

    def prepare(self, number):
        pass

    def good(self, name):
        return self.server.url(f"{servers.NAME}/{name}.git", self.server.secret)


class LsRemote(Work):
    title = "ls-remote"

    def do(self):
        for _ in range(self.times):
            git("ls-remote", self.good("small"))


class Clone(Work):
    repository = "small"
    title = "clone, small"

    def prepare(self, number):
        self.target = os.path.join(self.bench.folder, "clone")
        shutil.rmtree(self.target, ignore_errors=True)

    def do(self):
        for n in range(self.times):
            git("clone", "-q", "--bare", self.good(self.repository), f"{self.target}/{n}")


class CloneMedium(Clone):
    repository = "medium"
    title = "clone, medium"


class Push(Work):
    title = "push of one commit"

    def __init__(self, *rest):
        super().__init__(*rest)
        self.work = os.path.join(self.bench.folder, "work-" + self.server.name)
        git("clone", "-q", self.good("small"), self.work)

    def prepare(self, number):
        self.ids = []
        for n in range(self.times):
            path = os.path.join(self.work, "pushed")
            with open(path, "a", encoding="ascii") as file:
                file.write(f"{number} {n}\n")
            git("add", "pushed", folder=self.work)
            git("commit", "-q", "-m", "one more", folder=self.work)
            self.ids.append(git("rev-parse", "HEAD", folder=self.work))

    def do(self):
        for id in self.ids:
            git("push", "-q", "origin", f"{id}:refs/heads/main", folder=self.work)


class Refusal(Work):
    """info/refs on one connection that is kept open."""
    title = "refusal, no credential"
    headers = {}

    def prepare(self, number):
        if self.server.tls:
            trust = ssl.create_default_context(cafile=self.bench.certificate)
            self.line = http.client.HTTPSConnection("127.0.0.1", self.server.port, context=trust)
        else:
            self.line = http.client.HTTPConnection("127.0.0.1", self.server.port)
        self.ask()

    def ask(self):
        path = f"/{servers.NAME}/small.git/info/refs?service=git-upload-pack"
        self.line.request("GET", path, headers=self.headers)
        answer = self.line.getresponse()
        answer.read()
        if answer.status not in (401, 403):
            raise SystemExit(f"{self.title}: {self.server.name} answered {answer.status}")

    def do(self):
        for _ in range(self.times):
            self.ask()
        self.line.close()


class Wrong(Refusal):
    title = "refusal, wrong token"

    def prepare(self, number):
        # one of the right form that is nobody's, with its checksum damaged or not
        self.headers = {"Authorization": "Basic " + base64.b64encode(
            f"{servers.NAME}:{self.bench.wrong}".encode()).decode()}
        super().prepare(number)


# work, how often in a round, quick and full
ALL = [(LsRemote, 3, 10), (Refusal, 200, 1000), (Wrong, 200, 1000), (Clone, 2, 5),
       (CloneMedium, 1, 2), (Push, 2, 6)]
