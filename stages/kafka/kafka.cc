// The stage type `kafka`: Apache Kafka in /opt/kafka.
#include <baker/stage.h>
#include <fmt/core.h>

#include "jar_classes.h"
#include "maven.h"
#include "official.h"
#include "scripts.h"

namespace baker::kafka {
namespace {

constexpr FileAttributes kProgram{.mode = 0755};

Release release_of(const Options& options) {
  return {options.string("version"), options.string("scala")};
}

std::string list_of(const std::vector<std::string>& reasons) {
  std::string text;
  for (const std::string& reason : reasons) text += "\n  " + reason;
  return text;
}

// Where a class that starts a tool may be.
bool may_hold_tools(const Pin& pin) {
  const auto artifact = pin.at("artifact").get<std::string>();
  return artifact.starts_with("org.apache.kafka:") || artifact.starts_with("org.apache.zookeeper:");
}

void write_launchers(Root& root, const Release& release, const std::set<std::string>& classes) {
  const std::string bin = "/opt/kafka/bin/";
  root.write_file(bin + "kafka-run-class.sh", run_class_script(release), kProgram);
  root.write_file(bin + "kafka-server-stop.sh", server_stop_script(), kProgram);
  for (const Launcher& launcher : launchers_for(classes)) {
    root.write_file(bin + launcher.name, launcher_script(launcher, release), kProgram);
  }
  if (classes.contains("org.apache.kafka.trogdor.agent.Agent")) {
    root.write_file(bin + "trogdor.sh", trogdor_script(), kProgram);
  }
}

class KafkaStage : public LayerStage {
 public:
  Pins resolve(Network& network, const Options& options) override {
    const Release release = release_of(options);
    const std::string sha512 = options.has("sha512") ? options.string("sha512") : "";
    std::vector<std::string> reasons;
    if (auto pin =
            pin_official_archive(network, release, options.strings("urls"), sha512, reasons)) {
      context().info("Kafka " + release.version + ": the official archive, " +
                     pin->at("url").get<std::string>());
      return {*pin};
    }
    if (!options.boolean("maven") || !sha512.empty()) {
      throw Unreachable("Kafka " + release.version + " is not available:" + list_of(reasons) +
                        "\n  Maven: ruled out by the option `" +
                        (sha512.empty() ? "maven" : "sha512") + "`");
    }
    return from_maven(network, release, reasons);
  }

  void fetch(Network& network, const Options&, const Pins& pins) override {
    fetch_jars(network, context(), pins);
  }

  void run(Root& root, const Options& options) override {
    const Pins pins = context().pins();
    if (pins.size() == 1 && pins.front().contains("url")) {
      unpack_official_archive(root, context().file_of(pins.front()));
    } else {
      assemble(root, release_of(options), pins);
    }
  }

 private:
  Pins from_maven(Network& network, const Release& release, std::vector<std::string> reasons) {
    try {
      Pins pins = find_jars(network, context().scratch(), release);
      const char* why = reasons.empty() ? "" : ": no site of the official archive answers";
      context().warn(fmt::format("Kafka {} comes from Maven Central, {} jars{}", release.version,
                                 pins.size(), why));
      if (!reasons.empty()) context().info("the official archive:" + list_of(reasons));
      return pins;
    } catch (const StageError& error) {
      reasons.emplace_back(error.what());
      throw Unreachable("Kafka " + release.version + " is not available:" + list_of(reasons));
    }
  }

  void assemble(Root& root, const Release& release, const Pins& pins) {
    std::set<std::string> classes;
    for (const Pin& pin : pins) {
      root.copy_in(context().file_of(pin), "/opt/kafka/libs/" + pin.at("file").get<std::string>());
      if (may_hold_tools(pin)) add_classes_of_jar(context().file_of(pin), classes);
    }
    if (!classes.contains("kafka.Kafka")) {
      throw StageError("the pinned jars contain no Kafka server (no class kafka.Kafka)");
    }
    write_launchers(root, release, classes);
    const std::string config = "/opt/kafka/config/";
    root.write_file(config + server_log_config_name(release), server_log_config(release));
    root.write_file(config + tools_log_config_name(release), tools_log_config(release));
  }
};

}  // namespace
}  // namespace baker::kafka

BAKER_STAGE(baker::kafka::KafkaStage)
