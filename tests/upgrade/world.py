"""What is in the ledgers of this folder: people, places, credentials, and what
became of them, all made with the commands of the program of that time.

A step is a list of forms of one command, today's first: a program that does not
know the first (exit status 2) is asked in the next, and one that knows none of
them leaves the step out.
"""
NEVER = ["--expires", "never"]
PEOPLE = ["ann", "bob", "cleo", "dora"]

PLACES = [
    *([["user", "add", name, "--email", f"{name}@example.org"]] for name in PEOPLE),
    [["workspace", "create", "acme", "--owner", "ann"]],
    [["workspace", "create", "other", "--owner", "cleo"]],
    [["workspace", "create", "strict", "--owner", "ann"]],
    [["workspace", "edit", "acme", "--add-member", "bob"]],
    [["workspace", "edit", "acme", "--add-member", "dora"]],
    [["workspace", "edit", "other", "--add-member", "bob", "--creation", "members"]],
    [["group", "create", "acme", "devs"]],
    [["group", "add", "acme", "devs", "dora"]],
    [["project", "create", "acme", "web"]],
    [["repo", "create", "acme/site", "--project", "web"]],
    [["repo", "create", "acme/hidden"]],
    [["repo", "create", "acme/handbook", "--public"]],
    [["repo", "create", "acme/notes", "--internal"]],
    *([["repo", "create", path]] for path in (
        "acme/shelf", "acme/before", "acme/gone", "acme/back", "other/own", "other/moving",
        "strict/vault", "ann/home")),
    [["repo", "adopt", "{adopted}", "acme/shop", "--yes"]],
    [["grant", "add", "group:devs", "acme/project:web", "write"]],
    [["grant", "add", "bob", "acme/hidden", "read"]],
    [["grant", "add", "bob", "acme/shelf", "admin"]],
    [["grant", "add", "bob", "acme/gone", "write"]],
    [["grant", "add", "cleo", "acme/site", "read"]],
    [["grant", "add", "cleo", "strict", "write"]],
]

# name, flags of `token create`
KINDS = [
    ("write", ["--scopes", "write:repository", *NEVER]),
    ("read", ["--scopes", "read:repository", *NEVER]),
    ("drop", ["--scopes", "write:repository", "--only", "push", *NEVER]),
    ("settings", ["--scopes", "admin:repository,delete:repository,admin:workspace", *NEVER]),
    ("all", ["--scopes", "write:repository,admin:repository,delete:repository,write:user", *NEVER]),
    ("none", ["--no-scopes", *NEVER]),
    ("here", ["--scopes", "write:repository", "--addresses", "127.0.0.0/8", *NEVER]),
    ("far", ["--scopes", "write:repository", "--addresses", "192.0.2.0/24,2001:db8::/32", *NEVER]),
    ("later", ["--scopes", "write:repository", "--not-before", "2090-01-01", *NEVER]),
    ("dead", ["--scopes", "write:repository", "--expires", "1s"]),
    ("ended", ["--scopes", "write:repository", *NEVER]),
    ("leaked", ["--scopes", "write:repository", *NEVER]),
    ("turned", ["--scopes", "write:repository", *NEVER]),
    ("cut", ["--scopes", "write:repository", *NEVER]),
]
NAMED = [
    ("one", ["--scopes", "write:repository", "--repos", "acme/site", *NEVER]),
    ("three", ["--scopes", "write:repository", "--repos",
               "acme/gone,acme/before,other/own", *NEVER]),
]
OWNERS = [*(["--user", name] for name in PEOPLE), ["--repo", "acme/site"], ["--repo", "acme/gone"],
          ["--project", "acme/web"], ["--workspace", "acme"]]


def tokens():
    """(owner's flags, name, flags) of each token."""
    for owner in OWNERS:
        for name, flags in KINDS + (NAMED if owner[0] == "--user" else []):
            yield owner, name, flags


# What became of each owner's tokens; ROTATIONS print a secret that is newer.
ENDS = [("ended", [["--reason", "no longer needed"]]), ("leaked", [["--leaked"]])]
ROTATIONS = [("turned", ["--overlap", "90d"]), ("cut", ["--overlap", "0s"])]

# What happened when all of them had been made.
AFTERWARDS = [
    [["grant", "add", "{bot}", "other/own", "write"]],
    [["repo", "rename", "acme/before", "now", "--yes"],
     ["repo", "edit", "acme/before", "--name", "now"]],
    [["repo", "move", "other/moving", "acme", "--yes"]],
    [["repo", "alias", "add", "acme/site", "git/team/site"]],
    [["repo", "alias", "add", "acme/hidden", "acme/ended"]],
    [["repo", "alias", "remove", "acme/hidden", "acme/ended", "--yes"]],
    [["workspace", "rename", "other", "others", "--yes"]],
    [["workspace", "edit", "strict", "--longest-token-life", "30d", "--yes"],
     ["workspace", "edit", "strict", "--longest-token-life", "30d"]],
    [["repo", "archive", "acme/shelf", "--yes"], ["repo", "archive", "acme/shelf"]],
    [["repo", "delete", "acme/gone", "--yes"]],
    [["repo", "delete", "acme/back", "--yes"]],
    [["repo", "undelete", "acme/back"]],
    [["user", "suspend", "dora", "--reason", "away"]],
    [["user", "invite", "cleo"]],
]

REPOSITORIES = [
    "acme/site", "acme/hidden", "acme/handbook", "acme/notes", "acme/shelf", "acme/before",
    "acme/now", "acme/gone", "acme/back", "acme/shop", "acme/ended", "acme/moving", "acme/fresh",
    "other/own", "other/moving", "other/fresh", "others/own", "others/fresh", "strict/vault",
    "strict/fresh", "ann/home", "ann/fresh", "cleo/fresh", "nobody/none", "git/team/site"]
SERVICES = {"read": "git-upload-pack", "write": "git-receive-pack"}
QUESTIONS = [(operation, path) for path in REPOSITORIES for operation in SERVICES]
