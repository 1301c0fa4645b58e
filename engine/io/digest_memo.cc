#include "engine/io/digest_memo.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/content_xattrs.h"
#include "engine/io/files.h"
#include "engine/io/hasher.h"
#include "engine/io/system_error.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <thread>

namespace baker {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

constexpr std::string_view kHeader = "baker-digests-3";
constexpr std::string_view kVerified = "verified ";
// What no run has asked for since is forgotten. That something is asked for is noted once a week.
constexpr int kDaysKept = 60;
constexpr int kDaysUntilNoted = 7;
// Two changes within one tick of the clock that stamps files can't be told apart. The kernel's
// slowest tick is 10 ms; some file systems count in seconds, FAT in two.
constexpr milliseconds kTick(20);
constexpr milliseconds kCoarseTick(2500);

int today() {
  return static_cast<int>(
      std::chrono::floor<std::chrono::days>(system_clock::now()).time_since_epoch().count());
}

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

milliseconds age_of(const struct stat& status) {
  const auto changed = seconds(status.st_ctim.tv_sec) + nanoseconds(status.st_ctim.tv_nsec);
  return std::chrono::duration_cast<milliseconds>(system_clock::now().time_since_epoch() - changed);
}

// Whether whatever happens to the file from now on gives it another time.
bool has_settled(const struct stat& status) {
  const bool coarse = status.st_ctim.tv_nsec == 0;
  const milliseconds age = age_of(status);
  if (!coarse && age >= milliseconds(0) && age < kTick) std::this_thread::sleep_for(kTick - age);
  return age_of(status) >= (coarse ? kCoarseTick : kTick);
}

struct stat status_of(const std::string& path) {
  struct stat status;
  if (lstat(path.c_str(), &status) != 0) throw system_error("cannot look at " + path);
  return status;
}

std::string boot_id() {
  return read_file_if_exists("/proc/sys/kernel/random/boot_id").value_or("").substr(0, 36);
}

// One look at an input.
class InputWalk {
 public:
  InputWalk(DigestMemo& memo, InputForm form) : memo_(memo), form_(form) {}

  InputDigest run(const std::string& path) {
    struct stat status;
    if (stat(path.c_str(), &status) != 0) throw system_error("cannot read " + path);
    if (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode))
      throw Error(path + " is neither a file nor a folder, and can't be an input");
    add(".", path, status);
    return {content_.finish().hex(), can_tell_ ? state_.finish().hex() : ""};
  }

 private:
  void add(const std::string& name, const std::string& path, const struct stat& status) {
    state_.update(percent_encode(name) + " " + signature_of(status) + "\n");
    if (S_ISDIR(status.st_mode)) {
      line(name, 'd', path, status, "");
      for (const std::string& each : list_directory(path))
        add(name + "/" + each, path + "/" + each, status_of(path + "/" + each));
    } else if (S_ISLNK(status.st_mode)) {
      line(name, 'l', path, status, link_target(path));
    } else if (S_ISREG(status.st_mode)) {
      const InputDigest known = memo_.content(path, status);
      can_tell_ = can_tell_ && !known.state.empty();
      line(name, 'f', path, status, first_name(name, status).value_or(known.hex));
    } else {
      throw Error(path + " is neither a file nor a folder nor a symlink, and can't be an input");
    }
  }

  void line(const std::string& name, char type, const std::string& path, const struct stat& status,
            const std::string& content) {
    std::string text = percent_encode(name) + " " + type;
    if (form_ == InputForm::kPreserved) {
      text += fmt::format(" {} {} {}", status.st_mode & 07777U, status.st_uid, status.st_gid);
      for (const auto& [xattr, value] : content_xattrs(path))
        text += " " + percent_encode(xattr) + "=" + percent_encode(value);
    } else if (type == 'f' && (status.st_mode & 0111U) != 0) {
      text += " x";
    }
    content_.update(text + " " + percent_encode(content) + "\n");
  }

