#include "data_level.h"

#include <sys/xattr.h>

#include <filesystem>

namespace baker::kafka_probe {
namespace {

constexpr const char* kMark = "trusted.baker.kafka-metadata-version";
constexpr std::size_t kLongest = 64;

}  // namespace

std::optional<std::string> noted_level(const Settings& settings) {
  for (const std::string& folder : settings.data) {
    if (!std::filesystem::exists(folder + "/meta.properties")) continue;  // emptied since
    char level[kLongest];
    const ssize_t size = getxattr(folder.c_str(), kMark, level, sizeof level);
    if (size > 0) return std::string(level, static_cast<std::size_t>(size));
  }
  return std::nullopt;
}

void note_level(const std::string& level, const Settings& settings) {
  for (const std::string& folder : settings.data)
    setxattr(folder.c_str(), kMark, level.data(), level.size(), 0);
}

}  // namespace baker::kafka_probe
