"""Kafka's archive of classes, dumped by hand."""

SCRIPT = """
hostname localhost
cd /tmp
java="java -Xmx256m -XX:+UseG1GC -cp $(echo /opt/kafka/libs/*.jar | tr ' ' :)
  -Dlog4j2.configurationFile=/opt/kafka/config/log4j2.yaml -Dkafka.logs.dir=/tmp"
cat > properties <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:9093
listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093
controller.listener.names=CONTROLLER
log.dirs=/tmp/data
END
$java kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAZA -c properties
$java -XX:ArchiveClassesAtExit=/var/tmp/kafka.jsa kafka.Kafka properties > log 2>&1 &
until grep -q 'Kafka Server started' log; do kill -s 0 $!; sleep 0.1; done
kill $!
wait $! || test $? = 143
test -s /var/tmp/kafka.jsa
"""


def dump(root, *binds):
    """The command: formats a directory, and runs one broker until it serves, in the root."""
    return ["bwrap", "--bind", root, "/", *binds, "--proc", "/proc", "--dev", "/dev",
            "--tmpfs", "/tmp", "--unshare-net", "--unshare-pid", "--unshare-uts",
            "sh", "-euc", SCRIPT]
