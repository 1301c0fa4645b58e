#include "keyrings.h"

#include <baker/stage.h>
#include <fmt/core.h>

#include <algorithm>

#include "host-apt/keyring_form.h"
#include "host_tool.h"

namespace baker::rootfs {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(folder, absent)) {
    const std::string ending = entry.path().extension();
    if (ending == ".gpg" || ending == ".asc") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::vector<fs::path> trusted_keyrings(const fs::path& own, const fs::path& host) {
  std::vector<fs::path> candidates = files_of(own);
  for (const fs::path& file : files_of(host / "etc/apt/trusted.gpg.d")) candidates.push_back(file);
  for (const char* file : {"etc/apt/trusted.gpg", "usr/share/keyrings/debian-archive-keyring.gpg",
                           "usr/share/keyrings/ubuntu-archive-keyring.gpg"})
    candidates.push_back(host / file);
  std::vector<fs::path> found;
  for (const fs::path& file : candidates)
    if (fs::is_regular_file(file) && !keyring_ending(read_file(file)).empty())
      found.push_back(file);
  return found;
}

void copy_keyrings(const std::vector<fs::path>& keyrings, const fs::path& folder) {
  fs::create_directories(folder);
  for (std::size_t i = 0; i < keyrings.size(); ++i) {
    const std::string content = read_file(keyrings[i]);
    const std::string ending = keyring_ending(content);
    if (ending.empty()) {
      throw StageError(
          keyrings[i].string() +
          " is not a keyring: it does not begin with an OpenPGP public key, neither armored nor "
          "binary (`gpg --export` writes one)");
    }
    const std::string number = keyrings.size() > 1 ? fmt::format("{}-", i) : "";
    write_file(folder / (number + keyrings[i].stem().string() + ending), content);
  }
}

}  // namespace baker::rootfs
