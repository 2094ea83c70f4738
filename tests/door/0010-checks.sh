#!/bin/sh
# The checks of the house find what is planted for them.
# shellcheck source=tests/lib/gate.sh
. "$(dirname "$0")/../lib/gate.sh"

mkdir -p "$T/tree/src/base" "$T/tree/src/policy" "$T/tree/src/gate"
printf 'base:\npolicy: base\ngate: base policy\n' >"$T/tree/src/LAYERS"
heads='# base\n\n## Purpose\n## Words\n## Door\n## Uses / used by\n## Owns\n## Always\n## Never\n## Start reading at\n## Tests\n'
for room in base policy gate; do
	# shellcheck disable=SC2059 # the heads are the format
	printf "$heads" >"$T/tree/src/$room/README.md"
done
printf '#include <string.h>\nint base;\n' >"$T/tree/src/base/base.c"
printf '#include "base/buf.h"\n#include "own_int.h"\n' >"$T/tree/src/policy/policy.c"
printf '#include "base/buf.h"\n#include "policy/policy.h"\n' >"$T/tree/src/gate/gate.c"

check() { try "$top/tools/$1" "$T/tree"; }

check check-layers
is "$status $out" "0 " "check-layers is content with a tree that keeps the rule"
printf '#include "gate/gate.h"\n' >"$T/tree/src/policy/up.c"
check check-layers
is "$status" 1 "check-layers fails when a room looks up"
like "$out" "^src/policy/up.c:1: " "and names the file and line"
rm "$T/tree/src/policy/up.c"
printf '  #  include   "base/buf_int.h"\n' >"$T/tree/src/policy/inside.c"
check check-layers
like "$out" "^src/policy/inside.c:1: .*inside room base" "check-layers finds an include of another room's inner header"
printf '#include "../gate/gate.h"\n' >"$T/tree/src/policy/inside.c"
check check-layers
is "$status" 1 "check-layers finds a path that climbs"
rm "$T/tree/src/policy/inside.c"
mkdir "$T/tree/src/shed"
echo 'int shed;' >"$T/tree/src/shed/shed.c"
check check-layers
like "$out" "^src/shed: not listed" "check-layers finds a room that the rule does not know"
check check-docs
like "$out" "^src/shed/: has no README" "check-docs finds a room without a page"
rm -r "$T/tree/src/shed"

check check-docs
is "$status $out" "0 " "check-docs is content with a tree that is in order"
# shellcheck disable=SC2016 # backticks of Markdown
printf 'See `src/base/base.c` and `src/base/lost.c`.\n' >"$T/tree/ARCHITECTURE.md"
check check-docs
like "$out" "^ARCHITECTURE.md:1: names src/base/lost.c" "check-docs finds a path that is not there"
unlike "$out" "base.c, " "and leaves the others alone"
rm "$T/tree/ARCHITECTURE.md"
sed -i '/Never/d' "$T/tree/src/gate/README.md"
check check-docs
like "$out" "gate/README.md: has no head \"Never\"" "check-docs finds a page without one of its heads"

check check-banned
is "$status $out" "0 " "check-banned is content with a clean tree"
printf '/* strcpy( in a comment */\nconst char *a = "system(";\nvoid f(char *b) { strcpy (b, a); }\n' >"$T/tree/src/gate/bad.c"
check check-banned
is "$(printf '%s\n' "$out" | cut -d : -f 1-3)" "src/gate/bad.c:3: strcpy()" "check-banned finds the call, not the comment and not the text"
printf 'void f(void) { log_info("%%s", s->bytes, secret.bytes); }\n' >"$T/tree/src/gate/bad.c"
check check-banned
like "$out" "prints a secret" "check-banned finds a secret that is printed"
finish
