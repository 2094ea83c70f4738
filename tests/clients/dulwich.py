"""dulwich as a program: clone URL FOLDER, fetch FOLDER, push FOLDER REF.

CLIENT_USER and CLIENT_TOKEN go to its porcelain. Prints what a caller sees.
(Its certificate comes from http.sslCAInfo of the user's git configuration.)
"""
import os
import sys

sys.path.pop(0) # this file has the library's name

from dulwich import porcelain


def main(verb, place, what=None):
    given = {}
    if "CLIENT_TOKEN" in os.environ:
        given = {"username": os.environ.get("CLIENT_USER", "ann"),
                 "password": os.environ["CLIENT_TOKEN"]}
    out = sys.stdout.buffer
    if verb == "clone":
        porcelain.clone(place, what, errstream=out, **given)
    elif verb == "fetch":
        porcelain.fetch(place, "origin", errstream=out, **given)
    else:
        porcelain.push(place, "origin", what, errstream=out, outstream=out, **given)


try:
    main(*sys.argv[1:])
except Exception as error:  # the text is what is looked at
    sys.stdout.flush()
    print(f"{type(error).__name__}: {error}")
    sys.exit(1)
