// Which release of Kafka is wanted, and what follows from its number.
#pragma once

#include <string>

namespace baker::kafka {

struct Release {
  std::string version;  // "4.3.1"
  std::string scala;    // "2.13"

  // From 4.0 on Kafka logs through Log4j 2; before, through reload4j.
  bool has_log4j2() const { return version.substr(0, version.find('.')) != "3"; }
  std::string archive_name() const { return "kafka_" + scala + "-" + version + ".tgz"; }
};

}  // namespace baker::kafka
