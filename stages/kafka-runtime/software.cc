#include "software.h"

#include <fmt/core.h>

#include <algorithm>
#include <regex>

#include "text/text.h"

namespace baker::kafka_runtime {
namespace {

constexpr const char* kLibs = "/opt/kafka/libs";
constexpr int kMostLinks = 40;  // as the kernel follows

std::optional<Java> java_at(const Root& root, const std::string& home) {
  if (!root.exists(home + "/bin/java")) return std::nullopt;
  const std::string release = home + "/release";
  std::optional<int> version;
  if (root.exists(release)) version = version_in_release_file(root.read_file(release));
  if (!version) version = version_in_folder_name(home.substr(home.rfind('/') + 1));
  return version ? std::optional(Java{*version, home}) : std::nullopt;
}

// Where a name leads at last; empty where it leads nowhere.
std::string followed(const Root& root, std::string path) {
  for (int i = 0; i < kMostLinks; ++i) {
    const auto status = root.status(path);
    if (!status) return "";
    if (status->type != 'l') return path;
    path = status->target.starts_with('/') ? status->target
                                           : path.substr(0, path.rfind('/') + 1) + status->target;
  }
  return "";
}

// Of the one that /usr/bin/java and its alternatives choose.
std::string chosen_home(const Root& root) {
  const std::string program = followed(root, "/usr/bin/java");
  constexpr std::string_view kEnding = "/bin/java";
  return program.ends_with(kEnding) ? program.substr(0, program.size() - kEnding.size()) : "";
}

// The chosen one first, then from the newest to the oldest.
std::vector<Java> javas_in(const Root& root) {
  std::vector<Java> found;
  const std::string chosen = chosen_home(root);
  for (const std::string folder : {"/usr/lib/jvm", "/opt/java", "/opt"}) {
    for (const std::string& name : root.list(folder)) {
      const std::string home = folder + "/" + name;
      if (root.status(home)->type != 'd' || home == chosen) continue;
      if (const auto java = java_at(root, home)) found.push_back(*java);
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Java& one, const Java& other) { return one.version > other.version; });
  if (const auto java = chosen.empty() ? std::nullopt : java_at(root, chosen))
    found.insert(found.begin(), *java);
  return found;
}

std::string listed(const std::vector<int>& versions) {
  std::string text;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    if (i > 0) text += i + 1 == versions.size() ? " and " : ", ";
    text += std::to_string(versions[i]);
  }
  return text;
}

std::string described(const std::vector<Java>& javas) {
  std::string text;
  for (const Java& java : javas)
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", java.version, java.home);
  return text.empty() ? "the root has no Java" : "the root has Java " + text;
}

bool supports(const Kafka& kafka, const Java& java) {
  const std::vector<int> versions = kafka.supported_javas();
  return std::find(versions.begin(), versions.end(), java.version) != versions.end();
}

[[noreturn]] void refuse(const Kafka& kafka, const std::string& what) {
  const std::vector<int> supported = kafka.supported_javas();
  throw StageError(
      fmt::format("Kafka {} runs on Java {}, and {}: add openjdk-{}-jre-headless, or another of "
                  "these, to the packages of the `apt` stage below",
                  kafka.version, listed(supported), what, supported.front()));
}

}  // namespace

std::vector<int> Kafka::supported_javas() const {
  if (major() < 4) return {11, 17, 21};
  if (version.starts_with("4.0.") || version.starts_with("4.1.")) return {17, 21};
  return {17, 21, 25};
}

std::optional<std::string> version_of_core_jar(const std::string& name) {
  static const std::regex form(R"(kafka_[0-9.]+-([0-9]+\.[0-9]+\.[0-9]+[^/]*)\.jar)");
  std::smatch parts;
  if (!std::regex_match(name, parts, form)) return std::nullopt;
  return parts[1];
}

std::optional<int> version_in_release_file(const std::string& text) {
  static const std::regex form("(?:^|\n)JAVA_VERSION=\"(?:1\\.)?([0-9]{1,4})[^\n]*\"");
  std::smatch parts;
  if (!std::regex_search(text, parts, form)) return std::nullopt;
  return std::stoi(parts[1]);
}

std::optional<int> version_in_folder_name(const std::string& name) {
  static const std::regex form(R"((?:^|[^0-9.])(?:1\.)?([0-9]{1,2})(?:[^0-9].*)?)");
  std::smatch parts;
  if (!std::regex_search(name, parts, form)) return std::nullopt;
  return std::stoi(parts[1]);
}

Kafka find_kafka(const Root& root) {
  Kafka kafka;
  for (const std::string& name : root.list(kLibs)) {
    if (name.ends_with(".jar")) kafka.jars.push_back(std::string(kLibs) + "/" + name);
    if (auto version = version_of_core_jar(name)) kafka.version = *version;
  }
  if (kafka.version.empty()) {
    throw StageError(
        "the root has no Kafka (no kafka_SCALA-VERSION.jar in /opt/kafka/libs): add "
        "a stage of type `kafka` to `from`");
  }
  return kafka;
}

std::string class_path_arguments(const Kafka& kafka) {
  return fmt::format("-cp \"\\\n{}\"\n", joined(kafka.jars, ":\\\n"));
}

Java find_java(const Root& root, const Kafka& kafka, const Options& options) {
  const std::string wanted = options.has("java") ? options.string("java") : "";
  if (wanted.starts_with('/')) {
    const auto java = java_at(root, wanted);
    if (!java)
      throw StageError("`java` is " + wanted + ", and the root has no bin/java there, or nothing " +
                       "tells its version; " + described(javas_in(root)));
    if (!supports(kafka, *java)) refuse(kafka, fmt::format("{} is Java {}", wanted, java->version));
    return *java;
  }
  const std::vector<Java> javas = javas_in(root);
  const auto found = std::find_if(javas.begin(), javas.end(), [&](const Java& java) {
    return wanted.empty() ? supports(kafka, java) : std::to_string(java.version) == wanted;
  });
  if (found == javas.end() || !supports(kafka, *found)) {
    refuse(kafka, (wanted.empty() ? "" : "`java` is " + wanted + " and ") + described(javas));
  }
  return *found;
}

}  // namespace baker::kafka_runtime
