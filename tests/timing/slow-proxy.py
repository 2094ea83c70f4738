"""slow-proxy.py HOST:PORT WORD MILLISECONDS: passes requests on to the server,
and holds back those that hold WORD: the leak that the timing test must find.
Prints its own HOST:PORT first. One thread per connection."""
import socket
import sys
import threading
import time


def pump(client, server_address, word, delay):
    server = socket.create_connection(server_address)
    for s in (client, server):
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def back():
        while data := server.recv(65536):
            client.sendall(data)
    threading.Thread(target=back, daemon=True).start()
    while data := client.recv(65536):
        if word in data:
            end = time.perf_counter() + delay
            time.sleep(delay * 0.9)
            while time.perf_counter() < end:
                pass
        server.sendall(data)


host, port = sys.argv[1].rsplit(":", 1)
listener = socket.create_server(("127.0.0.1", 0))
print("127.0.0.1:%d" % listener.getsockname()[1], flush=True)
while True:
    connection, _ = listener.accept()
    threading.Thread(target=pump, daemon=True, args=(
        connection, (host, int(port)), sys.argv[2].encode(), float(sys.argv[3]) / 1000)).start()
