#!/bin/bash
# From a fresh Debian 12 or 13, Ubuntu 24.04 or 26.04, as root, to four machines in /var/lib/machines: three nodes of a Kafka
# cluster and a tester. Nothing is installed but the distribution's packages and a link, /usr/local/bin/baker,
# to the baker in build/release.
# What you give it goes to `baker run`, as in: ./quickstart.sh --set nodes=5
set -euo pipefail
cd "$(dirname "$0")"

cmake/install_packages.sh build bake

echo "== building baker in build/release"
mkdir -p build
cmake --preset release > build/configure.log 2>&1 || { cat build/configure.log >&2; exit 1; }
cmake --build --preset release -- --quiet

# A baker that somebody has installed there is left alone.
baker=build/release/bin/baker
link=/usr/local/bin/baker
if [ ! -e "$link" ] || [[ "$(readlink "$link")" == */build/release/bin/baker ]]; then
  ln -sfn "$PWD/$baker" "$link"
  echo "== $link -> $PWD/$baker"
  if [ "$(command -v baker)" = "$link" ]; then baker=baker; fi
fi

echo "== baking: $baker run pipelines/kraft3.toml $*"
"$baker" run pipelines/kraft3.toml "$@"
taken=$(du -shc build/release /var/cache/baker /var/lib/machines/kafka-* 2> /dev/null | tail -n 1 | cut -f 1)
echo "== done in $((SECONDS / 60)) min $((SECONDS % 60)) s; build, cache and machines take $taken"
