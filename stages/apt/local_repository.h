// A small package repository that a test fills, for what no real package shows.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace baker::testing {

struct TestPackage {
  std::string name{};
  std::string version = "1.0";
  std::string architecture = "all";
  std::string fields{};                          // more lines of the control file
  std::map<std::string, std::string> scripts{};  // "postinst" → its commands, run by sh -e
  std::string templates{};                       // questions for debconf
};

class LocalRepository {
 public:
  explicit LocalRepository(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // The .deb; it holds one file, /usr/share/NAME/version.
  std::filesystem::path add(const TestPackage& package) const;
  // Writes the index of what was added. The repository is a flat one: `deb [trusted=yes] URL ./`.
  void publish() const;

 private:
  std::filesystem::path folder_;
};

}  // namespace baker::testing
