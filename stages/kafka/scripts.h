// The shell scripts and log settings of a Kafka that is put together from jars.
#pragma once

#include <string>

#include "release.h"
#include "tools.h"

namespace baker::kafka {

// Starts Java with every jar of libs; honours the variables that the official script honours.
std::string run_class_script(const Release& release);
std::string launcher_script(const Launcher& launcher, const Release& release);
std::string server_stop_script();
std::string trogdor_script();

// Where servers and tools log to, and how much. Servers log to standard output alone, for journald.
std::string server_log_config(const Release& release);
std::string tools_log_config(const Release& release);
std::string server_log_config_name(const Release& release);
std::string tools_log_config_name(const Release& release);

}  // namespace baker::kafka
