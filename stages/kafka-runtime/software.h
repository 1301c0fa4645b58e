// The Kafka and the Java that a root holds: for all stage types that start Kafka.
#pragma once

#include <baker/stage.h>

#include <optional>
#include <string>
#include <vector>

namespace baker::kafka_runtime {

struct Kafka {
  std::string version;            // "4.3.1"
  std::vector<std::string> jars;  // absolute paths in the root, sorted

  int major() const { return std::stoi(version); }
  bool has_log4j2() const { return major() >= 4; }
  // Versions of Java that its brokers are supported on, ascending (Kafka's documentation, "Java
  // Version").
  std::vector<int> supported_javas() const;
};

struct Java {
  int version = 0;   // 17
  std::string home;  // in the root, as /usr/lib/jvm/java-17-openjdk-amd64

  std::string program() const { return home + "/bin/java"; }
};

// The version in the name of a jar of Kafka's core, "kafka_2.13-4.3.1.jar".
std::optional<std::string> version_of_core_jar(const std::string& name);
// The version of Java that the text of a file `release` in its folder tells: 17 of
// JAVA_VERSION="17.0.15", 8 of "1.8.0_402".
std::optional<int> version_in_release_file(const std::string& text);
// The same by the folder's name, where there is no such file: 21 of temurin-21-jre-amd64, 17 of
// zulu17-ca-amd64, 8 of java-1.8.0-openjdk.
std::optional<int> version_in_folder_name(const std::string& name);

// Throws StageError with the stage to add where there is none.
Kafka find_kafka(const Root& root);

// A file of arguments for java: the class path. Java uses an archive of classes only with the class
// path that it was made with, to the byte.
std::string class_path_arguments(const Kafka& kafka);

// The Java to run `kafka` on. The stage's option `java` is a version ("21") or a folder
// ("/opt/java/openjdk"); without it, it is the one that /usr/bin/java leads to, else the newest, of
// those that the release supports. They are looked for in /usr/lib/jvm, /opt and /opt/java, whoever
// packaged them. Throws StageError with what is there and what is supported.
Java find_java(const Root& root, const Kafka& kafka, const Options& options);

}  // namespace baker::kafka_runtime
