#!/usr/bin/env python3
"""A keeper for gatehouse-ssh alone: knows some keys, and lets git serve one folder.

ssh_keeper.py PROGRAM FOLDER KNOWN DEAD: starts PROGRAM on a free port of 127.0.0.1, with
host keys FOLDER/host-*; prints the port. KNOWN and DEAD are files of public keys. What it
is asked it writes, a line each, to FOLDER/asked. Ends when its standard input does.
"""
import base64, os, select, shlex, socket, struct, subprocess, sys, time

Q_READY, Q_GONE, Q_COUNTS, Q_KEY, Q_EXEC = 1, 3, 4, 10, 11
A_SETUP, A_ANSWER, A_STREAM, A_END, A_DRAIN, A_KEY = 101, 102, 104, 105, 106, 110
TAGS = dict(address=3, protocol=10, text=42, whole=47, listen=60, connections=63, per_address=64, idle=67,
            allow=82, connection=140, port=141, user=142, client=143, blob=144, signed=145,
            offered=146, exec=147, command=148, pty=149, close=160, errors=161, exit=162,
            host_key=163, login_time=164, rest_time=165, tries=166, sessions=167, strangers=168)
NAMES = {number: name for name, number in TAGS.items()}
NUMBERS = {"signed", "connection", "port", "exec", "pty"}


def pack(kind, number, **fields):
    out, count = b"", 0
    for name, values in fields.items():
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, int):
                value = struct.pack("<Q", value)
            elif isinstance(value, str):
                value = value.encode()
            out += struct.pack("<HHI", TAGS[name], 0, len(value)) + value
            count += 1
    return b"GTH1" + struct.pack("<HHQ", kind, count, number) + out


def unpack(data):
    kind, count, number = struct.unpack("<HHQ", data[4:16])
    fields, at = {}, 16
    for _ in range(count):
        tag, _, length = struct.unpack("<HHI", data[at:at + 8])
        value = data[at + 8:at + 8 + length]
        at += 8 + length
        name = NAMES.get(tag, tag)
        if name in NUMBERS:
            value = struct.unpack("<Q", value)[0]
        fields.setdefault(name, []).append(value)
    return kind, number, fields


def blobs(path):
    with open(path) as file:
        return [base64.b64decode(line.split()[1]) for line in file if line.strip()]


class Keeper:
    def __init__(self, program, folder, known, dead):
        self.folder, self.known, self.dead = folder, blobs(known), blobs(dead)
        self.children, self.asked = {}, open(folder + "/asked", "a", buffering=1)
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(1024)
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.pid = os.fork()
        if self.pid == 0:
            os.dup2(theirs.fileno(), 3)
            os.execv(program, [program])
        theirs.close()
        self.set_up()

    def set_up(self):
        keys = [open(self.folder + "/" + name).read() for name in sorted(os.listdir(self.folder))
                if name.startswith("host-") and not name.endswith(".pub")]
        limits = {name: int(os.environ[name.upper()]) for name in
                  ("connections", "per_address", "idle", "login_time", "rest_time", "tries", "sessions",
                   "strangers") if name.upper() in os.environ}
        self.send(pack(A_SETUP, 0, listen="ssh", host_key=keys, **limits), self.listener.fileno())

    def send(self, data, *fds):
        socket.send_fds(self.channel, [data], list(fds))

    def say(self, *words):
        print(*words, file=self.asked)

    def key(self, number, f):
        blob, signed = f["blob"][0], f.get("signed", [0])[0]
        offered = [text.decode() for text in f.get("offered", [])]
        self.say("key", "signed" if signed else "offered", f["user"][0].decode(), len(offered))
        if blob in self.known:
            self.send(pack(A_KEY, number, allow=1))
        elif blob in self.dead:
            self.send(pack(A_KEY, number, allow=0 if signed else 1,
                           text="This key has ended.\n" if signed else ""))
        else:
            words = "".join("Not known: %s\n" % text for text in offered)
            self.send(pack(A_KEY, number, allow=0, text=words + "Not known: this one, number %d\n" % (len(offered) + 1)))

    def start(self, number, words, protocol):
        words[1] = self.folder + "/" + words[1].lstrip("/")
        if protocol:
            os.environ["GIT_PROTOCOL"] = protocol
        else:
            os.environ.pop("GIT_PROTOCOL", None)
        child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.send(pack(A_STREAM, number, errors="A notice.\n"), child.stdin.fileno(), child.stdout.fileno())
        child.stdin.close()
        child.stdout.close()
        self.children[number] = (child, os.pidfd_open(child.pid))

    def session(self, number, f):
        line = f.get("command", [b""])[0].decode()
        self.say("session", f["exec"][0], f.get("pty", [0])[0], f.get("protocol", [b""])[0].decode(), line)
        words = shlex.split(line) if f["exec"][0] == 1 else []
        if words and words[0] in ("git-upload-pack", "git-receive-pack"):
            self.start(number, words, f.get("protocol", [b""])[0].decode())
        elif line == "flood":
            self.send(pack(A_ANSWER, number, text="x" * 40000, errors="e" * 10000, exit=7))
        elif line != "silence":
            self.send(pack(A_ANSWER, number, text="out: %s\n" % line, errors="Only git runs here.\n", exit=3))

    def ended(self):
        for number, (child, pidfd) in list(self.children.items()):
            if child.poll() is not None:
                os.close(pidfd)
                del self.children[number]
                status = child.returncode if child.returncode >= 0 else 128
                self.say("ended", status)
                self.send(pack(A_END, number, whole=1, exit=status))

    def hear(self):
        data, fds, _, _ = socket.recv_fds(self.channel, 65536, 4)
        if not data:
            return False
        kind, number, fields = unpack(data)
        if kind == Q_READY:
            self.say("ready", fields["text"][0].decode())
            print(self.listener.getsockname()[1], flush=True)
        elif kind == Q_KEY:
            self.key(number, fields)
        elif kind == Q_EXEC:
            self.session(number, fields)
        elif kind == Q_GONE:
            self.say("gone")
            if number in self.children:
                self.children[number][0].terminate()
                # nobody hears of its end
                child, pidfd = self.children.pop(number)
                child.wait()
                os.close(pidfd)
        return True

    def run(self):
        while True:
            wanted = [self.channel, sys.stdin] + [pidfd for _, pidfd in self.children.values()]
            ready = select.select(wanted, [], [])[0]
            if sys.stdin in ready and not sys.stdin.readline():
                break
            if self.channel in ready and not self.hear():
                break
            self.ended()
        self.channel.close()
        self.say("status", os.waitpid(self.pid, 0)[1])


if __name__ == "__main__":
    Keeper(*sys.argv[1:]).run()
