#!/bin/bash
# Installs what is missing of the packages in packages.txt that these purposes need:
#   install_packages.sh build bake test check
# or prints all of them, as they are called in a release:
#   install_packages.sh --list trixie build bake
set -euo pipefail

# Prints the packages for these purposes, by their names in a release.
names_in() {
  awk -v purposes=" ${*:2} " -v release="$1:" '
    !/^#/ && index(purposes, " " $1 " ") {
      name = $2
      for (i = 3; i <= NF; i++) if (index($i, release) == 1) name = substr($i, length(release) + 1)
      if (name != "") print name
    }' "$(dirname "$0")/../packages.txt"
}

if [[ ${1:-} == --list ]]; then
  names_in "${@:2}"
  exit
fi
needed=$(names_in "$(. /etc/os-release && echo "${VERSION_CODENAME:-}")" "$@")
missing=()
for package in $needed; do
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $status == installed ]] || missing+=("$package")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

echo "== installing packages: ${missing[*]}"
if [[ $EUID -ne 0 ]]; then
  echo "this needs root; or let root do it: apt-get install ${missing[*]}" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt-get update && apt-get install --yes --no-install-recommends "${missing[@]}"; } > "$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
