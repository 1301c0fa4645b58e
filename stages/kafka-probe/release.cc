#include "release.h"

#include <fmt/core.h>

#include <regex>

namespace baker::kafka_probe {

std::optional<Release> release_of(const std::string& version) {
  static const std::regex form("([0-9]{1,4})\\.([0-9]{1,4})([.-].*)?");
  std::smatch parts;
  if (!std::regex_match(version, parts, form)) return std::nullopt;
  return Release(std::stoi(parts[1]), std::stoi(parts[2]));
}

bool is_older(const std::string& version, const std::string& other) {
  auto numbers = [](const std::string& text) {
    static const std::regex number("[0-9]{1,9}");
    std::vector<int> all;
    for (std::sregex_iterator each(text.begin(), text.end(), number), end; each != end; ++each)
      all.push_back(std::stoi(each->str()));
    return all;
  };
  return release_of(version) && release_of(other) && numbers(version) < numbers(other);
}

std::string release_name(const Release& release) {
  return fmt::format("{}.{}", release.first, release.second);
}

// KIP-1022: the tool of 3.9 has --metadata alone.
std::string upgrade_option(const Release& release) {
  return (release < Release(4, 0) ? "--metadata " : "--release-version ") + release_name(release);
}

std::optional<std::string> finalized_in(const std::string& description) {
  static const std::regex form(
      "Feature:\\s*metadata\\.version\\s.*FinalizedVersionLevel:\\s*(\\S+)");
  std::smatch parts;
  if (!std::regex_search(description, parts, form)) return std::nullopt;
  return parts[1];
}

}  // namespace baker::kafka_probe
