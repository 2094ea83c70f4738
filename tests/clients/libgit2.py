"""libgit2 as a program: clone URL FOLDER, fetch FOLDER, push FOLDER REF.

CLIENT_USER and CLIENT_TOKEN, or over SSH CLIENT_KEY, a private key's file, are what its
credential callback gives, without an end, as many programs do; after five times this one gives up. Prints what the
library hands to its caller.
"""
import os
import sys

import pygit2


class Caller(pygit2.RemoteCallbacks):
    def __init__(self):
        super().__init__()
        self.asked = 0
        self.line = ""

    def credentials(self, url, username_from_url, allowed_types):
        self.asked += 1
        key = os.environ.get("CLIENT_KEY")
        if key and self.asked == 1:
            return pygit2.Keypair(username_from_url or "git", key + ".pub", key, "")
        if self.asked > 5 or "CLIENT_TOKEN" not in os.environ:
            raise RuntimeError("no other credential is left")
        return pygit2.UserPass(os.environ.get("CLIENT_USER", "ann"), os.environ["CLIENT_TOKEN"])

    # The key of the server: libgit2 looks into ~/.ssh/known_hosts, which is not ours.
    def certificate_check(self, certificate, valid, host):
        return bool(os.environ.get("CLIENT_KEY")) or valid

    # Text comes in pieces, as the packets had them.
    def sideband_progress(self, string):
        *whole, self.line = (self.line + string).split("\n")
        for line in whole:
            print("remote:", line)

    def push_update_reference(self, refname, message):
        print(f"{refname}: {message or 'accepted'}")
        if message:
            raise RuntimeError(f"{refname} was refused: {message}")


def main(verb, place, what=None):
    if os.environ.get("CURL_CA_BUNDLE"):
        pygit2.settings.set_ssl_cert_locations(os.environ["CURL_CA_BUNDLE"], None)
    if verb == "clone":
        pygit2.clone_repository(place, what, callbacks=Caller())
        return
    remote = pygit2.Repository(place).remotes["origin"]
    if verb == "fetch":
        remote.fetch(callbacks=Caller())
    else:
        remote.push([what], callbacks=Caller())


try:
    main(*sys.argv[1:])
except Exception as error:  # the text is what is looked at
    print(f"{type(error).__name__}: {error}")
    sys.exit(1)
