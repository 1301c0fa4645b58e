#include "engine/io/whiteouts.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/directory_names.h"
#include "engine/io/open_inside.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <cerrno>

namespace baker {
namespace {

constexpr std::string_view kPrefix = ".wh.";
constexpr std::string_view kOpaque = ".wh..wh..opq";
constexpr std::string_view kReserved = ".wh..wh.";  // left behind by aufs; means nothing to others

// A name that exists under several paths (symlinks, merged-usr) has one directory all the same.
std::string key_of(dev_t device, ino_t inode, std::string_view name) {
  return fmt::format("{}:{}/{}", device, inode, name);
}

}  // namespace

void Whiteouts::keep(const ParentDirectory& parent, std::string_view name) {
  kept_.insert(key_of(parent.device, parent.inode, name));
}

void Whiteouts::apply(const std::string& path) {
  size_t slash = path.rfind('/') + 1;
  std::string_view name = std::string_view(path).substr(slash);
  bool opaque = name == kOpaque;
  if (!opaque && name.starts_with(kReserved)) return;
  std::string removed(name.substr(kPrefix.size()));
  if (removed.empty() || removed == "." || removed == "..") {
    throw Error("it marks " + json_quote(removed) + " as removed, which is not a name");
  }
  std::optional<UniqueFd> folder = root_.open(path.substr(0, slash), O_RDONLY | O_DIRECTORY);
  if (!folder) return;
  if (opaque) {
    remove_older_below(folder->get());
  } else {
    remove_older(folder->get(), removed);
  }
}

bool Whiteouts::is_kept(int directory, std::string_view name) const {
  struct stat status {};
  if (::fstat(directory, &status) != 0) throw system_error("cannot look at a directory");
  return kept_.contains(key_of(status.st_dev, status.st_ino, name));
}

void Whiteouts::remove_older(int directory, const std::string& name) {
  bool kept = is_kept(directory, name);
  UniqueFd below = open_inside(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
                               RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH);
  if (below.valid()) remove_older_below(below.get());
  // ENOTEMPTY: something of this layer is in there, so its directory stays, too.
  if (kept || ::unlinkat(directory, name.c_str(), below.valid() ? AT_REMOVEDIR : 0) == 0) return;
  if (errno != ENOENT && errno != ENOTEMPTY)
    throw system_error("cannot remove " + json_quote(name));
}

void Whiteouts::remove_older_below(int directory) {
  for (const std::string& name : directory_names(directory)) remove_older(directory, name);
}

}  // namespace baker
