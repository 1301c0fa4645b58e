#!/bin/sh
# Tries the stage type as a pipeline uses it, in folders of its own:
#
#     test.sh PLUGIN_FOLDER        # as root; BAKER names the program if it is not in PATH
set -eu
baker=${BAKER:-baker}
plugins=$(realpath "$1")
work=$(mktemp -d -p "${TMPDIR:-/var/tmp}")
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > motd.toml <<'TOML'
[pipeline]
name = "motd-test"

[stage.greeting]
uses = "motd"
text = "Hello"
TOML

bake() {
  "$baker" run motd.toml --plugin-dir "$plugins" --cache-dir "$1" --state-dir "state-$1"
}

must() {
  "$@" || { echo "failed: $*" >&2; exit 1; }
}

bake one
must test "$(cat one/layers/*/tree/etc/motd)" = "Hello"

bake one > again
must grep -q "nothing to do" again

bake two
must diff one/layers/*/listing two/layers/*/listing
echo "ok"
