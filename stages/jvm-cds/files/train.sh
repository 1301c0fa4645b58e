#!/bin/sh
# Runs one broker from its format to its orderly end, with a message to a new topic in between. All
# of it lies in /tmp, which is forgotten.
#
# Java accepts the archive later only with the class path that stands in class-path.args, with the
# same Java, and with pointers as small as those of a heap below 32 GB. How long Java compiles makes
# no difference to the archive. Kafka's own size of its log cleaner's buffer is half of this heap in
# one piece, which the heap does not always have.
set -eu
out=@OUT@
work=/tmp/kafka
mkdir -p $work

cat > $work/server.properties <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:9093
listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$work/data
offsets.topic.replication.factor=1
log.cleaner.dedupe.buffer.size=16777216
END
log_option=-Dlog4j2.configurationFile=/opt/kafka/config/log4j2.yaml
[ -e /opt/kafka/config/log4j2.yaml ] ||
  log_option=-Dlog4j.configuration=file:/opt/kafka/config/log4j.properties
java="$out/java -Xmx256m -XX:+UseG1GC -XX:TieredStopAtLevel=1 -Djava.awt.headless=true
  -Dkafka.logs.dir=$work $log_option @$out/class-path.args"
fail() {
  grep -v '\[warning\]\[cds' $work/log | tail -n 50  # what Java says of its archive hides the reason
  echo "$1"
  exit 1
}

$java kafka.tools.StorageTool format -t=AAAAAAAAAAAAAAAAAAAAZA -c $work/server.properties
cp $work/data/bootstrap.checkpoint $out/

$java -XX:ArchiveClassesAtExit=$out/kafka.jsa kafka.Kafka $work/server.properties \
  > $work/log 2>&1 &
broker=$!
tenths=0
until grep -q 'Kafka Server started' $work/log; do
  kill -s 0 $broker 2> /dev/null || fail "the broker ended before it served"
  tenths=$((tenths + 1))
  [ $tenths -lt 3000 ] || fail "the broker did not serve within 300 seconds"
  sleep 0.1
done
echo hello | JAVA_HOME=$(readlink $out/java | sed 's:/bin/java$::') LOG_DIR=$work \
  /opt/kafka/bin/kafka-console-producer.sh --bootstrap-server 127.0.0.1:9092 --topic first ||
  fail "the broker took no message"
kill $broker
wait $broker || [ $? -eq 143 ] || fail "the broker did not end in order"
[ -s $out/kafka.jsa ] || fail "Java wrote no archive"