  // Of a file with several names in the input: the first of them, where this is another one.
  std::optional<std::string> first_name(const std::string& name, const struct stat& status) {
    if (form_ == InputForm::kNormal || status.st_nlink < 2) return std::nullopt;
    const auto [known, is_first] =
        names_.emplace(std::pair(status.st_dev, status.st_ino), "link to " + name);
    return is_first ? std::nullopt : std::optional(known->second);
  }

  DigestMemo& memo_;
  InputForm form_;
  Hasher content_;
  Hasher state_;
  bool can_tell_ = true;
  std::map<std::pair<dev_t, ino_t>, std::string> names_;
};

}  // namespace

DigestMemo::DigestMemo(std::string path)
    : path_(std::move(path)), boot_(boot_id()), today_(today()) {
  std::optional<std::string> text;
  try {
    text = read_file_if_exists(path_);
  } catch (const Error&) {
    return;
  }
  if (!text || !text->starts_with(kHeader)) return;
  size_t forgotten = 0;
  std::istringstream lines(*std::move(text));
  for (std::string line; std::getline(lines, line);) {
    const size_t hex = line.find(' '), day = line.find(' ', hex + 1);
    int used = 0;
    if (day == std::string::npos || !Digest::from_hex(line.substr(0, hex)) ||
        std::from_chars(&line[hex + 1], &line[day], used).ptr != &line[day])
      continue;
    const std::string name = line.substr(day + 1);
    const bool of_another_boot =
        name.starts_with(kVerified) && !name.starts_with(std::string(kVerified) + boot_ + " ");
    if (of_another_boot || used < today_ - kDaysKept)
      ++forgotten;
    else
      known_.emplace(name, Known{line.substr(0, hex), used});
  }
  changed_ = forgotten > known_.size();  // most of it was dead
}

std::string DigestMemo::find(const std::string& name) {
  const auto found = known_.find(name);
  if (found == known_.end()) return "";
  if (std::abs(today_ - found->second.used) >= kDaysUntilNoted) {
    found->second.used = today_;
    changed_ = true;
  }
  return found->second.hex;
}

void DigestMemo::set(const std::string& name, const std::string& hex) {
  known_[name] = {hex, today_};
  changed_ = true;
}

InputDigest DigestMemo::content(const std::string& path, const struct stat& status) {
  const std::string signature = signature_of(status);
  if (const std::string known = find(signature); !known.empty()) return {known, signature};
  const bool settled = has_settled(status);
  const std::string hex = digest_content(path).hex();
  struct stat after;
  if (stat(path.c_str(), &after) != 0) throw system_error("cannot look at " + path);
  if (!settled || signature_of(after) != signature) return {hex, ""};
  set(signature, hex);
  return {hex, signature};
}

InputDigest DigestMemo::file(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) throw system_error("cannot read " + path);
  return content(path, status);
}

InputDigest DigestMemo::input(const std::string& path, InputForm form) {
  return InputWalk(*this, form).run(path);
}

InputDigest DigestMemo::input_as_seen(const std::string& path, InputForm form) {
  InputDigest& seen = seen_[path][form];
  if (seen.hex.empty()) seen = input(path, form);
  return seen;
}

void DigestMemo::forget_seen(const std::string& path) {
  seen_.erase(path);
}

void DigestMemo::forget_all_seen() {
  seen_.clear();
}

std::string DigestMemo::verified_name(const std::string& path) const {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return "";
  return std::string(kVerified) + boot_ + " " + signature_of(status);
}

bool DigestMemo::is_verified(const std::string& path, const Digest& digest) {
  const std::string name = verified_name(path);
  return !name.empty() && find(name) == digest.hex();
}

void DigestMemo::set_verified(const std::string& path, const Digest& digest) {
  const std::string name = verified_name(path);
  if (name.empty()) return;
  set(name, digest.hex());
}

void DigestMemo::save() {
  if (!changed_) return;
  std::string text = std::string(kHeader) + "\n";
  for (const auto& [name, known] : known_)
    text += fmt::format("{} {} {}\n", known.hex, known.used, name);
  try {
    write_file_atomically(path_, text, 0644, false);
    changed_ = false;
  } catch (const Error&) {
    // Whoever may not write the cache plans all the same.
  }
}

}  // namespace baker
