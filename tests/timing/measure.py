"""measure.py HOST:PORT MILLISECONDS < CASES: tells whether the answers to
several requests can be told apart.

CASES: one a line, "NAME<TAB>PATH<TAB>Authorization value or -<TAB>MASK"; MASK
is the word of that case that may stand in its answer (what was asked for).
Requests are interleaved in random order over one connection each. The bytes
must be equal but for Date, the reference and what was asked for; a Retry-After may
have run down by the seconds that have passed, and no more. The medians of the times
may not lie further apart than what is given. Before it says that they do, it has
looked three times, each time longer: a machine that is busy differs now and then, a
server that leaks does so always.

Prints "bytes: equal" or "bytes: differ: ...", then "times: alike (...)" or
"times: apart (...)". """
import random
import re
import socket
import statistics
import sys
import time

ROUNDS = (120, 300, 600)


class Case:
    def __init__(self, line):
        self.name, self.path, auth, self.mask = line.rstrip("\n").split("\t")
        header = f"Authorization: {auth}\r\n" if auth != "-" else ""
        self.request = (f"GET {self.path} HTTP/1.1\r\nHost: example.org\r\n{header}\r\n").encode()
        self.socket = None
        self.times = []

    def connect(self, host, port):
        self.socket = socket.create_connection((host, port), 30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self):
        start = time.perf_counter_ns()
        self.socket.sendall(self.request)
        answer = self.socket.recv(65536)
        took = time.perf_counter_ns() - start
        head, _, body = answer.partition(b"\r\n\r\n")
        length = int(re.search(rb"\r\nContent-Length: (\d+)", head).group(1))
        while len(body) < length:
            body += self.socket.recv(65536)
        return took, head + b"\r\n\r\n" + body

    def bytes_of(self, answer):
        answer = re.sub(rb"\r\nDate: [^\r]*", b"", answer)
        # the length of what was read says nothing more than what was read
        answer = re.sub(rb"\r\nContent-Length: \d+", b"", answer)
        answer = re.sub(rb"\r\nRetry-After: \d+", b"\r\nRetry-After: -", answer)
        answer = re.sub(rb"again in \d+ \w+", b"again in -", answer)
        answer = re.sub(rb"([Rr]eference:? +|why )[0-9a-z]{8,16}", rb"\1-", answer)
        return answer.replace(self.mask.encode(), b"-")


def spread(cases):
    """How far the medians lie apart, ms; the slower half of each case counts
    for nothing: it is the machine's."""
    middles = {}
    for case in cases:
        quick = sorted(case.times)[:max(10, len(case.times) // 2)]
        middles[case.name] = statistics.median(quick) / 1e6
    return max(middles.values()) - min(middles.values()), middles


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    limit = float(sys.argv[2])
    cases = [Case(line) for line in sys.stdin if line.strip()]
    seen, waits, began = set(), [], time.monotonic()
    for case in cases:
        case.connect(host, int(port))
        for _ in range(20): # caches, and the memory of challenges
            answer = case.ask()[1]
            seen.add(case.bytes_of(answer))
            wait = re.search(rb"\r\nRetry-After: (\d+)", answer)
            waits.append(int(wait.group(1)) if wait else 0)
    if max(waits) - min(waits) > time.monotonic() - began + 1:
        seen |= set(waits)
    print("bytes: equal" if len(seen) == 1 else
          "bytes: differ: " + " | ".join(map(repr, sorted(seen, key=str))))
    for rounds in ROUNDS:
        for case in cases:
            case.times = []
        for _ in range(rounds):
            for case in random.sample(cases, len(cases)):
                case.times.append(case.ask()[0])
        apart, middles = spread(cases)
        if apart < limit:
            break
    words = ", ".join(f"{name} {middle:.3f} ms" for name, middle in middles.items())
    print(f"times: {'alike' if apart < limit else 'apart'} ({words})")


main()
