"""Bare repositories to serve: the same bytes on every machine."""
import random
import subprocess


def text(dice, lines):
    return "".join(" ".join(f"{dice.getrandbits(20):x}" for _ in range(8)) + "\n"
                   for _ in range(lines)).encode()


def stream(commits, files, lines):
    """A history for git fast-import: every commit writes one file anew."""
    dice = random.Random(20)
    for n in range(commits):
        message = f"commit {n}\n".encode()
        yield b"commit refs/heads/main\n"
        yield b"committer Ann <ann@example.org> %d +0000\n" % (1700000000 + n)
        yield b"data %d\n%s" % (len(message), message)
        for name in range(files) if n == 0 else [dice.randrange(files)]:
            body = text(dice, lines)
            yield b"M 644 inline d%d/f%d\ndata %d\n%s\n" % (name % 17, name, len(body), body)


def make(path, commits, files, lines):
    def git(*words, **more):
        subprocess.run(["git", "--git-dir", path, *words], check=True, capture_output=True, **more)

    git("init", "-q", "--bare")
    git("symbolic-ref", "HEAD", "refs/heads/main")
    git("fast-import", "--quiet", input=b"".join(stream(commits, files, lines)))
    git("repack", "-adfq", "--write-bitmap-index")
    git("pack-refs", "--all")
    git("commit-graph", "write", "--reachable")
