#include "engine/upkeep/inventory.h"

#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/plan/key.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace baker {
namespace {

std::int64_t nanoseconds(const timespec& time) {
  return time.tv_sec * 1'000'000'000L + time.tv_nsec;
}

HeldFile held_file(const struct stat& status) {
  return {.bytes = static_cast<std::uint64_t>(status.st_size),
          .last_use = nanoseconds(status.st_mtim),
          .changed = std::max(nanoseconds(status.st_mtim), nanoseconds(status.st_ctim))};
}

// Of those whose names are digests: others are on their way in, or locks.
std::map<std::string, HeldFile> files_in(const std::string& folder,
                                         bool (*is_meant)(const std::string&)) {
  std::map<std::string, HeldFile> files;
  for (const std::string& name : list_directory(folder)) {
    struct stat status;
    if (is_meant(name) && lstat((folder + "/" + name).c_str(), &status) == 0)
      files.emplace(name, held_file(status));
  }
  return files;
}

bool is_digest(const std::string& name) {
  return Digest::from_hex(name).has_value();
}

bool is_download(const std::string& name) {
  return name.starts_with("sha256-") || name.starts_with("sha512-");
}

constexpr std::string_view kLock = ".lock";

// Whoever uses a merged root touches its lock; its own time is that of its content.
bool is_lock_of_a_root(const std::string& name) {
  return name.ends_with(kLock) && is_digest(name.substr(0, name.size() - kLock.size()));
}

HeldRecord held_record(const std::string& path) {
  HeldRecord record;
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat status;
  if (!fd.valid() || fstat(fd.get(), &status) != 0) return record;
  const HeldFile file = held_file(status);
  record.last_use = file.last_use;
  record.changed = file.changed;
  char bytes[kRecordHeadSize];
  const ssize_t size = pread(fd.get(), bytes, sizeof bytes, 0);
  if (size <= 0) return record;
  const std::string_view head(bytes, static_cast<size_t>(size));
  const auto size_of_file = static_cast<std::uint64_t>(status.st_size);
  if (const auto layer = ActionRecord::parse_head(head, size_of_file, &record.bytes))
    record.layer = layer->hex();
  return record;
}

// A pin is an object; digests of what it pins stand in it by these names.
std::set<std::string> downloads_in(const std::string& pins) {
  std::set<std::string> downloads;
  const nlohmann::json list = nlohmann::json::parse(pins, nullptr, false);
  if (!list.is_array()) return downloads;
  for (const nlohmann::json& pin : list)
    for (const char* algorithm : {"sha512", "sha256"})
      if (const auto found = pin.find(algorithm); found != pin.end() && found->is_string())
        downloads.insert(std::string(algorithm) + "-" + found->get<std::string>());
  return downloads;
}

}  // namespace

Inventory inventory_of(const Store& store) {
  Inventory found;
  for (const std::string& key : list_directory(store.folder() + "/actions"))
    if (is_digest(key)) found.records.emplace(key, held_record(store.record_path(key)));
  found.layers = files_in(store.folder() + "/layers", is_digest);
  found.downloads = files_in(store.downloads_folder(), is_download);
  for (const auto& [name, file] : files_in(store.folder() + "/roots", is_lock_of_a_root))
    found.roots.emplace(name.substr(0, name.size() - kLock.size()), file);
  return found;
}

Needs needs_of(const Store& store, const std::string& key) {
  const std::optional<ActionRecord> record = store.record(key);
  if (!record) return {};
  const KeyFields fields = parse_key_text(record->key_text);
  const std::vector<std::string> root = root_layers(fields);
  Needs needs{.layers = {root.begin(), root.end()}};
  needs.layers.insert(record->layer.hex());
  if (const auto pins = fields.find("pins"); pins != fields.end())
    needs.downloads = downloads_in(pins->second);
  return needs;
}

}  // namespace baker
