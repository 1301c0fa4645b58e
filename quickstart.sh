#!/bin/bash
# From a fresh Debian 12, as root, to four machines in /var/lib/machines: three nodes of a Kafka
# cluster and a tester. Nothing is installed but Debian's packages; baker stays in build/release.
# What you give it goes to `baker run`, as in: ./quickstart.sh --set nodes=5
set -euo pipefail
cd "$(dirname "$0")"

cmake/install_packages.sh build bake

echo "== building baker in build/release"
mkdir -p build
cmake --preset release > build/configure.log 2>&1 || { cat build/configure.log >&2; exit 1; }
cmake --build --preset release -- --quiet

echo "== baking: build/release/bin/baker run pipelines/kraft3.toml $*"
exec build/release/bin/baker run pipelines/kraft3.toml "$@"
