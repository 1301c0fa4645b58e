#include "engine/io/mount_table.h"

#include "engine/base/text.h"
#include "engine/io/files.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>

namespace baker {
namespace {

// Blanks and backslashes are written as octal numbers.
std::string unescaped(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_number = text[i] == '\\' && i + 3 < text.size() &&
                           std::all_of(text.begin() + static_cast<long>(i) + 1,
                                       text.begin() + static_cast<long>(i) + 4,
                                       [](char c) { return c >= '0' && c <= '7'; });
    if (!is_number) {
      plain += text[i];
      continue;
    }
    plain += static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8));
    i += 3;
  }
  return plain;
}

}  // namespace

// 36 35 98:0 /root /point rw,noatime shared:1 - ext4 /dev/source rw
std::vector<Mount> parse_mounts(std::string_view mountinfo) {
  constexpr size_t kDevice = 2, kRoot = 3, kPoint = 4, kFirstTag = 6;
  std::vector<Mount> mounts;
  for (const std::string& line : split(mountinfo, '\n')) {
    const std::vector<std::string> fields = split(line, ' ');
    const auto dash = std::find(
        fields.begin() + static_cast<long>(std::min(fields.size(), kFirstTag)), fields.end(), "-");
    if (fields.end() - dash < 3) continue;
    Mount mount{.device = fields[kDevice],
                .root = unescaped(fields[kRoot]),
                .point = unescaped(fields[kPoint]),
                .type = *(dash + 1),
                .source = unescaped(*(dash + 2))};
    mount.is_shared = std::any_of(fields.begin() + kFirstTag, dash, [](const std::string& tag) {
      return tag.starts_with("shared:");
    });
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

// The kernel tells each change once.
bool MountTable::has_changed() {
  pollfd changes{file_.get(), POLLPRI, 0};
  return poll(&changes, 1, 0) != 0;
}

void MountTable::read() {
  if (!file_.valid()) {
    file_ = open_or_throw("/proc/self/mountinfo", O_RDONLY);
  } else if (!has_changed()) {
    return;
  }
  if (lseek(file_.get(), 0, SEEK_SET) != 0) return;
  mounts_.clear();
  for (Mount& mount : parse_mounts(read_all(file_.get()))) {
    std::string point = mount.point;
    mounts_[std::move(point)] = std::move(mount);
  }
}

void MountTable::note_mounted(Mount mount) {
  if (!file_.valid()) return;
  std::string point = mount.point;
  mounts_[std::move(point)] = std::move(mount);
  has_changed();
}

void MountTable::note_unmounted(const std::string& point) {
  mounts_.erase(point);
  if (file_.valid()) has_changed();
}

const Mount* MountTable::at(const std::string& point) {
  read();
  const auto found = mounts_.find(point);
  return found == mounts_.end() ? nullptr : &found->second;
}

const Mount* MountTable::around(const std::string& path) {
  for (std::string folder = path; folder != "/"; folder = parent_path(folder))
    if (const Mount* mount = at(folder)) return mount;
  return at("/");
}

bool MountTable::has_any_below(const std::string& folder) {
  read();
  const auto next = mounts_.upper_bound(folder + "/");
  return next != mounts_.end() && next->first.starts_with(folder + "/");
}

}  // namespace baker
