#!/usr/bin/env python3
"""Connections in which nobody comes in.

ssh_strangers.py PORT COUNT TEXT: opens COUNT connections to 127.0.0.1, 200 at a time at
most, and sends TEXT in each. Prints how many the server has closed at the end.
"""
import select
import socket
import sys
import time

OPEN = 200


def closed(connections):
    """Those the server has closed; they are taken out of the list."""
    gone = 0
    for one in select.select(connections, [], [], 0.01)[0]:
        try:
            over = not one.recv(4096)
        except OSError:
            over = True
        if over:
            connections.remove(one)
            one.close()
            gone += 1
    return gone


def main(port, count, text):
    connections, gone = [], 0
    data = text.encode().decode("unicode_escape").encode()
    for _ in range(int(count)):
        one = socket.create_connection(("127.0.0.1", int(port)), 10)
        try:
            one.sendall(data)
        except OSError:
            pass
        connections.append(one)
        while len(connections) >= OPEN:
            gone += closed(connections)
    end = time.monotonic() + 60
    while connections and time.monotonic() < end:
        gone += closed(connections)
    print(gone)


main(*sys.argv[1:])
