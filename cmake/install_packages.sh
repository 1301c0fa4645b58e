#!/bin/bash
# Installs what is missing of the packages in packages.txt that these purposes need:
#   install_packages.sh build bake test check
set -euo pipefail

list=$(dirname "$0")/../packages.txt
missing=()
for purpose in "$@"; do
  while read -r package; do
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      missing+=("$package")
  done < <(awk -v purpose="$purpose" '$1 == purpose { print $2 }' "$list")
done
[[ ${#missing[@]} -eq 0 ]] && exit

echo "== installing Debian packages: ${missing[*]}"
if [[ $EUID -ne 0 ]]; then
  echo "this needs root; or let root do it: apt-get install ${missing[*]}" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install --yes --no-install-recommends "${missing[@]}" > /dev/null
