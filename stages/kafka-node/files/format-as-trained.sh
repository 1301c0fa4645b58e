#!/bin/sh
# Formats Kafka's data directory, unless it is formatted: with what Kafka's own tool made when the
# root was baked, so that no Java has to start. It is formatted when meta.properties is there, which
# comes last, and whole.
set -eu
if [ -d @DATA@/lost+found ]; then # of a disk; Kafka takes every folder for a partition's
  rmdir @DATA@/lost+found
fi
[ ! -e @DATA@/meta.properties ] || exit 0
other=$(find @DATA@ -mindepth 1 -maxdepth 1 ! -name bootstrap.checkpoint ! -name 'meta.properties*')
if [ -n "$other" ]; then
  echo "@DATA@ has files and no meta.properties: it is not the whole of a node's data. Put back" \
    "what is missing, or empty it: $other" >&2
  exit 1
fi
cd @DATA@
cp @TRAINED@/bootstrap.checkpoint bootstrap.checkpoint
directory=-
while [ "${directory#-}" != "$directory" ]; do # Kafka takes a leading dash for an option
  directory=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c 1-22)
done
cat > meta.properties.tmp <<END
version=1
cluster.id=@CLUSTER@
node.id=@NODE@
directory.id=$directory
END
sync bootstrap.checkpoint meta.properties.tmp
mv meta.properties.tmp meta.properties
sync .
