// The stage type `kafka-node`: one machine of a Kafka cluster in KRaft mode.
#include <baker/stage.h>
#include <fmt/core.h>

#include "accounts/accounts.h"
#include "check_properties.h"
#include "cluster_id.h"
#include "fast_start.h"
#include "scripts.h"
#include "service.h"

namespace baker::kafka_node {
namespace {

constexpr const char* kUser = "kafka";
constexpr const char* kUnit = "/etc/systemd/system/kafka.service";

std::string cluster_id_from(const Options& options) {
  if (options.has("cluster-id")) return options.string("cluster-id");
  if (options.has("cluster")) return cluster_id_of(options.string("cluster"));
  throw StageError("a node needs to know its cluster: give `cluster`, a name, or `cluster-id`");
}

NodeSettings client_from(const Options& options) {
  return {.hosts = options.strings("hosts"),
          .port = options.integer("port"),
          .tls = options.boolean("tls")};
}

NodeSettings node_from(const Options& options) {
  if (!options.has("id")) throw StageError("a node needs an `id`: 1 for the first of `hosts`");
  return {.id = options.integer("id"),
          .hosts = options.strings("hosts"),
          .cluster_id = cluster_id_from(options),
          .port = options.integer("port"),
          .controller_port = options.integer("controller-port"),
          .data = options.string("data"),
          .heap = options.string("heap"),
          .session_timeout_ms = options.integer("session-timeout-ms"),
          .log_level = options.string("log-level"),
          .tls = options.boolean("tls"),
          .config = options.string_map("config")};
}

void refuse(const std::vector<std::string>& mistakes) {
  if (mistakes.empty()) return;
  std::string text = mistakes.front();
  for (std::size_t i = 1; i < mistakes.size(); ++i) text += "\n" + mistakes[i];
  throw StageError(text);
}

// One that is there already stays as it is.
void add_user(Root& root, std::uint32_t uid, const std::string& home, std::int64_t epoch) {
  Accounts accounts(root, epoch);
  const std::string id = std::to_string(uid);
  try {
    accounts.require_user_free(kUser, id);
    accounts.ensure_group(kUser, id);
  } catch (const StageError& taken) {
    throw StageError(std::string(taken.what()) + " (the option `uid` sets it)");
  }
  if (!accounts.has_user(kUser))
    accounts.ensure_user({kUser, id, id, "", home, "/usr/sbin/nologin"});
  accounts.save(root);
}

void write_client(Root& root, const NodeSettings& node, const Installation& installed) {
  root.write_file("/etc/profile.d/kafka.sh", login_profile(node, installed));
  root.write_file("/etc/kafka/client.properties", client_properties(node));
}

void write_service(Root& root, const NodeSettings& node, const Installation& installed) {
  const Kafka& kafka = installed.kafka;
  root.write_file("/etc/kafka/class-path.args", class_path_arguments(kafka));
  root.write_file("/etc/kafka/jvm.args", jvm_arguments(node, installed));
  root.write_file(log_config_path(kafka), log_config(node, kafka));
  root.write_file("/usr/local/lib/kafka-node/format-once", format_script(node, installed),
                  {.mode = 0755});
  root.write_file("/usr/local/lib/kafka-node/stop-broker", stop_script(node), {.mode = 0755});
  root.write_file("/etc/tmpfiles.d/kafka.conf", tmpfiles_config(node));
  root.write_file(kUnit, service_unit(node, installed));
  root.make_symlink("/etc/systemd/system/multi-user.target.wants/kafka.service", kUnit);
}

class KafkaNodeStage : public LayerStage {
 public:
  void run(Root& root, const Options& options) override {
    refuse(mistakes_in_hosts(options.strings("hosts")));
    const Installation installed = find_installation(root, options);
    if (options.string("role") == "client") {
      write_client(root, client_from(options), installed);
    } else {
      write_node(root, node_from(options), installed,
                 static_cast<std::uint32_t>(options.integer("uid")));
    }
  }

 private:
  Installation find_installation(const Root& root, const Options& options) {
    const Kafka kafka = kafka_runtime::find_kafka(root);
    Installation installed{kafka, kafka_runtime::find_java(root, kafka, options).home};
    if (!root.exists(kFastStart)) return installed;
    if (fast_start_fits(root, installed)) {
      installed.fast_start = kFastStart;
    } else {
      context().warn("the archive of classes in " + std::string(kFastStart) +
                     " is of another Java or of other jars than the root has now, and is not " +
                     "used: let the `jvm-cds` stage come after all that changes them");
    }
    return installed;
  }
  void write_node(Root& root, const NodeSettings& node, const Installation& installed,
                  std::uint32_t uid) {
    refuse(mistakes_in_settings(node));
    refuse(mistakes_in_config(node));
    const Properties properties = properties_of(node, installed.kafka.major() >= 4);
    refuse(mistakes_in_properties(properties, node));
    if (!root.exists("/lib/systemd/systemd")) {
      throw StageError(
          "the root has no systemd, which runs the broker: add systemd-sysv to the "
          "packages of the `apt` stage below");
    }
    add_user(root, uid, node.data, context().source_date_epoch());
    root.make_directory(node.data, {.mode = 0750, .uid = uid, .gid = uid});
    root.write_file("/etc/kafka/server.properties", properties_text(properties));
    write_client(root, node, installed);
    write_service(root, node, installed);
    context().info(fmt::format("node {} of cluster {}", node.id, node.cluster_id));
  }
};

}  // namespace
}  // namespace baker::kafka_node

BAKER_STAGE(baker::kafka_node::KafkaNodeStage)
