#include "scripts.h"

namespace baker::kafka {
namespace {

std::string log4j2(const std::string& level, const std::string& target) {
  return R"(Configuration:
  Appenders:
    Console:
      name: CONSOLE
      target: )" +
         target + R"(
      PatternLayout:
        pattern: "[%d] %p %m (%c)%n"
  Loggers:
    Root:
      level: )" +
         level + R"(
      AppenderRef:
        ref: CONSOLE
)";
}

std::string reload4j(const std::string& level, const std::string& target) {
  return "log4j.rootLogger=" + level + ", console\n" +
         "log4j.appender.console=org.apache.log4j.ConsoleAppender\n"
         "log4j.appender.console.target=" +
         target +
         "\n"
         "log4j.appender.console.layout=org.apache.log4j.PatternLayout\n"
         "log4j.appender.console.layout.ConversionPattern=[%d] %p %m (%c)%n\n";
}

}  // namespace

std::string server_log_config(const Release& release) {
  return release.has_log4j2() ? log4j2("INFO", "SYSTEM_OUT") : reload4j("INFO", "System.out");
}

std::string tools_log_config(const Release& release) {
  return release.has_log4j2() ? log4j2("WARN", "SYSTEM_ERR") : reload4j("WARN", "System.err");
}

std::string server_log_config_name(const Release& release) {
  return release.has_log4j2() ? "log4j2.yaml" : "log4j.properties";
}

std::string tools_log_config_name(const Release& release) {
  return "tools-" + server_log_config_name(release);
}

}  // namespace baker::kafka
