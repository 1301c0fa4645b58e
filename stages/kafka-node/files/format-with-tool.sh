#!/bin/sh
# Formats Kafka's data directory, unless it is formatted.
set -eu
@PREPARE@
exec @JAVA@ -Xmx256M -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
  @LOG_OPTION@ \
  kafka.tools.StorageTool format -t=@CLUSTER@ -c /etc/kafka/server.properties
