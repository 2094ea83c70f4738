"""9200-connections.py HOST:PORT COUNT SECONDS: holds that many connections, of
four kinds: silent, with half a head, with a slow head, kept alive after an
answer. Prints "held N" when they stand, then waits that long or until standard
input ends, and prints "alive N"."""
import select
import socket
import sys
import time

host, port = sys.argv[1].rsplit(":", 1)
count, seconds = int(sys.argv[2]), float(sys.argv[3])
HEADS = (b"", b"GET /ann/site.git/info/refs HTTP/1.1\r\nHost: a\r\n",
         b"GET / HTTP/1.1\r\nX: ", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
held = []
for n in range(count):
    s = socket.socket()
    # beyond 28,000 ports of one address, and to have many addresses: 127.0.x.y
    if len(sys.argv) > 4:
        s.bind((f"127.0.{1 + n % 64}.{1 + n // 64 % 200}", 0))
    try:
        s.settimeout(20)
        s.connect((host, int(port)))
        s.sendall(HEADS[n % 4])
    except OSError:
        s.close()
        continue
    held.append(s)
print(f"held {len(held)}", flush=True)
end = time.monotonic() + seconds
while time.monotonic() < end:
    if select.select([sys.stdin], [], [], 0.5)[0]:
        break
    for s in held[2::400]:
        try:
            s.send(b"y")
        except OSError:
            pass
alive = 0
for s in held:
    try:
        s.setblocking(False)
        while s.recv(65536):
            pass
    except BlockingIOError:
        alive += 1
    except OSError:
        pass
print(f"alive {alive}", flush=True)
