#!/usr/bin/python3
"""An SSH client that offers what no client should, message by message (paramiko's transport).

ssh_offers.py PORT KEY OFFER...: each OFFER in its turn, on one connection; prints a line each:
"refused", "may sign", "in", "closed: WORDS", and how many seconds it took when that was a second or
more. An OFFER:
  none        asks what may be done
  kind        a key of a kind that nobody knows
  garbage     a blob that is no key
  cut         a blob that ends in the middle
  signed      KEY, with a signature that is wrong
  right       KEY, which may then be signed with
  key         KEY (ECDSA, PEM), as it should be
  ignored     nothing: a packet without meaning, then "none"
  KIND*N      so often, in one line: how often it was answered
"""
import queue
import socket
import sys
import time

from paramiko import ECDSAKey, Message, Transport
from paramiko.common import MSG_DISCONNECT, MSG_IGNORE

SERVICE, ACCEPTED, REQUEST, FAILURE, SUCCESS, BANNER, MAY_SIGN = 5, 6, 50, 51, 52, 53, 60


class Client:
    def __init__(self, port, key):
        self.key, self.heard = ECDSAKey.from_private_key_file(key), queue.Queue()
        self.transport = Transport(socket.create_connection(("127.0.0.1", int(port)), 20))
        handlers = {kind: self.note(kind) for kind in (ACCEPTED, FAILURE, SUCCESS, MAY_SIGN)}
        handlers[BANNER] = lambda transport, m: None
        self.transport._parse_disconnect = self.ended
        self.transport._handler_table = {**self.transport._handler_table, **handlers}
        self.transport.start_client(timeout=20)
        self.send(SERVICE, "ssh-userauth")
        self.hear()

    def note(self, kind):
        return lambda transport, m: self.heard.put((kind, ""))

    def ended(self, m):
        m.get_int()
        self.heard.put((MSG_DISCONNECT, m.get_text()))

    def send(self, kind, *fields):
        m = Message()
        m.add_byte(bytes([kind]))
        for field in fields:
            (m.add_boolean if isinstance(field, bool) else m.add_string)(field)
        self.transport._send_message(m)

    def hear(self):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                return self.heard.get(timeout=0.1)
            except queue.Empty:
                if not self.transport.is_active():
                    return MSG_DISCONNECT, "without a word"
        return None, ""

    def offer(self, kind, blob, signature=None):
        more = [] if signature is None else [signature]
        self.send(REQUEST, "git", "ssh-connection", "publickey", signature is not None, kind, blob, *more)

    def signed(self, wrong):
        """The signature covers the session and the request."""
        name, blob = self.key.get_name(), self.key.asbytes()
        m = Message()
        m.add_string(self.transport.session_id)
        m.add_byte(bytes([REQUEST]))
        for field in ("git", "ssh-connection", "publickey"):
            m.add_string(field)
        m.add_boolean(True)
        m.add_string(name)
        m.add_string(blob)
        data = m.asbytes() + (b"x" if wrong else b"")
        self.offer(name, blob, self.key.sign_ssh_data(data, name).asbytes())

    def make(self, what):
        if what == "ignored":
            self.send(MSG_IGNORE, "nothing")
        if what in ("none", "ignored"):
            self.send(REQUEST, "git", "ssh-connection", "none")
        elif what == "kind":
            m = Message()
            m.add_string("ssh-ed448")
            m.add_string(b"k" * 57)
            self.offer("ssh-ed448", m.asbytes())
        elif what == "garbage":
            self.offer("ssh-ed25519", b"\xff" * 51)
        elif what == "cut":
            self.offer(self.key.get_name(), self.key.asbytes()[:60])
        elif what == "right":
            self.offer(self.key.get_name(), self.key.asbytes())
        else:
            self.signed(wrong=what == "signed")

    def ask(self, what):
        begun = time.monotonic()
        try:
            self.make(what)
        except (EOFError, OSError):
            pass
        kind, words = self.hear()
        took = time.monotonic() - begun
        says = {FAILURE: "refused", SUCCESS: "in", MAY_SIGN: "may sign", MSG_DISCONNECT: "closed: " + words,
                None: "no answer"}[kind]
        return says, f" after {took:.0f} s" if took >= 1 else ""


def main(port, key, *offers):
    client = Client(port, key)
    for offer in offers:
        what, _, often = offer.partition("*")
        answered = 0
        for _ in range(int(often or 1)):
            says, took = client.ask(what)
            if says.startswith("closed") or says == "no answer":
                break
            answered += 1
        print(f"{says}{took}" if not often else f"{answered} answers, then {says}")
    client.transport.close()


main(*sys.argv[1:])
