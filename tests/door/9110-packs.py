"""9110-packs.py KIND: writes a push of git's protocol to standard output: one
command for refs/heads/evil, then a pack that is not as it should be. Without
KIND: lists them."""
import hashlib
import struct
import sys
import zlib

KINDS = {b"commit": 1, b"tree": 2, b"blob": 3, b"tag": 4}
ZERO = b"0" * 40


def oid(kind, data):
    return hashlib.sha1(kind + b" %d\0" % len(data) + data).digest()


def entry(kind, data, size=None):
    size = len(data) if size is None else size
    first, rest = KINDS[kind] << 4 | size & 15, size >> 4
    out = bytearray()
    while rest:
        out.append(first | 0x80)
        first, rest = rest & 0x7f, rest >> 7
    out.append(first)
    return bytes(out) + zlib.compress(data)


def tree(*items):
    return b"".join(mode + b" " + name + b"\0" + sha for mode, name, sha in items)


def commit(tree_id, more=b""):
    who = b"Eve <eve@example.org> 1700000000 +0000"
    return b"tree " + tree_id.hex().encode() + b"\nauthor " + who + b"\ncommitter " + who + \
        b"\n" + more + b"\nevil\n"


def pack(entries, count=None, version=2):
    body = b"PACK" + struct.pack(">II", version, len(entries) if count is None else count) + \
        b"".join(entries)
    return body + hashlib.sha1(body).digest()


def push(new, data, ref=b"refs/heads/evil", capabilities=b"report-status side-band-64k agent=evil"):
    line = ZERO + b" " + new + b" " + ref + b"\0" + capabilities + b"\n"
    return b"%04x" % (len(line) + 4) + line + b"0000" + data


BLOB = b"evil\n"
BLOB_ID = oid(b"blob", BLOB)


def of_tree(*items, blob=BLOB):
    """A whole pack around one top tree."""
    top = tree(*items)
    c = commit(oid(b"tree", top))
    return oid(b"commit", c).hex().encode(), [entry(b"blob", blob), entry(b"tree", top),
                                             entry(b"commit", c)]


def named(name, mode=b"100644", blob=BLOB):
    new, entries = of_tree((mode, name, oid(b"blob", blob)), blob=blob)
    return push(new, pack(entries)), new


def folder(name):
    inner = tree((b"100644", b"config", BLOB_ID))
    new, entries = of_tree((b"40000", name, oid(b"tree", inner)))
    return push(new, pack([entry(b"tree", inner), *entries])), new


def good():
    return of_tree((b"100644", b"file", BLOB_ID))


def damaged(change):
    new, entries = good()
    return push(new, change(entries)), new


def bomb():
    """A blob that says and is 1 GB of zeros."""
    size = 1 << 30
    first, rest = 3 << 4 | size & 15, size >> 4
    head = bytearray()
    while rest:
        head.append(first | 0x80)
        first, rest = rest & 0x7f, rest >> 7
    head.append(first)
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    body = b"".join(packer.compress(block) for _ in range(1024)) + packer.flush()
    return push(b"1" * 40, pack([bytes(head) + body])), b"1" * 40


def ref(name):
    new, entries = good()
    return push(new, pack(entries), ref=name), new


def raw(data):
    return data, b"1" * 40


def delta(base, result_size=100, code=b"\x7f" + b"a" * 10):
    """A delta that is not as it should be."""
    def size(n):
        out = bytearray()
        while n > 127:
            out.append(n & 127 | 128)
            n >>= 7
        out.append(n)
        return bytes(out)
    data = size(base) + size(result_size) + code
    header = bytes([7 << 4 | len(data) & 15 | (0x80 if len(data) > 15 else 0)])
    if len(data) > 15:
        header += bytes([len(data) >> 4])
    return header + BLOB_ID + zlib.compress(data)


def of_delta(**how):
    new, entries = good()
    return push(new, pack([*entries, delta(**how)])), new


