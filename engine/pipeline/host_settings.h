// What the host's administrator has set for all pipelines: /etc/baker/baker.toml.
#pragma once

#include <string>

namespace baker {

inline constexpr const char* kHostSettingsFile = "/etc/baker/baker.toml";

struct HostSettings {
  std::string place;  // how machines are placed where a pipeline does not say it; empty: not set
};

// Without the file nothing is set. Throws Error (kInvalid) with every mistake in it.
HostSettings read_host_settings(const std::string& file = kHostSettingsFile);

}  // namespace baker
