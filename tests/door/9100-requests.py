"""9100-requests.py HOST:PORT TOKEN WORD...: sends requests that no honest client
sends, each over a connection of its own, and prints "ok TITLE" or "no TITLE |
what came". Each must be answered once, with a 4xx; no answer may hold one of
the WORDs (paths of the server's machine, secrets)."""
import base64
import concurrent.futures
import re
import socket
import sys

HOST, PORT = sys.argv[1].rsplit(":", 1)
TOKEN = sys.argv[2]
LEAKS = [word.encode() for word in [TOKEN, *sys.argv[3:]]]
AUTH = b"Authorization: Basic " + base64.b64encode(f"ann:{TOKEN}".encode()) + b"\r\n"
AUTH = b"Connection: close\r\n" + AUTH
HEAD = b"Host: example.org\r\n" + AUTH
REFS = b"/info/refs?service=git-upload-pack"
FETCH = b"POST /ann/site.git/git-upload-pack HTTP/1.1\r\n" + HEAD + \
    b"Content-Type: application/x-git-upload-pack-request\r\nGit-Protocol: version=2\r\n"
PUSH = b"POST /ann/site.git/git-receive-pack HTTP/1.1\r\n" + HEAD + \
    b"Content-Type: application/x-git-receive-pack-request\r\n"
LS = b"0014command=ls-refs\n0000"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


def talk(data, half_close=False):
    """Everything that comes back, until the end or silence."""
    got = b""
    with socket.create_connection((HOST, int(PORT)), 20) as s:
        s.settimeout(8)
        try:
            s.sendall(data)
            if half_close:
                s.shutdown(socket.SHUT_WR)
        except OSError:
            pass # it has heard enough
        try:
            while len(got) < 1000000:
                more = s.recv(65536)
                if not more:
                    break
                got += more
                s.settimeout(1.5)
        except OSError:
            pass # cut, or silent: what came counts
    return got


def statuses(answer):
    """Interim answers (100) are none."""
    found = re.findall(rb"(?:^|\n|\r\n\r\n[^\r]*?)HTTP/1\.[01] (\d\d\d)", answer)
    return [int(s) for s in found if s != b"100"]


CASES = []


def case(title, data, want=r"4\d\d", half_close=False):
    CASES.append((title, data, want, half_close))


def run(title, data, want, half_close):
    answer = talk(data, half_close)
    # libmicrohttpd 0.9.75 says the head of some refusals of its own twice
    answer = re.sub(rb"^(HTTP/1\.1 4.*?\r\n\r\n)\1", rb"\1", answer, flags=re.S)
    got = " ".join(map(str, statuses(answer)))
    # what was asked for may be named again
    leaked = [word for word in LEAKS if word in answer and word not in data]
    if not re.fullmatch(want, got):
        return f"no {title} | status {got or 'none'}, wanted {want}; {answer[:160]!r}"
    if leaked:
        return f"no {title} | leaks {leaked!r}: {answer[:2000]!r}"
    return f"ok {title}: {got or 'cut'}"


def get(target, head=HEAD):
    return b"GET " + target + b" HTTP/1.1\r\n" + head + b"\r\n"


def show(data):
    text = repr(data)[2:-1]
    return text if len(text) < 60 else f"{text[:40]}... ({len(data)} bytes)"


