#!/bin/bash
# Every test, as root on Debian 12: all of them on a build where warnings are errors, then the fast
# ones once more with the address and undefined-behaviour sanitizers.
set -euo pipefail
cd "$(dirname "$0")"

cmake/install_packages.sh build bake test

# What was compiled in another checkout is known here, too.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

# Built again only where something changed, and linked fast: that is most of the time of a run.
configure() {
  echo "== building build/$1"
  mkdir -p build
  cmake --preset "$1" -DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=mold \
    > "build/$1.log" 2>&1 || { cat "build/$1.log" >&2; exit 1; }
}

fast_tests() {  # those that are programs of their own
  ctest --test-dir build/asan -N --label-regex fast | awk '$1 == "Test" && $2 ~ /^#/ && $3 !~ /^meta\./ { print $3 }'
}

test_in() {
  ctest --test-dir "build/$1" --parallel 2 --output-on-failure --no-tests=error "${@:2}"
}

configure dev
cmake --build --preset dev -- --quiet
configure asan
fast_tests | xargs cmake --build --preset asan --target

failed=0
echo "== all tests"
test_in dev || failed=1
echo "== the fast tests with sanitizers"
test_in asan --label-regex fast || failed=1
exit $failed
