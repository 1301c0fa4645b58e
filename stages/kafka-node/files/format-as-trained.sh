#!/bin/sh
# Formats Kafka's data directory, unless it is formatted: with what Kafka's own tool made when the
# root was baked, so that no Java has to start. It is formatted when meta.properties is there, which
# comes last, and whole.
set -eu
@PREPARE@
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
