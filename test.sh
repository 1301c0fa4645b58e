#!/bin/bash
# The tests, as root. All of them run on Debian 12, the fast ones on each system of pipelines/hosts.toml.
#
#   ./test.sh            everything that has to hold for a change, on a build where warnings are
#                        errors; then the fast ones once more with the address and
#                        undefined-behaviour sanitizers
#   ./test.sh fast       those that need no root and touch nothing outside a temporary folder
#   ./test.sh NAME …     the ones whose names begin so, as kraft3_test or kraft3_test.ClusterTest
#   ./test.sh nightly    those that are too long for every change
set -euo pipefail
cd "$(dirname "$0")"

cmake/install_packages.sh build bake test

# What was compiled in another checkout is known here, too.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

# Built again only where something changed, and linked fast: that is most of the time of a run.
configure() {
  mkdir -p build
  cmake --preset "$1" -DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=mold \
    > "build/$1.log" 2>&1 || { cat "build/$1.log" >&2; exit 1; }
}

build() {
  echo "== building build/$1"
  configure "$1"
  cmake --build --preset "$1" "${@:2}" -- --quiet
}

run_tests() {  # they end with this script, however it ends
  setpriv --pdeathsig KILL tests/run "$@"
}

fast_programs() {  # of the fast tests, those that are programs of their own
  ctest --test-dir "build/$1" -N --label-regex fast |
    awk '$1 == "Test" && $2 ~ /^#/ && $3 !~ /^meta\./ { sub(/\..*/, "", $3); print $3 }' | sort -u
}

build_with_sanitizers() {
  configure asan
  fast_programs asan | xargs cmake --build --preset asan --target
}

with_sanitizers() {
  build_with_sanitizers
  echo "== the fast tests with sanitizers"
  run_tests build/asan fast
}

# While tests wait for their clusters, and only then: what is idle takes no time from them.
start_building_with_sanitizers() {
  export -f configure fast_programs build_with_sanitizers
  setpriv --pdeathsig KILL unshare --pid --fork --kill-child chrt --idle 0 \
    bash -c 'set -euo pipefail; build_with_sanitizers' > build/asan-build.log 2>&1 &
}

case "${1:-all}" in
  all)
    build dev
    failed=0
    echo "== all tests"
    start_building_with_sanitizers
    run_tests build/dev all || failed=1
    wait
    with_sanitizers || failed=1
    exit $failed
    ;;
  fast)
    configure dev
    echo "== building the fast tests in build/dev"
    fast_programs dev | xargs cmake --build --preset dev --target
    run_tests build/dev fast
    ;;
  nightly)
    build dev
    run_tests build/dev nightly
    ;;
  *)
    build dev
    run_tests build/dev "$@"
    ;;
esac
