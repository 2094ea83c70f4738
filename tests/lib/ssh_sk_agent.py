#!/usr/bin/python3
"""An SSH agent with one key on a security key, which is a file in truth: there is no
hardware where tests run (draft-miller-ssh-agent; OpenSSH's PROTOCOL.u2f).

ssh_sk_agent.py SOCKET PUB HOW KIND: KIND ed25519 or ecdsa; writes the public key to PUB, then answers at
SOCKET until it is killed. HOW: touched, untouched (nobody was there), wrong (its signature)
"""
import hashlib
import os
import socket
import struct
import sys
import threading
from base64 import b64encode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

IDENTITIES, IDENTITIES_ANSWER, SIGN, SIGN_ANSWER, FAILURE = 11, 12, 13, 14, 5
APPLICATION = b"ssh:"
PRESENT = 1


def string(data):
    return struct.pack(">I", len(data)) + data


def mpint(number):
    return string(number.to_bytes(number.bit_length() // 8 + 1, "big"))


def strings(data):
    while len(data) >= 4:
        length = struct.unpack(">I", data[:4])[0]
        yield data[4:4 + length]
        data = data[4 + length:]


class Ed25519:
    name = b"sk-ssh-ed25519@openssh.com"

    def __init__(self):
        self.secret = ed25519.Ed25519PrivateKey.generate()
        public = self.secret.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.blob = string(self.name) + string(public) + string(APPLICATION)

    def sign(self, data):
        return self.secret.sign(data)


class Ecdsa:
    name = b"sk-ecdsa-sha2-nistp256@openssh.com"

    def __init__(self):
        self.secret = ec.generate_private_key(ec.SECP256R1())
        point = self.secret.public_key().public_bytes(serialization.Encoding.X962,
                                                      serialization.PublicFormat.UncompressedPoint)
        self.blob = string(self.name) + string(b"nistp256") + string(point) + string(APPLICATION)

    def sign(self, data):
        r, s = utils.decode_dss_signature(self.secret.sign(data, ec.ECDSA(hashes.SHA256())))
        return mpint(r) + mpint(s)


class Agent:
    def __init__(self, how, key):
        self.how, self.key, self.counter = how, key, 7

    def sign(self, data):
        flags = 0 if self.how == "untouched" else PRESENT
        self.counter += 1
        tail = struct.pack(">BI", flags, self.counter)
        if self.how == "wrong":
            data += b"x"
        signed = hashlib.sha256(APPLICATION).digest() + tail + hashlib.sha256(data).digest()
        return string(self.key.name) + string(self.key.sign(signed)) + tail

    def answer(self, kind, body):
        if kind == IDENTITIES:
            return struct.pack(">BI", IDENTITIES_ANSWER, 1) + string(self.key.blob) + string(b"")
        if kind == SIGN:
            blob, data = list(strings(body))[:2]
            if blob == self.key.blob:
                return struct.pack(">B", SIGN_ANSWER) + string(self.sign(data))
        return struct.pack(">B", FAILURE)

    def serve(self, client):
        stream = client.makefile("rb")
        while len(head := stream.read(4)) == 4:
            body = stream.read(struct.unpack(">I", head)[0])
            client.sendall(string(self.answer(body[0], body[1:])))


def main(path, public, how, kind):
    key = {"ed25519": Ed25519, "ecdsa": Ecdsa}[kind]()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    with open(public + ".new", "w", encoding="ascii") as file:
        file.write(f"{key.name.decode()} {b64encode(key.blob).decode()}\n")
    os.rename(public + ".new", public)
    agent = Agent(how, key)
    while True:
        client = listener.accept()[0]
        threading.Thread(target=agent.serve, args=(client,), daemon=True).start()


main(*sys.argv[1:])
