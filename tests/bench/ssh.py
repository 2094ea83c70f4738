#!/usr/bin/env python3
"""Compares Gatehouse over SSH with OpenSSH's sshd and git-shell: docs/bench.md.

ssh.py --programs FOLDER [--rounds N] [--times N] [--idle N]

As root only: sshd becomes another user for each session, and finds its own list of
users in a mount namespace of its own. sshd comes from build/unpacked.
"""
import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import history
import measure
import servers

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
SSHD = os.path.join(TOP, "build", "unpacked", "openssh-server", "usr", "sbin", "sshd")
OPTIONS = ["-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
           "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"]


class Gatehouse(servers.Gatehouse):
    def start(self, key):
        with open(key + ".pub", "rb") as public:
            run = [os.path.join(self.programs, "gatehouse"), "--data", self.data, "key", "add", "-",
                   "--user", servers.NAME, "--name", "bench", "--quiet"]
            servers.run_as(run, stdin=public)
        self.launch([os.path.join(self.programs, "gatehouse"), "--data", self.data, "serve",
                     "--requests-per-credential", "0", "--http", "127.0.0.1:0", "--ssh", "127.0.0.1:0",
                     "--ssh-sessions", "1000"])
        address = os.path.join(self.data, "run", "ssh-address")
        self.wait_until(lambda: os.path.exists(address) and os.path.getsize(address))
        with open(address, encoding="ascii") as file:
            self.port = int(file.readline().rpartition(":")[2])
        self.login, self.path = "git", f"/{servers.NAME}/small.git"


class OpenSSH(servers.Server):
    name = "openssh"

    def add(self, _name, bare):
        self.path = os.path.join(self.folder, "small.git")
        shutil.copytree(bare, self.path)
        self.own(self.path)

    def start(self, key):
        home, passwd = os.path.join(self.folder, "home"), os.path.join(self.folder, "passwd")
        os.makedirs(home)
        shutil.copy(key + ".pub", os.path.join(home, "keys"))
        self.own(home)
        with open("/etc/passwd", encoding="utf-8") as file, open(passwd, "w", encoding="utf-8") as out:
            out.write(file.read())
            out.write(f"bench:x:{servers.USER}:{servers.USER}::{home}:/usr/bin/git-shell\n"
                      "sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n")
        self.port, self.login = servers.free_port(), "bench"
        config = os.path.join(self.folder, "config")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder + "/host"], check=True)
        with open(config, "w", encoding="ascii") as file:
            file.write(f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.folder}/host\nUsePAM no\n"
                       f"AuthorizedKeysFile {home}/keys\nStrictModes no\nPidFile none\nMaxStartups 1000\n"
                       "AcceptEnv GIT_PROTOCOL\nPasswordAuthentication no\nUseDNS no\nMaxSessions 1000\n")
        script = (f"mount --bind {passwd} /etc/passwd && mount -t tmpfs none /run && mkdir -m 755 /run/sshd && "
                  f"exec {SSHD} -D -e -f {config}")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(["unshare", "-m", "sh", "-c", script], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, preexec_fn=self.counter.enter)
        self.wait_until(lambda: socket.socket().connect_ex(("127.0.0.1", self.port)) == 0)


def client(server, key, folder, *words):
    return ["ssh", *OPTIONS, "-o", f"UserKnownHostsFile={folder}/known", "-i", key, "-p", str(server.port),
            f"{server.login}@127.0.0.1", *words]


def ls_remote(server, key, folder, times):
    """Wall and CPU seconds of one."""
    command = " ".join(client(server, key, folder)[:-1])
    begin, cpu = time.monotonic(), server.cpu()
    for _ in range(times):
        subprocess.run(["git", "ls-remote", f"ssh://{server.login}@127.0.0.1:{server.port}{server.path}"],
                       env={**os.environ, "GIT_SSH_COMMAND": command.replace(f"-p {server.port}", "")},
                       check=True, capture_output=True, stdin=subprocess.DEVNULL)
    wall = time.monotonic() - begin
    time.sleep(0.3)
    return wall / times, (server.cpu() - cpu) / times


def memory(server):
    """A process that ends meanwhile spoils the sum: then it is taken again."""
    for _ in range(20):
        size = server.pss()
        if size:
            return size
        time.sleep(0.5)
    raise SystemExit(f"the memory of {server.name} can't be read")


def idle(server, key, folder, count):
    """Bytes that one more connection takes, in which nothing runs."""
    before = memory(server)
    clients = []
    for _ in range(count):
        clients.append(subprocess.Popen(client(server, key, folder, "-N"), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        time.sleep(0.05)
    time.sleep(15)
    alive = sum(each.poll() is None for each in clients)
    after = memory(server)
    for each in clients:
        each.kill()
        each.wait()
    if alive < count:
        print(f"ssh.py: only {alive} of {count} connections to {server.name} held", file=sys.stderr)
    return (after - before) / max(alive, 1)


def main():
    parser = argparse.ArgumentParser(prog="./dev bench ssh", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--programs", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--times", type=int, default=10, help="ls-remote in a round")
    parser.add_argument("--idle", type=int, default=200, help="idle connections")
    o = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("ssh.py: as root only: sshd becomes another user")
    folder = tempfile.mkdtemp(prefix="gatehouse-bench-")
    os.chmod(folder, 0o755)
    os.environ.update(HOME=folder, GIT_CONFIG_NOSYSTEM="1", LC_ALL="C")
    key = os.path.join(folder, "key")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    bare = os.path.join(folder, "small.git")
    history.make(bare, 20, 10, 20)
    both = [Gatehouse(folder, False, o.programs), OpenSSH(folder, False)]
    try:
        for server in both:
            server.add("small", bare)
            server.start(key)
            ls_remote(server, key, folder, 2)
        rounds = [[ls_remote(server, key, folder, o.times) for server in both] for _ in range(o.rounds)]
        sizes = [idle(server, key, folder, o.idle) for server in both]
    finally:
        for server in both:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    for title, what in (("connect + ls-remote, wall ms", 0), ("connect + ls-remote, CPU ms", 1)):
        ours, theirs = (statistics.median(r[s][what] for r in rounds) for s in (0, 1))
        ratio = statistics.median(r[1][what] / r[0][what] for r in rounds)
        print(f"{title:<30} {1000 * ours:9.1f} {1000 * theirs:9.1f} {ratio:8.2f}")
    print(f"{'an idle connection, kB':<30} {sizes[0] / 1e3:9.1f} {sizes[1] / 1e3:9.1f} "
          f"{sizes[1] / max(sizes[0], 1):8.2f}")
    print("Ours, OpenSSH's, and OpenSSH's over ours (the median of the rounds).")


main()
