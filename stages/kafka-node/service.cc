#include "service.h"

#include "server_properties.h"

namespace baker::kafka_node {
namespace {

// `systemd-analyze security` counts what is not taken away. Java can't do without memory that is
// both written and executed.
constexpr const char* kConfinement = R"(NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateMounts=yes
PrivateUsers=yes
DevicePolicy=closed
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
ProcSubset=pid
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
KeyringMode=private
RemoveIPC=yes
UMask=0077
)";

// Most code of a start is not worth the second, dear compilation, which would take a third of the
// start. Hot code gets it all the same, ten times later: some half a minute into a heavy load.
constexpr const char* kCompileLate = R"(-XX:Tier4InvocationThreshold=50000
-XX:Tier4MinInvocationThreshold=6000
-XX:Tier4CompileThreshold=150000
-XX:Tier4BackEdgeThreshold=400000
)";

}  // namespace

std::string java_command(const Installation& installed) {
  return installed.java_home + "/bin/java @/etc/kafka/class-path.args";
}

std::string log_option(const Kafka& kafka, const std::string& file) {
  return (kafka.has_log4j2() ? "-Dlog4j2.configurationFile=" : "-Dlog4j.configuration=file:") +
         file;
}

std::string service_unit(const NodeSettings& node, const Installation& installed) {
  const std::string roles = node.is_controller() ? "broker and controller" : "broker";
  return "[Unit]\nDescription=Apache Kafka " + installed.kafka.version + ", node " +
         std::to_string(node.id) + " (" + roles + ")\nAfter=network.target\n" +
         "RequiresMountsFor=" + node.data + "\n" +
         // Or it stays down after five failures, though its disk has space again.
         R"(StartLimitIntervalSec=0

[Service]
Type=exec
User=kafka
Group=kafka
ExecStartPre=/usr/local/lib/kafka-node/format-once
ExecStart=)" +
         java_command(installed) + R"( @/etc/kafka/jvm.args kafka.Kafka /etc/kafka/server.properties
ExecStop=/usr/local/lib/kafka-node/stop-broker $MAINPID
SuccessExitStatus=143 SIGKILL
Restart=always
RestartSec=2
TimeoutStopSec=20
TimeoutStopFailureMode=kill
LimitNOFILE=100000

ReadWritePaths=)" +
         node.data + "\n" + kConfinement + R"(
[Install]
WantedBy=multi-user.target
)";
}

std::string tmpfiles_config(const NodeSettings& node) {
  return "d " + node.data + " 0750 kafka kafka\n";
}

std::string class_path_arguments(const Kafka& kafka) {
  std::string text = "-cp \"\\\n";
  for (const std::string& jar : kafka.jars) {
    text += jar + (&jar == &kafka.jars.back() ? "\"\n" : ":\\\n");
  }
  return text;
}

std::string jvm_arguments(const NodeSettings& node, const Installation& installed) {
  const Kafka& kafka = installed.kafka;
  const std::string fast =
      "-Xshare:auto\n-XX:SharedArchiveFile=" + installed.fast_start + "/kafka.jsa\n";
  return "-Xms" + node.heap + "\n-Xmx" + node.heap + R"(
-XX:+UseG1GC
-XX:MaxGCPauseMillis=20
-XX:InitiatingHeapOccupancyPercent=35
-XX:+ExplicitGCInvokesConcurrent
-Djava.awt.headless=true
)" + kCompileLate +
         log_option(kafka, log_config_path(kafka)) + "\n" +
         (installed.fast_start.empty() ? "" : fast);
}

std::string log_config_path(const Kafka& kafka) {
  return kafka.has_log4j2() ? "/etc/kafka/log4j2.yaml" : "/etc/kafka/log4j.properties";
}

// Standard output goes to the journal, which has the time of each line.
std::string log_config(const NodeSettings& node, const Kafka& kafka) {
  if (!kafka.has_log4j2()) {
    return "log4j.rootLogger=" + node.log_level + R"(, console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%p %m (%c)%n
)";
  }
  return R"(Configuration:
  Appenders:
    Console:
      name: CONSOLE
      PatternLayout:
        pattern: "%p %m (%c)%n"
  Loggers:
    Root:
      level: )" +
         node.log_level + R"(
      AppenderRef:
        ref: CONSOLE
)";
}

std::string login_profile(const NodeSettings& node, const Installation& installed) {
  const std::string config = node.tls ? " --command-config /etc/kafka/client.properties" : "";
  return "# Kafka's tools, as in: kafka-topics.sh --bootstrap-server \"$KAFKA_BROKERS\"" + config +
         " --list\nexport PATH=\"$PATH:/opt/kafka/bin\"\nexport JAVA_HOME=\"${JAVA_HOME:-" +
         installed.java_home + "}\"\nexport KAFKA_BROKERS=\"" + bootstrap_servers(node) + "\"\n";
}

std::string client_properties(const NodeSettings& node) {
  Properties properties = {{"bootstrap.servers", bootstrap_servers(node)}};
  if (node.tls) {
    properties["security.protocol"] = "SSL";
    properties.merge(tls_properties());
  }
  return properties_text(properties);
}

}  // namespace baker::kafka_node