def paths():
    names = [
        b"/../../etc/passwd", b"/ann/../../../etc/passwd", b"/..", b"/ann/..",
        b"/ann/%2e%2e/%2e%2e/etc/passwd", b"/ann/.%2e/%2E./etc/passwd",
        b"/ann/..%2f..%2fetc%2fpasswd", b"/ann%2fsite.git", b"/ann/%252e%252e%252fsite",
        b"/ann/..%5c..%5csite", b"/ann/..\\..\\site", b"/ann/%c0%ae%c0%ae/site",
        b"/ann/%e0%80%ae%e0%80%ae/site", b"/ann/\xc0\xae\xc0\xae/site", b"/ann/%u002e%u002e/site",
        b"/ann/..;/site.git", b"/./ann/site.git", b"/ann/./site.git", b"/ann//site.git",
        b"//ann/site.git", b"/ann/site.git/../site.git", b"/ann/site.git/.", b"/ann/site.git/",
        b"/ann/site%00.git", b"/ann/site.git%00", b"/ann%00/site.git", b"/%00ann/site.git",
        b"/ann/site.git%", b"/ann/site.git%2", b"/ann/site.git%zz", b"/ann/site%0a.git",
        b"/ann/site%0d%0aX-Evil:%20yes", b"/ann/site%1b[31m", b"/ann/site%7f", b"/ann/site%20",
        b"/-/site.git", b"/-rf/site.git", b"/--help/--help", b"/ann/-site", b"/ann/--upload-pack=x",
        b"/ann/-", b"/ann/.site", b"/.ann/site", b"/ann/.git", b"/ann/.git/config",
        b"/ann/site.git/.git", b"/ann/.GIT", b"/ann/site.git.git", b"/ann/site.lock",
        b"/ann/site.", b"/ann/..git", b"/ann/git~1", b"/ann/site.git:$DATA", b"/ann/$(id)",
        b"/ann/`id`", b"/ann/site;id", b"/ann/site|id", b"/ann/'", b"/ann/%22", b"/ann/<b>",
        b"/" + b"a" * 300 + b"/site", b"/ann/" + b"b" * 300, b"/ann/" + b"%61" * 1200,
        b"/ann/" + b"../" * 1000, b"/" * 2000, b"/ann/" + b"c" * 20000,
        b"/ann/site.git/objects/../../../../../gatehouse.db", b"/ann/site.git/config",
        b"/gatehouse.db", b"/run/lock", b"/ann/\xf0\x9f\x92\xa9", b"/\xff\xfe/site",
    ]
    for name in names:
        case(f"path {show(name)}", get(name + REFS))
    for query in [b"git-upload-pack%00", b"git-upload-pack;id", b"--upload-pack", b"",
                  b"git-upload-archive", b"../git-upload-pack", b"git-upload-pack\x01"]:
        case(f"service {show(query)}", get(b"/ann/site.git/info/refs?service=" + query))
    case("a NUL in the target", get(b"/ann/site.git\0" + REFS))
    case("a NUL behind the target", get(b"/ann/site.git" + REFS + b"\0x"))
    case("no path", get(b"ann/site.git" + REFS))
    case("an asterisk", get(b"*"))
    case("a fragment", get(b"/ann/site.git#" + REFS))