WORK = {
    "truncated": lambda: damaged(lambda e: pack(e)[:-40]),
    "cut-head": lambda: damaged(lambda e: pack(e)[:7]),
    "no-pack": lambda: damaged(lambda e: b""),
    "wrong-checksum": lambda: damaged(lambda e: pack(e)[:-20] + bytes(20)),
    "more-objects-said": lambda: damaged(lambda e: pack(e, count=9)),
    "fewer-objects-said": lambda: damaged(lambda e: pack(e, count=1)),
    "four-billion-objects": lambda: damaged(lambda e: pack(e, count=0xffffffff)),
    "size-too-large": lambda: damaged(lambda e: pack([*e, entry(b"blob", b"x", 999)])),
    "size-too-small": lambda: damaged(lambda e: pack([*e, entry(b"blob", b"x" * 999, 3)])),
    "size-huge": lambda: damaged(lambda e: pack([*e, entry(b"blob", b"x", 1 << 62)])),
    "type-zero": lambda: damaged(lambda e: pack([*e, b"\x05" + zlib.compress(b"hello")])),
    "type-five": lambda: damaged(lambda e: pack([*e, b"\x55" + zlib.compress(b"hello")])),
    "not-packed": lambda: damaged(lambda e: pack([*e, b"\x35hello"])),
    "version-nine": lambda: damaged(lambda e: pack(e, version=9)),
    "behind-the-end": lambda: damaged(lambda e: pack(e) + b"more and more"),
    "object-missing": lambda: damaged(lambda e: pack(e[1:])),
    "another-id": lambda: (push(b"2" * 40, pack(good()[1])), b"2" * 40),
    "delta-base-size": lambda: of_delta(base=4),
    "delta-short": lambda: of_delta(base=5, result_size=100, code=b"\x01a"),
    "delta-past-base": lambda: of_delta(base=5, result_size=16, code=b"\x91\x7f\x10"),
    "delta-huge": lambda: of_delta(base=5, result_size=1 << 60),
    "bomb": bomb,
    "tree-.git": lambda: folder(b".git"),
    "tree-.GIT": lambda: folder(b".GIT"),
    "tree-.Git": lambda: folder(b".gIt"),
    "tree-git~1": lambda: folder(b"git~1"),
    "tree-..": lambda: folder(b".."),
    "tree-.": lambda: folder(b"."),
    "tree-slash": lambda: folder(b"a/b"),
    "tree-empty": lambda: folder(b""),
    "tree-hfs": lambda: folder(b".g\xe2\x80\x8cit"),
    "file-.git": lambda: named(b".git"),
    "link-.gitmodules": lambda: named(b".gitmodules", b"120000", b"../../etc/passwd"),
    "link-.gitmodules-ntfs": lambda: named(b".gitmodules ", b"120000", b"/etc/passwd"),
    "gitmodules-command": lambda: named(
        b".gitmodules", blob=b'[submodule "a"]\n\tpath = a\n\turl = -u./payload\n'),
    "gitmodules-name": lambda: named(
        b".gitmodules", blob=b'[submodule "../../x"]\n\tpath = a\n\turl = https://example.org/a\n'),
    "commit-without-tree": lambda: (lambda c: (push(oid(b"commit", c).hex().encode(),
        pack([entry(b"commit", c)])), b""))(b"author x\n\nevil\n"),
    "commit-nul": lambda: (lambda t: (lambda c: (push(oid(b"commit", c).hex().encode(),
        pack([entry(b"tree", t), entry(b"commit", c)])), b""))(
            commit(oid(b"tree", t), b"x\0y: z\n")[:-1] + b"\0"))(b""),
    "ref-..": lambda: ref(b"refs/heads/../../config"),
    "ref-config": lambda: ref(b"config"),
    "ref-HEAD": lambda: ref(b"HEAD"),
    "ref-lock": lambda: ref(b"refs/heads/a.lock"),
    "ref-option": lambda: ref(b"--upload-pack=touch"),
    "ref-blank": lambda: ref(b"refs/heads/a b"),
    "ref-control": lambda: ref(b"refs/heads/\x1b[31m"),
    "ref-slash": lambda: ref(b"/refs/heads/a"),
    "ref-hidden": lambda: ref(b"refs/../objects/x"),
    "ref-reflog": lambda: ref(b"refs/heads/a@{1}"),
    "ref-long": lambda: ref(b"refs/heads/" + b"a/" * 2500 + b"a"),
    "line-short": lambda: raw(b"0003"),
    "line-one": lambda: raw(b"0001" * 3),
    "line-no-hex": lambda: raw(b"zzzz" + b"x" * 100),
    "line-sign": lambda: raw(b"-001" + b"x" * 100),
    "line-longest": lambda: raw(b"ffff" + b"a" * 70000),
    "line-cut": lambda: raw(b"0100" + b"a" * 10),
    "line-no-ids": lambda: raw(b"0014x y refs/heads/a0000"),
    "commands-endless": lambda: raw((b"%04x" % 111 + ZERO + b" " + b"1" * 40 +
                                     b" refs/heads/" + b"a" * 13 + b"\n") * 30000),
    "noise": lambda: raw(bytes(range(256)) * 400),
}

if len(sys.argv) == 1:
    print("\n".join(WORK))
else:
    sys.stdout.buffer.write(WORK[sys.argv[1]]()[0])
