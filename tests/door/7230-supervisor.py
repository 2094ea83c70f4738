"""supervisor.py EVENTS NAMES PROGRAM ARGS: a small systemd. Opens one listening
socket on 127.0.0.1 for each of NAMES (http:ssh), starts the program with them and
with a socket for its messages, and writes all it hears to EVENTS. SIGUSR1
restarts the program as `systemctl restart` does, SIGTERM ends it and itself."""
import os
import signal
import socket
import sys
import tempfile

events = open(sys.argv[1], "a", buffering=1, encoding="utf-8")
names, command = sys.argv[2], sys.argv[3:]
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in names.split(":")]
folder = tempfile.mkdtemp(prefix="notify-")
os.chmod(folder, 0o711)
said = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
said.bind(os.path.join(folder, "socket"))
os.chmod(os.path.join(folder, "socket"), 0o666)
wanted = []
for number in (signal.SIGUSR1, signal.SIGTERM):
    signal.signal(number, lambda n, _: wanted.append(n))
# "<port> <name>" of each
for name, s in zip(names.split(":"), sockets):
    events.write(f"port {name} {s.getsockname()[1]}\n")


def start():
    pid = os.fork()
    if pid:
        return pid
    try:
        copies = [os.dup(s.fileno()) for s in sockets]
        for i, fd in enumerate(copies):
            if fd != 3 + i:
                os.dup2(fd, 100 + i)
        for i in range(len(copies)):
            os.dup2(100 + i if copies[i] != 3 + i else copies[i], 3 + i)
            os.set_inheritable(3 + i, True)
        # the program that is started must be the one the sockets are meant for
        environment = dict(os.environ, LISTEN_FDS=str(len(sockets)), LISTEN_FDNAMES=names,
                           LISTEN_PID=str(os.getpid()), NOTIFY_SOCKET=said.getsockname(),
                           WATCHDOG_USEC="1500000", WATCHDOG_PID=str(os.getpid()))
        os.execvpe(command[0], command, environment)
    except OSError as error:
        events.write(f"not started: {error}\n")
    os._exit(127)


def hear():
    said.settimeout(0.2)
    try:
        for line in said.recv(4096).decode().split("\n"):
            if line:
                events.write(line + "\n")
    except (socket.timeout, InterruptedError):
        pass


def end(pid):
    os.kill(pid, signal.SIGTERM)
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            events.write(f"ended {code}\n")
            return code
        hear()


running = start()
while True:
    hear()
    if os.waitpid(running, os.WNOHANG)[0]:
        events.write("ended by itself\n")
        sys.exit(1)
    number = wanted.pop(0) if wanted else None
    if number == signal.SIGUSR1:
        end(running)
        running = start()
    elif number == signal.SIGTERM:
        sys.exit(end(running))
