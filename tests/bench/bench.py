#!/usr/bin/env python3
"""Compares Gatehouse with Apache and git-http-backend: docs/bench.md.

bench.py --programs FOLDER [--quick] [--no-tls] [--rounds N] [--only PATTERN]
"""
import argparse
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import history
import servers
import works

CLEAN = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C",
         "GIT_AUTHOR_NAME": "Ann", "GIT_AUTHOR_EMAIL": "ann@example.org",
         "GIT_COMMITTER_NAME": "Ann", "GIT_COMMITTER_EMAIL": "ann@example.org"}
SETTLE = 0.1 # seconds in which children end and rows are written; they count


def note(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


class Bench:
    def __init__(self, options):
        self.options = options
        self.folder = tempfile.mkdtemp(prefix="gatehouse-bench-")
        os.chmod(self.folder, 0o755)
        os.environ.update(CLEAN, HOME=self.folder)
        self.certificate = os.path.join(self.folder, "certificate.pem")
        self.key = os.path.join(self.folder, "key.pem")
        self.both = []

    def certify(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                        self.key, "-out", self.certificate], check=True, capture_output=True)
        if os.geteuid() == 0:
            os.chown(self.key, servers.USER, servers.USER)
        os.environ["GIT_SSL_CAINFO"] = self.certificate

    def set_up(self):
        o = self.options
        note("making repositories")
        sizes = {"small": (20, 10, 20), "medium": (400 if o.quick else 2000, 200, 200)}
        for name, size in sizes.items():
            history.make(os.path.join(self.folder, name + ".git"), *size)
        self.certify()
        ours = servers.Gatehouse(self.folder, not o.no_tls, o.programs)
        self.both.append(ours)
        # a token of the right form that was revoked would be told so; this one is nobody's
        self.wrong = ours.secret[:-1] + ("A" if ours.secret[-1] != "A" else "B")
        self.both.append(servers.Apache(self.folder, not o.no_tls, ours.secret))
        for server in self.both:
            for name in sizes:
                server.add(name, os.path.join(self.folder, name + ".git"))
            server.start(self.certificate, self.key)
        note(f"{' and '.join(s.name for s in self.both)} run; {ours.counter.words}")

    def memory(self):
        time.sleep(1)
        return [server.pss() for server in self.both]

    def once(self, work, number):
        """Wall and CPU seconds of one go."""
        work.prepare(number)
        time.sleep(SETTLE)
        cpu, begin = work.server.cpu(), time.monotonic()
        work.do()
        wall = time.monotonic() - begin
        time.sleep(SETTLE)
        return wall / work.times, (work.server.cpu() - cpu) / work.times

    def run(self):
        o = self.options
        rounds = o.rounds or (5 if o.quick else 15)
        lines = [[kind(server, self, quick if o.quick else full) for server in self.both]
                 for kind, quick, full in works.ALL if re.search(o.only, kind.title)]
        results = [[] for _ in lines]
        for number in range(-1, rounds): # the first round warms up and does not count
            note(f"round {number + 1} of {rounds}" if number >= 0 else "warming up")
            for pair, result in zip(lines, results):
                order = pair if number % 2 else pair[::-1]
                got = {work.server.name: self.once(work, number) for work in order}
                if number >= 0:
                    result.append([got[server.name] for server in self.both])
        return [(pair[0].title, result) for pair, result in zip(lines, results)]

    def stop(self):
        for server in self.both:
            server.stop()
        if self.options.keep:
            note(f"kept: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)


def ratio(pairs):
    ratios = [theirs / ours for ours, theirs in pairs if ours > 0]
    return f"{statistics.median(ratios):.2f}" if ratios else "-"


def milliseconds(pair):
    return " / ".join(f"{1000 * n:.3f}" if n < 0.01 else f"{1000 * n:.1f}" for n in pair)


def table(results, memories):
    form = "{:<24} {:>18} {:>18} {:>8} {:>8}"
    yield form.format("work", "ours", "Apache", "wall", "CPU")
    yield form.format("", "wall / CPU, ms", "wall / CPU, ms", "ratio", "ratio")
    for title, rounds in results:
        middle = [[statistics.median(r[s][what] for r in rounds) for what in (0, 1)]
                  for s in (0, 1)]
        yield form.format(title, milliseconds(middle[0]), milliseconds(middle[1]),
                          ratio([(r[0][0], r[1][0]) for r in rounds]),
                          ratio([(r[0][1], r[1][1]) for r in rounds]))
    for title, (ours, theirs) in memories:
        if ours and theirs:
            yield form.format(title, f"{ours / 1e6:.1f} MB", f"{theirs / 1e6:.1f} MB",
                              f"{theirs / ours:.2f}", "")
        else:
            yield form.format(title, "as root only", "", "", "")


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.split("\n")[0])
    parser.add_argument("--programs", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="about a minute or two")
    parser.add_argument("--no-tls", action="store_true", help="both without TLS")
    parser.add_argument("--rounds", type=int, help="how many (default 15, quick 5)")
    parser.add_argument("--only", default="", metavar="PATTERN", help="only works of this name")
    parser.add_argument("--keep", action="store_true", help="keep the folder, with the logs")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143)) # so that all is cleared away
    bench = Bench(parser.parse_args())
    begin = time.monotonic()
    try:
        bench.set_up()
        fresh = bench.memory()
        results = bench.run()
        memories = [("idle memory, fresh", fresh), ("idle memory, after", bench.memory())]
    finally:
        bench.stop()
    note(f"{time.monotonic() - begin:.0f} s")
    print("\n".join(table(results, memories)))
    print("\nA ratio is Apache's over ours, the median of the rounds: above 1, ours takes less.")


main()