def heads():
    refs = b"GET /ann/site.git" + REFS
    case("two lengths that differ", FETCH + b"Content-Length: 24\r\nContent-Length: 4\r\n\r\n" + LS)
    case("two lengths that agree", FETCH + b"Content-Length: 24\r\nContent-Length: 24\r\n\r\n" + LS)
    case("a list of lengths", FETCH + b"Content-Length: 24, 24\r\n\r\n" + LS)
    case("length and chunks", FETCH + b"Content-Length: 24\r\n" + CHUNKED + b"0\r\n\r\n")
    case("chunks and length", FETCH + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n")
    case("chunks twice", FETCH + b"Transfer-Encoding: chunked\r\n" + CHUNKED + b"0\r\n\r\n")
    for coding in [b"identity", b"gzip, chunked", b"chunked, identity", b"xchunked", b"chunked ,",
                   b"\x0bchunked", b"gzip", b"", b"chunked;q=1"]:
        case(f"transfer coding {show(coding)}",
             FETCH + b"Transfer-Encoding: " + coding + b"\r\n\r\n0\r\n\r\n")
    case("a transfer coding beside a length in disguise",
         FETCH + b"Content-Length: 24\r\nTransfer-Encoding : chunked\r\n\r\n" + LS)
    for length in [b"-1", b"+24", b"0x18", b"24 24", b"24a", b"", b"18446744073709551616",
                   b"99999999999999999999999", b"2\x004", b"1e1", b"\xd9\xa2\xd9\xa4"]:
        case(f"length {show(length)}", FETCH + b"Content-Length: " + length + b"\r\n\r\n" + LS)
    case("bare LF", (get(b"/ann/site.git" + REFS)).replace(b"\r\n", b"\n"))
    case("bare LF behind one header", refs + b" HTTP/1.1\r\nHost: example.org\n" + AUTH + b"\r\n")
    case("bare CR", refs + b" HTTP/1.1\r\nHost: example.org\rX: y\r\n" + AUTH + b"\r\n")
    case("a blank before the colon", refs + b" HTTP/1.1\r\nHost : example.org\r\n" + AUTH + b"\r\n")
    case("a folded header", refs + b" HTTP/1.1\r\nHost: example.org\r\nX: a\r\n b\r\n" + AUTH + b"\r\n")
    case("a first header that is folded", refs + b" HTTP/1.1\r\n Host: example.org\r\n" + AUTH + b"\r\n")
    case("a header without a name", refs + b" HTTP/1.1\r\n: x\r\n" + HEAD + b"\r\n")
    case("a header without a colon", refs + b" HTTP/1.1\r\nnonsense\r\n" + HEAD + b"\r\n")
    case("a NUL in a header", refs + b" HTTP/1.1\r\nX: a\0b\r\n" + HEAD + b"\r\n")
    case("a NUL in a header's name", refs + b" HTTP/1.1\r\nX\0Y: a\r\n" + HEAD + b"\r\n")
    case("no Host", refs + b" HTTP/1.1\r\n" + AUTH + b"\r\n")
    case("two Hosts", refs + b" HTTP/1.1\r\nHost: a\r\n" + HEAD + b"\r\n")
    for version in [b"HTTP/9.9", b"HTTP/2.0", b"HTTP/1.", b"HTTP/01.1", b"HTTX/1.1", b"http/1.1"]:
        case(f"version {show(version)}", refs + b" " + version + b"\r\n" + HEAD + b"\r\n",
             r"4\d\d|505")
    case("no version", refs + b"\r\n\r\n", r"4\d\d|505")
    # RFC 9112, 3: a server may take a run of blanks for one
    case("two blanks in the first line", b"GET  /ann/site.git" + REFS + b" HTTP/1.1\r\n" + HEAD + b"\r\n",
         r"200|4\d\d")
    case("a blank in the target", refs + b" x HTTP/1.1\r\n" + HEAD + b"\r\n", r"4\d\d|")
    # odd, and as it should be
    for header in [b"X:", b"X:   ", b"X:y", b"X: \t y \t ", b"X: y", b"X: a:b, c=\"d\""]:
        case(f"a fine header {show(header)}", refs + b" HTTP/1.1\r\n" + header + b"\r\n" + HEAD + b"\r\n", "200")
        case(f"a fine last header {show(header)}", refs + b" HTTP/1.1\r\n" + HEAD + header + b"\r\n\r\n", "200")
    for method in [b"get", b"G\0T", b"TRACE", b"CONNECT", b"PROPFIND", b"A" * 1000, b"\xff", b"PRI"]:
        case(f"method {show(method)}", method + b" /ann/site.git" + REFS + b" HTTP/1.1\r\n" + HEAD + b"\r\n",
             r"4\d\d|501")
    case("the first line of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", r"4\d\d|505")
    case("a greeting of TLS", bytes.fromhex("16030100a5010000a10303") + b"\0" * 160, r"4\d\d|", True)
    case("noise", bytes(range(256)) * 4 + b"\r\n\r\n", r"4\d\d|")
    case("ten thousand headers", refs + b" HTTP/1.1\r\n" + HEAD + b"X: y\r\n" * 10000 + b"\r\n")
    case("a header of 100 KB", refs + b" HTTP/1.1\r\n" + HEAD + b"X: " + b"y" * 100000 + b"\r\n\r\n")
    case("a head without an end", refs + b" HTTP/1.1\r\n" + HEAD + b"X: " + b"y" * 8000000, r"4\d\d")
    case("a name of 100 KB", refs + b" HTTP/1.1\r\n" + HEAD + b"y" * 100000 + b": x\r\n\r\n")
    for value in [b"Basic", b"Basic !!!!", b"Basic " + b"A" * 20000, b"Basic YW5u", b"Bearer",
                  b"Bearer \xff\xfe", b"Digest username=ann", b"Negotiate abc", b"Basic " +
                  base64.b64encode(b"ann:\0" + TOKEN.encode()), b"Basic " +
                  base64.b64encode(b"a" * 6000 + b":x"), b""]:
        case(f"authorization {show(value)}",
             get(b"/ann/site.git" + REFS, b"Host: a\r\nAuthorization: " + value + b"\r\n"))
    case("two authorizations", get(b"/ann/site.git" + REFS, HEAD + AUTH))
    for value in [b"version=2:" + b"a" * 5000, b"version=2\x01", b"--help", b"version=2;id"]:
        # what it does not know, it does not pass on: the answer is an ordinary one
        case(f"Git-Protocol {show(value)}", get(b"/ann/site.git" + REFS, HEAD + b"Git-Protocol: " +
             value + b"\r\n"), r"200|4\d\d")


def bodies():
    for title, body in [
            ("a chunk without a size", b"\r\n\r\n"), ("a chunk of size zz", b"zz\r\n" + LS),
            ("a negative chunk", b"-1\r\nx\r\n0\r\n\r\n"), ("a chunk of 0x18", b"0x18\r\n" + LS + b"\r\n0\r\n\r\n"),
            ("a chunk that wraps", b"10000000000000018\r\n" + LS + b"\r\n0\r\n\r\n"),
            ("a chunk longer than it says", b"4\r\n" + LS + b"\r\n0\r\n\r\n"),
            ("a chunk with a blank before its size", b" 18\r\n" + LS + b"\r\n0\r\n\r\n"),
            ("a chunk extension of 200 KB", b"18;" + b"x" * 200000 + b"\r\n" + LS + b"\r\n0\r\n\r\n"),
            ("trailers of 200 KB", b"18\r\n" + LS + b"\r\n0\r\n" + b"X: y\r\n" * 35000 + b"\r\n"),
            ("chunks with bare LF", b"18\n" + LS + b"\n0\n\n")]:
        # too long an extension is 500 to the library, whose own answer this is;
        # chunks that end in LF alone it takes for what they are meant to be
        case(f"fetch: {title}", FETCH + CHUNKED + body,
             r"4\d\d|500" if "extension" in title else r"200|4\d\d" if "LF" in title else r"4\d\d")
        # a push streams: git may have answered before, or the connection ends
        case(f"push: {title}", PUSH + CHUNKED + body, r"4\d\d|500|200|")
    # an end in the middle: the client is gone, and nobody is left to be told
    case("fetch: half a chunk", FETCH + CHUNKED + b"fff\r\n" + LS, r"4\d\d|", True)
    case("fetch: half a body", FETCH + b"Content-Length: 400\r\n\r\n" + LS, r"4\d\d|", True)
    case("push: half a body", PUSH + b"Content-Length: 400\r\n\r\n0000", r"4\d\d|200|", True)
    for coding in [b"br", b"gzip, gzip", b"gzip, br", b"deflate, gzip", b"compress", b"\x01"]:
        case(f"packed as {show(coding)}",
             FETCH + b"Content-Encoding: " + coding + b"\r\nContent-Length: 24\r\n\r\n" + LS)
    case("packed, and it is not", FETCH + b"Content-Encoding: gzip\r\nContent-Length: 24\r\n\r\n" + LS)
    case("a longer body than allowed", FETCH + b"Content-Length: 999999999999\r\n\r\n" + LS)
    case("another media type", (FETCH + b"Content-Length: 24\r\n\r\n" + LS).replace(b"x-git-upload-pack-request", b"json"))
    case("a body with GET, and a request in it",
         b"GET /ann/nothing HTTP/1.1\r\n" + HEAD + b"Content-Length: 40\r\n\r\n" +
         get(b"/ann/site.git/HEAD")[:40])


for part in (paths, heads, bodies):
    part()
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    for line in pool.map(lambda c: run(*c), CASES):
        print(line, flush=True)
