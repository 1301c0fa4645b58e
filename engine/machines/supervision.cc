#include "engine/machines/supervision.h"

#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/io/lock.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <cstdlib>
#include <ctime>

namespace baker {
namespace {

constexpr const char* kStarted = "started";

void append(const SupervisionPaths& paths, const std::string& words) {
  const time_t now = time(nullptr);
  tm utc{};
  gmtime_r(&now, &utc);
  char text[40];
  strftime(text, sizeof text, "%F %T UTC: ", &utc);
  const UniqueFd fd = open_or_throw(paths.log, O_WRONLY | O_CREAT | O_APPEND, 0644);
  write_all(fd.get(), text + words + "\n", paths.log);
}

}  // namespace

SupervisionPaths supervision_paths(const std::string& folder, const std::string& machine) {
  const std::string path = folder + "/" + machine;
  return {path + ".lock", path + ".console", path + ".log"};
}

std::optional<pid_t> supervisor_of(const SupervisionPaths& paths) {
  const std::optional<std::string> number = read_file_if_exists(paths.lock);
  if (!number || number->empty()) return std::nullopt;
  if (FileLock::try_lock(paths.lock, FileLock::Mode::kShared)) return std::nullopt;
  return std::atoi(number->c_str());
}

std::string how_it_ended(const SupervisionPaths& paths) {
  std::vector<std::string> lines = split(read_file_if_exists(paths.log).value_or(""), '\n');
  std::erase(lines, "");
  return lines.empty() || lines.back().ends_with(std::string(": ") + kStarted) ? "" : lines.back();
}

void write_started(const SupervisionPaths& paths) {
  append(paths, kStarted);
}

void write_ended(const SupervisionPaths& paths, const std::string& how) {
  append(paths, how);
}

}  // namespace baker
