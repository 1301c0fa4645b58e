// The stage type `jvm-cds`: what makes Kafka start in half the time.
#include <baker/stage.h>
#include <fmt/core.h>

#include <string>

#include "embedded.h"
#include "kafka-runtime/software.h"
#include "text/text.h"

namespace baker {
namespace {

using kafka_runtime::find_java;
using kafka_runtime::Java;
using kafka_runtime::Kafka;

constexpr const char* kOut = "/usr/lib/kafka-cds";

constexpr int kFirstWithArchives = 13;  // JEP 350

std::string java_of(const Root& root, const Kafka& kafka, const Options& options) {
  const Java java = find_java(root, kafka, options);
  if (java.version >= kFirstWithArchives) return java.program();
  throw StageError(fmt::format(
      "Java {} ({}) can't archive what a program has loaded, which Java {} was the first "
      "to do: take a newer one, or leave this stage out",
      java.version, java.home, kFirstWithArchives));
}

struct JvmCds : LayerStage {
  void run(Root& root, const Options& options) override {
    const std::string out = kOut;
    const Kafka kafka = kafka_runtime::find_kafka(root);
    const std::string java = java_of(root, kafka, options);
    root.make_directory(out);
    root.write_file(out + "/class-path.args", kafka_runtime::class_path_arguments(kafka));
    root.make_symlink(out + "/java", java);
    root.run({.argv = {"/bin/sh", "-c", filled(embedded("train.sh"), {{"OUT", out}})}});
  }
};

}  // namespace

BAKER_STAGE(JvmCds)

}  // namespace baker
