#include "engine/io/digest_memo.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/io/hasher.h"
#include "engine/io/system_error.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>

namespace baker {
namespace {

constexpr std::string_view kHeader = "baker-digests-1";

std::string signature_of(const struct stat& status) {
  char text[160];
  std::snprintf(text, sizeof text, "%llx:%llx:%llx:%llx.%lx:%llx.%lx",
                static_cast<unsigned long long>(status.st_dev),
                static_cast<unsigned long long>(status.st_ino),
                static_cast<unsigned long long>(status.st_size),
                static_cast<unsigned long long>(status.st_mtim.tv_sec), status.st_mtim.tv_nsec,
                static_cast<unsigned long long>(status.st_ctim.tv_sec), status.st_ctim.tv_nsec);
  return text;
}

// A file may change again within one tick of the clock that stamps it.
bool is_settled(const struct stat& status) {
  return time(nullptr) - status.st_ctim.tv_sec > 2;
}

}  // namespace

DigestMemo::DigestMemo(std::string path) : path_(std::move(path)) {
  std::optional<std::string> text;
  try {
    text = read_file_if_exists(path_);
  } catch (const Error&) {
    return;
  }
  if (!text || !text->starts_with(kHeader)) return;
  for (const std::string& line : split(*text, '\n')) {
    const size_t space = line.find(' ');
    if (space != std::string::npos && Digest::from_hex(line.substr(0, space)))
      known_[line.substr(space + 1)] = line.substr(0, space);
  }
}

std::string DigestMemo::file(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) throw system_error("cannot read " + path);
  const std::string signature = signature_of(status);
  auto found = known_.find(signature);
  if (found != known_.end()) return found->second;
  const std::string hex = digest_file(path).hex();
  if (is_settled(status)) {
    known_[signature] = hex;
    changed_ = true;
  }
  return hex;
}

std::string DigestMemo::file_or_folder(const std::string& path) {
  struct stat own;
  if (stat(path.c_str(), &own) != 0) throw system_error("cannot read " + path);
  if (!S_ISDIR(own.st_mode) && !S_ISREG(own.st_mode))
    throw Error(path + " is neither a file nor a folder, and can't be an input");
  if (S_ISREG(own.st_mode))
    return (own.st_mode & 0111U) == 0 ? file(path) : digest_of("executable " + file(path)).hex();
  Hasher hasher;
  hasher.update("folder " + std::to_string(own.st_mode & 07777U) + "\n");
  auto add = [&](std::string_view name, char type, mode_t mode, const std::string& content) {
    hasher.update(percent_encode(name) + " " + type + " " + std::to_string(mode) + " " +
                  percent_encode(content) + "\n");
  };
  for (const std::string& name : list_directory(path)) {
    const std::string each = path + "/" + name;
    struct stat status;
    if (lstat(each.c_str(), &status) != 0) throw system_error("cannot look at " + each);
    const mode_t mode = status.st_mode & 07777U;
    if (S_ISDIR(status.st_mode)) {
      add(name, 'd', mode, file_or_folder(each));
    } else if (S_ISLNK(status.st_mode)) {
      add(name, 'l', 0, link_target(each));
    } else if (S_ISREG(status.st_mode)) {
      add(name, 'f', mode, file(each));
    } else {
      throw Error(each + " is neither a file nor a folder nor a symlink, and can't be an input");
    }
  }
  return hasher.finish().hex();
}

void DigestMemo::save() {
  if (!changed_) return;
  std::string text = std::string(kHeader) + "\n";
  for (const auto& [signature, hex] : known_) text += hex + " " + signature + "\n";
  try {
    write_file_atomically(path_, text, 0644, false);
    changed_ = false;
  } catch (const Error&) {
    // Whoever may not write the cache plans all the same.
  }
}

}  // namespace baker
