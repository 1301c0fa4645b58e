#include "cache/store_uses.h"

#include "engine/base/digest.h"
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/io/hasher.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <optional>

namespace baker {
namespace {

std::string uses_folder(const std::string& store) {
  return store + "/uses";
}

std::string file_of(const std::string& store, const std::string& state) {
  return uses_folder(store) + "/" + digest_of(state).hex();
}

std::string headed(const std::string& text) {
  return "baker-uses-1 " + digest_of(text).hex() + "\n" + text;
}

std::string text_of(const StoreUse& use) {
  std::string text = "state " + percent_encode(use.state) + "\nstates " +
                     percent_encode(use.states) + "\nlock-file " + percent_encode(use.lock_file) +
                     "\n";
  for (const std::string& key : use.keys) text += "key " + key + "\n";
  return headed(text);
}

std::optional<StoreUse> parse(const std::string& text) {
  const size_t head = text.find('\n');
  if (head == std::string::npos || headed(text.substr(head + 1)) != text) return std::nullopt;
  StoreUse use;
  for (const std::string& line : split(text.substr(head + 1), '\n')) {
    const size_t blank = line.find(' ');
    if (blank == std::string::npos) continue;
    const std::string name = line.substr(0, blank);
    const std::string value = percent_decode(line.substr(blank + 1)).value_or("");
    if (name == "state") use.state = value;
    if (name == "states") use.states = value;
    if (name == "lock-file") use.lock_file = value;
    if (name == "key") use.keys.insert(value);
  }
  return use;
}

void touch(const std::string& path) {
  utimensat(AT_FDCWD, path.c_str(), nullptr, 0);  // where it is gone, nothing is to be kept
}

}  // namespace

void note_use(const std::string& store, const StoreUse& use) {
  const std::string path = file_of(store, use.state);
  const std::string text = text_of(use);
  const std::optional<std::string> before = read_regular_file(path);
  if (before == text) return;
  make_directories(uses_folder(store), 0755);
  write_file_atomically(path, text);
  for (const std::string& key : before ? parse(*before).value_or(StoreUse{}).keys : use.keys)
    if (!use.keys.contains(key)) touch(store + "/actions/" + key);
}

void forget_use(const std::string& store, const std::string& state) {
  remove_file(file_of(store, state));
}

StoreUses uses_of_store(const std::string& store) {
  StoreUses found;
  for (const std::string& name : list_directory(uses_folder(store))) {
    const std::string path = uses_folder(store) + "/" + name;
    if (!Digest::from_hex(name)) continue;  // half of one that somebody writes
    std::optional<StoreUse> use = parse(read_regular_file(path).value_or(""));
    struct stat status;
    if (!use || stat(path.c_str(), &status) != 0) {
      found.damaged.push_back(path);
      continue;
    }
    use->written = status.st_mtime;
    found.uses.push_back(*std::move(use));
  }
  return found;
}

}  // namespace baker
