#include "fast_start.h"

namespace baker::kafka_node {

bool fast_start_fits(const Root& root, const Installation& installed) {
  const std::string folder = kFastStart;
  const auto java = root.status(folder + "/java");
  return java && java->target == installed.java_home + "/bin/java" &&
         root.read_file(folder + "/class-path.args") == class_path_arguments(installed.kafka);
}

}  // namespace baker::kafka_node
