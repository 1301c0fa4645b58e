#include "scripts.h"

namespace baker::kafka {
namespace {

constexpr const char* kHome = R"sh(home=$(dirname -- "$(readlink -f -- "$0")")/..
)sh";

std::string log_option(const Release& release) {
  return release.has_log4j2() ? "-Dlog4j2.configurationFile=" : "-Dlog4j.configuration=file:";
}

}  // namespace

std::string run_class_script(const Release& release) {
  return std::string(R"sh(#!/bin/sh
# Runs a class of Kafka: [-daemon] [-name NAME] [-loggc] CLASS [ARGUMENT...]
# Reads JAVA_HOME, CLASSPATH, LOG_DIR, JMX_PORT, KAFKA_HEAP_OPTS, KAFKA_JVM_PERFORMANCE_OPTS,
# KAFKA_GC_LOG_OPTS, KAFKA_JMX_OPTS, KAFKA_LOG4J_OPTS and KAFKA_OPTS.
)sh") + kHome +
         R"sh(
daemon= name=kafka gc_log=
while [ $# -gt 0 ]; do
  case $1 in
    -daemon) daemon=yes; shift ;;
    -name) name=$2; shift 2 ;;
    -loggc) gc_log=yes; shift ;;
    *) break ;;
  esac
done
if [ $# -eq 0 ]; then
  echo "usage: $0 [-daemon] [-name NAME] [-loggc] CLASS [ARGUMENT...]" >&2
  exit 1
fi

java=java
[ -z "$JAVA_HOME" ] || java=$JAVA_HOME/bin/java
for jar in "$home"/libs/*.jar; do
  CLASSPATH=${CLASSPATH:+$CLASSPATH:}$jar
done
export CLASSPATH

: "${LOG_DIR:=$home/logs}"
: "${KAFKA_HEAP_OPTS:=-Xmx256M}"
: "${KAFKA_JVM_PERFORMANCE_OPTS:=-server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35 -XX:+ExplicitGCInvokesConcurrent -Djava.awt.headless=true}"
: "${KAFKA_LOG4J_OPTS:=)sh" +
         log_option(release) + "$home/config/" + tools_log_config_name(release) + R"sh(}"
if [ -n "$JMX_PORT" ]; then
  : "${KAFKA_JMX_OPTS:=-Dcom.sun.management.jmxremote -Dcom.sun.management.jmxremote.authenticate=false -Dcom.sun.management.jmxremote.ssl=false}"
  KAFKA_JMX_OPTS="$KAFKA_JMX_OPTS -Dcom.sun.management.jmxremote.port=$JMX_PORT"
fi
if [ -n "$gc_log$daemon" ]; then mkdir -p "$LOG_DIR" || exit 1; fi
if [ -n "$gc_log" ]; then
  : "${KAFKA_GC_LOG_OPTS:=-Xlog:gc*:file=$LOG_DIR/$name-gc.log:time,tags:filecount=10,filesize=100M}"
fi

# The variables hold several options each: they are split at spaces, and nothing else.
set -f
# shellcheck disable=SC2086
set -- $KAFKA_HEAP_OPTS $KAFKA_JVM_PERFORMANCE_OPTS $KAFKA_GC_LOG_OPTS $KAFKA_JMX_OPTS \
  "-Dkafka.logs.dir=$LOG_DIR" $KAFKA_LOG4J_OPTS $KAFKA_OPTS "$@"
if [ -n "$daemon" ]; then
  nohup "$java" "$@" >"$LOG_DIR/$name.out" 2>&1 </dev/null &
else
  exec "$java" "$@"
fi
)sh";
}

std::string launcher_script(const Launcher& launcher, const Release& release) {
  std::string script = std::string("#!/bin/sh\n") + kHome;
  script += ": \"${KAFKA_HEAP_OPTS:=" + launcher.heap + "}\"\nexport KAFKA_HEAP_OPTS\n";
  if (!launcher.server) {
    return script + "exec \"$home/bin/kafka-run-class.sh\" " + launcher.main_class + " \"$@\"\n";
  }
  const std::string name = launcher.name.substr(0, launcher.name.rfind('.'));
  script += ": \"${KAFKA_LOG4J_OPTS:=" + log_option(release) + "$home/config/" +
            server_log_config_name(release) + "}\"\nexport KAFKA_LOG4J_OPTS\n";
  script += "daemon=\nif [ \"$1\" = -daemon ]; then daemon=-daemon; shift; fi\n";
  script += "exec \"$home/bin/kafka-run-class.sh\" $daemon -name " + name + " " +
            launcher.main_class + " \"$@\"\n";
  return script;
}

std::string server_stop_script() {
  return R"sh(#!/bin/sh
# Asks every Kafka server of this machine to shut down.
if [ $# -ne 0 ]; then
  echo "usage: $0 (stops every Kafka server of this machine)" >&2
  exit 1
fi
found=
for process in /proc/[0-9]*; do
  if tr '\0' '\n' < "$process/cmdline" 2> /dev/null | grep -qx kafka.Kafka; then
    found=yes
    kill -TERM "${process#/proc/}"
  fi
done
if [ -z "$found" ]; then
  echo "no Kafka server to stop" >&2
  exit 1
fi
)sh";
}

std::string trogdor_script() {
  return std::string("#!/bin/sh\n# Kafka's fault injector.\n") + kHome +
         R"sh(
action=$1
[ $# -eq 0 ] || shift
case $action in
  agent) class=agent.Agent ;;
  agent-client) class=agent.AgentClient ;;
  coordinator) class=coordinator.Coordinator ;;
  client) class=coordinator.CoordinatorClient ;;
  *)
    echo "usage: $0 agent|agent-client|coordinator|client [OPTION...]" >&2
    [ "$action" = help ]
    exit
    ;;
esac
exec "$home/bin/kafka-run-class.sh" "org.apache.kafka.trogdor.$class" "$@"
)sh";
}

}  // namespace baker::kafka
