#include "scripts.h"

#include <algorithm>

namespace baker::kafka_node {
namespace {

std::string tools_log_config(const Kafka& kafka) {
  return std::string("/opt/kafka/config/tools-") +
         (kafka.has_log4j2() ? "log4j2.yaml" : "log4j.properties");
}

// Settings that Kafka's tool looks at, besides those that every node has.
bool formats_as_usual(const NodeSettings& node) {
  return std::ranges::none_of(node.config, [](const auto& setting) {
    const std::string& key = setting.first;
    return key == "inter.broker.protocol.version" || key.starts_with("unstable.");
  });
}

std::string format_by_tool(const NodeSettings& node, const Installation& installed) {
  return "exec " + java_command(installed) +
         " -Xmx256M -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \\\n  " +
         log_option(installed.kafka, tools_log_config(installed.kafka)) +
         " \\\n  kafka.tools.StorageTool format -t=" + node.cluster_id +
         " -c /etc/kafka/server.properties\n";
}

// The directory is formatted when meta.properties is there: it comes last, and whole. Kafka takes
// an id with a leading dash for an option.
std::string format_by_hand(const NodeSettings& node, const Installation& installed) {
  return "cd " + node.data + "\ncp " + installed.fast_start +
         "/bootstrap.checkpoint bootstrap.checkpoint\n" + R"sh(directory=-
while [ "${directory#-}" != "$directory" ]; do
  directory=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c 1-22)
done
cat > meta.properties.tmp <<END
version=1
cluster.id=)sh" +
         node.cluster_id + "\nnode.id=" + std::to_string(node.id) + R"sh(
directory.id=$directory
END
sync bootstrap.checkpoint meta.properties.tmp
mv meta.properties.tmp meta.properties
sync .
)sh";
}

// The hosts of the other controllers.
std::string other_controllers(const NodeSettings& node) {
  std::string others;
  for (std::int64_t id = 1; id <= node.controllers(); ++id) {
    if (id == node.id) continue;
    others += (others.empty() ? "" : " ") + node.hosts.at(static_cast<std::size_t>(id) - 1);
  }
  return others;
}

}  // namespace

std::string format_script(const NodeSettings& node, const Installation& installed) {
  const std::string script =
      "#!/bin/sh\n# Formats Kafka's data directory, unless it is formatted.\nset -eu\n[ ! -e " +
      node.data + "/meta.properties ] || exit 0\n";
  const bool as_trained = !installed.fast_start.empty() && formats_as_usual(node);
  return script + (as_trained ? format_by_hand(node, installed) : format_by_tool(node, installed));
}

// With its logs closed and marked as such, a broker waits five seconds more for other controllers:
// after one, it is ended. Before that it waits to be let go, which takes a majority of the
// controllers: where the others have been stopped, it would wait for ever.
std::string stop_script(const NodeSettings& node) {
  const std::string majority = std::to_string(node.controllers() / 2 + 1);
  return "#!/bin/sh\n# Stops the broker, whose process id is given.\nset -u\nclosed_mark=" +
         node.data + R"sh(/.kafka_cleanshutdown
waited=0 closed=0 alone=0

is_majority_there() {
  there=)sh" +
         (node.is_controller() ? "1" : "0") + "\n  for host in " + other_controllers(node) +
         "; do\n    timeout 0.3 bash -c \": < /dev/tcp/$host/" +
         std::to_string(node.controller_port) + R"sh(" 2> /dev/null && there=$((there + 1))
  done
  [ $there -ge )sh" +
         majority + R"sh( ]
}

kill -s TERM "$1" || exit 0
while kill -s 0 "$1" 2> /dev/null; do
  waited=$((waited + 1))
  if [ -e $closed_mark ]; then
    closed=$((closed + 1))
  elif [ $waited -gt 20 ]; then
    if is_majority_there; then alone=0; else alone=$((alone + 1)); fi
  fi
  if [ $closed -gt 10 ] || [ $alone -gt 5 ]; then
    kill -s KILL "$1"
    exit 0
  fi
  sleep 0.1
done
)sh";
}

}  // namespace baker::kafka_node
