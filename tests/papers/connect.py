#!/usr/bin/env python3
"""A proxy that takes git.example.org:443 to a port of this machine, so that the
addresses of the papers can be typed as they stand.

connect.py PORT FILE    PORT: where the server is; FILE: gets the proxy's own
"""
import os
import socket
import sys
import threading


def carry(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(client, port):
    head = b""
    while b"\r\n\r\n" not in head and (data := client.recv(4096)):
        head += data
    if not head.startswith(b"CONNECT git.example.org:443 "):
        client.sendall(b"HTTP/1.1 502 Only git.example.org\r\n\r\n")
        client.close()
        return
    server = socket.create_connection(("127.0.0.1", port))
    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    other = threading.Thread(target=carry, args=(server, client), daemon=True)
    other.start()
    carry(client, server)
    other.join()
    client.close()
    server.close()


def main():
    listener = socket.create_server(("127.0.0.1", 0), backlog=32)
    with open(sys.argv[2] + ".new", "w", encoding="utf-8") as file:
        file.write(str(listener.getsockname()[1]))
    os.rename(sys.argv[2] + ".new", sys.argv[2])
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, int(sys.argv[1])), daemon=True).start()


main()
