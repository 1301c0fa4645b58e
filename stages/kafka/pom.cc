#include "pom.h"

#include <sstream>

namespace baker::kafka {
namespace {

// Bindings that Kafka's own poms leave out. Newer patch releases than Kafka's are fine.
constexpr const char* kLog4j2 = "2.25.5";
constexpr const char* kReload4j = "1.2.25";
constexpr const char* kSlf4j = "1.7.36";
constexpr const char* kDependencyPlugin = "3.6.1";

std::string dependency(const std::string& group, const std::string& artifact,
                       const std::string& version, const std::string& more = "") {
  return "  <dependency><groupId>" + group + "</groupId><artifactId>" + artifact +
         "</artifactId><version>" + version + "</version>" + more + "</dependency>\n";
}

std::string excluding(const std::string& group, const std::string& artifact) {
  return "<exclusions><exclusion><groupId>" + group + "</groupId><artifactId>" + artifact +
         "</artifactId></exclusion></exclusions>";
}

std::string pom(const std::string& dependencies) {
  return R"(<project xmlns="http://maven.apache.org/POM/4.0.0">
 <modelVersion>4.0.0</modelVersion>
 <groupId>baker</groupId><artifactId>kafka</artifactId><version>1</version>
 <packaging>pom</packaging>
 <build><plugins><plugin><groupId>org.apache.maven.plugins</groupId>
  <artifactId>maven-dependency-plugin</artifactId><version>)" +
         std::string(kDependencyPlugin) +
         "</version></plugin></plugins></build>\n <dependencies>\n" + dependencies +
         " </dependencies>\n</project>\n";
}

// The classifier in "lib-1.0-linux.jar" of lib:1.0 is "linux".
std::string classifier_of(const std::string& file, const std::string& artifact,
                          const std::string& version) {
  const std::string stem = artifact + "-" + version + "-";
  const auto at = file.find(stem);
  if (at == file.npos || !file.ends_with(".jar")) return "";
  const auto from = at + stem.size();
  return file.substr(from, file.size() - from - 4);
}

}  // namespace

std::string pom_of_release(const Release& release, ReleaseParts parts) {
  const std::string group = "org.apache.kafka";
  const std::string& version = release.version;
  std::string all = dependency(group, "kafka_" + release.scala, version);
  all += dependency(group, "kafka-shell", version);
  all +=
      dependency(group, "kafka-tools", version,
                 parts == ReleaseParts::kBrokerAndTools ? excluding(group, "connect-runtime") : "");
  if (parts == ReleaseParts::kEverything) {
    for (const char* extra :
         {"trogdor", "connect-mirror", "connect-file", "connect-basic-auth-extension"}) {
      all += dependency(group, extra, version);
    }
  }
  if (release.has_log4j2()) {
    all += dependency("org.apache.logging.log4j", "log4j-slf4j-impl", kLog4j2);
    all += dependency("org.apache.logging.log4j", "log4j-1.2-api", kLog4j2);
  } else {
    all += dependency("org.slf4j", "slf4j-reload4j", kSlf4j);
    all += dependency("ch.qos.reload4j", "reload4j", kReload4j);
  }
  return pom(all);
}

std::string pom_of_pins(const Pins& pins) {
  std::string all;
  for (const Pin& pin : pins) {
    std::istringstream parts(pin.at("artifact").get<std::string>());
    std::string group, artifact, version;
    std::getline(parts, group, ':');
    std::getline(parts, artifact, ':');
    std::getline(parts, version, ':');
    std::string more = excluding("*", "*");
    const auto classifier = classifier_of(pin.at("file").get<std::string>(), artifact, version);
    if (!classifier.empty()) more = "<classifier>" + classifier + "</classifier>" + more;
    all += dependency(group, artifact, version, more);
  }
  return pom(all);
}

}  // namespace baker::kafka
