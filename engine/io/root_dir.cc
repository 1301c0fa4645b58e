#include "engine/io/root_dir.h"

#include "engine/base/text.h"
#include "engine/io/copy_content.h"
#include "engine/io/directory_names.h"
#include "engine/io/file_attributes.h"
#include "engine/io/files.h"
#include "engine/io/open_inside.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace baker {
namespace {

constexpr std::uint64_t kInRoot = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
constexpr int kMaxLinks = 40;  // as the kernel's own limit on symlinks in one path

struct SplitPath {
  std::string folder;
  std::string name;  // empty where the path is the root
};

SplitPath split_path(const std::string& path) {
  std::string_view rest = path;
  while (rest == "." || rest.ends_with('/') || rest.ends_with("/.")) rest.remove_suffix(1);
  size_t slash = rest.rfind('/');
  if (slash == std::string_view::npos) return {"/", std::string(rest)};
  return {std::string(rest.substr(0, slash + 1)), std::string(rest.substr(slash + 1))};
}

void check_name(const std::string& path, const std::string& name) {
  if (name.empty()) throw Error(json_quote(path) + " names the root itself");
  if (name == "..") throw Error(json_quote(path) + " ends in \"..\"");
}

std::optional<std::string> link_target(int at, const char* name) {
  char target[PATH_MAX];
  ssize_t length = ::readlinkat(at, name, target, sizeof target);
  if (length < 0) return std::nullopt;
  return std::string(target, static_cast<size_t>(length));
}

// A name of our own in `parent`, given away by `make` (which returns false with EEXIST where the
// name is taken).
template <typename Make>
std::string temporary_name(Make make) {
  for (unsigned i = 0;; ++i) {
    std::string name = fmt::format(".baker-new-{}", i);
    if (make(name.c_str())) return name;
    if (errno != EEXIST) return "";
  }
}

// What was made under a temporary name goes where it belongs, or away.
void move_into_place(int parent, const std::string& temporary, const std::string& name) {
  if (::renameat(parent, temporary.c_str(), parent, name.c_str()) == 0) return;
  int reason = errno;
  ::unlinkat(parent, temporary.c_str(), 0);
  errno = reason;
  if (reason == EISDIR) throw Error("there is a directory already");
  throw system_error("cannot rename it into place");
}

}  // namespace

RootDir::RootDir(const std::string& path)
    : path_(path), fd_(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
  if (!fd_.valid()) throw system_error("cannot open the root " + json_quote(path));
}

std::optional<UniqueFd> RootDir::open(const std::string& path, int flags) const {
  if (path.find('\0') != std::string::npos) throw Error(json_quote(path) + " contains a zero byte");
  UniqueFd fd = open_inside(fd_.get(), path.empty() ? "/" : path.c_str(), flags, kInRoot);
  if (fd.valid()) return fd;
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  throw system_error("cannot open " + json_quote(path), path_);
}

RootDir::Place RootDir::place(const std::string& path) {
  auto [folder, name] = split_path(path);
  check_name(path, name);
  return {make_folder(folder, kMaxLinks), name};
}

UniqueFd RootDir::make_folder(const std::string& path, int links_left) {
  if (auto existing = open(path, O_PATH | O_DIRECTORY)) return std::move(*existing);
  auto [folder, name] = split_path(path);
  check_name(path, name);
  UniqueFd parent = make_folder(folder, links_left);
  if (make_implied_directory(parent.get(), name)) {
    return make_folder(path, links_left);
  }
  std::optional<std::string> target = link_target(parent.get(), name.c_str());
  if (!target) throw Error(json_quote(path) + " is not a directory");
  if (links_left == 0) throw Error(json_quote(path) + " is a symlink in a cycle of symlinks");
  return make_folder(target->starts_with('/') ? *target : folder + *target, links_left - 1);
}

std::optional<struct stat> RootDir::status(const std::string& path) const {
  std::optional<UniqueFd> fd = open(path, O_PATH | O_NOFOLLOW);
  if (!fd) return std::nullopt;
  struct stat status {};
  if (::fstat(fd->get(), &status) != 0) throw system_error("cannot look at " + json_quote(path));
  return status;
}

std::optional<std::string> RootDir::read_link(const std::string& path) const {
  std::optional<UniqueFd> fd = open(path, O_PATH | O_NOFOLLOW);
  return fd ? link_target(fd->get(), "") : std::nullopt;
}

std::string RootDir::read_file(const std::string& path) const {
  // Looked at before it is opened: opening a fifo waits, and opening a device can do things.
  std::optional<UniqueFd> found = open(path, O_PATH);
  struct stat status {};
  if (!found) throw Error("there is no file " + json_quote(path));
  if (::fstat(found->get(), &status) != 0) throw system_error("cannot look at " + json_quote(path));
  if (!S_ISREG(status.st_mode)) throw Error(json_quote(path) + " is not a regular file");
  std::optional<UniqueFd> fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd) throw Error("there is no file " + json_quote(path));
  if (std::optional<std::string> content = try_read_all(fd->get())) return *std::move(content);
  throw system_error("cannot read " + json_quote(path));
}

std::vector<std::string> RootDir::list(const std::string& path) const {
  std::optional<UniqueFd> fd = open(path, O_RDONLY | O_DIRECTORY);
  if (!fd) return {};
  std::vector<std::string> names = directory_names(fd->get());
  std::sort(names.begin(), names.end());
  return names;
}

void RootDir::write_file(const std::string& path, std::string_view content,
                         const Attributes& attributes) try {
  make_file(path, [&](int fd) {
    write_all(fd, content, path_);
    apply_attributes(fd, attributes);
  });
} catch (Error& error) {
  throw error.during("writing " + json_quote(path));
}

void RootDir::write_file_from(const std::string& path, int source, const Attributes& attributes,
                              const std::map<std::string, std::string>& xattrs) try {
  make_file(path, [&](int fd) {
    copy_content(source, fd, path_);
    apply_attributes(fd, attributes);
    for (const auto& [name, value] : xattrs)
      if (::fsetxattr(fd, name.c_str(), value.data(), value.size(), 0) != 0)
        throw system_error("cannot set the extended attribute " + name, path_);
  });
} catch (Error& error) {
  throw error.during("writing " + json_quote(path));
}

void RootDir::make_file(const std::string& path, const std::function<void(int)>& fill) {
  Place at = place(path);
  UniqueFd fd;
  std::string temporary = temporary_name([&](const char* name) {
    fd = UniqueFd(::openat(at.parent.get(), name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    return fd.valid();
  });
  if (!fd.valid()) throw system_error("cannot make a file", path_);
  try {
    fill(fd.get());
  } catch (const Error&) {
    ::unlinkat(at.parent.get(), temporary.c_str(), 0);
    throw;
  }
  move_into_place(at.parent.get(), temporary, at.name);
}

void RootDir::make_hard_link(const std::string& path, const std::string& file) try {
  const std::optional<UniqueFd> found = open(file, O_PATH | O_NOFOLLOW);
  if (!found) throw Error("there is no file " + json_quote(file));
  const std::string source = fmt::format("/proc/self/fd/{}", found->get());
  Place at = place(path);
  const std::string temporary = temporary_name([&](const char* name) {
    return ::linkat(AT_FDCWD, source.c_str(), at.parent.get(), name, AT_SYMLINK_FOLLOW) == 0;
  });
  if (temporary.empty()) throw system_error("cannot make a link", path_);
  move_into_place(at.parent.get(), temporary, at.name);
  ::unlinkat(at.parent.get(), temporary.c_str(), 0);  // renamed over itself it would stay
} catch (Error& error) {
  throw error.during("linking " + json_quote(path));
}

void RootDir::make_directory(const std::string& path, const Attributes& attributes) try {
  if (!split_path(path).name.empty()) {
    Place at = place(path);
    if (::mkdirat(at.parent.get(), at.name.c_str(), 0700) != 0 && errno != EEXIST) {
      throw system_error("cannot make it", path_);
    }
  }
  std::optional<UniqueFd> fd = open(path, O_RDONLY | O_DIRECTORY);
  if (!fd) throw Error("there is something else of that name");
  apply_attributes(fd->get(), attributes);
  remove_implied_mark(fd->get());
} catch (Error& error) {
  throw error.during("making the directory " + json_quote(path));
}

void RootDir::make_symlink(const std::string& path, const std::string& target) try {
  Place at = place(path);
  int parent = at.parent.get();
  std::string temporary = temporary_name(
      [&](const char* name) { return ::symlinkat(target.c_str(), parent, name) == 0; });
  if (temporary.empty()) throw system_error("cannot make a symlink", path_);
  if (::fchownat(parent, temporary.c_str(), 0, 0, AT_SYMLINK_NOFOLLOW) != 0) {
    Error error = system_error("cannot set the owner");
    ::unlinkat(parent, temporary.c_str(), 0);
    throw error;
  }
  move_into_place(parent, temporary, at.name);
} catch (Error& error) {
  throw error.during("making the symlink " + json_quote(path));
}

void RootDir::set_attributes(const std::string& path, const Attributes& attributes) try {
  std::optional<UniqueFd> found = open(path, O_PATH);
  struct stat status {};
  if (!found || ::fstat(found->get(), &status) != 0) throw Error("there is nothing of that name");
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
    throw Error("it is neither a file nor a directory");
  }
  std::optional<UniqueFd> fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd) throw Error("there is nothing of that name");
  apply_attributes(fd->get(), attributes);
  if (S_ISDIR(status.st_mode)) remove_implied_mark(fd->get());
} catch (Error& error) {
  throw error.during("setting mode and owner of " + json_quote(path));
}

void RootDir::remove(const std::string& path) try {
  auto [folder, name] = split_path(path);
  check_name(path, name);
  if (auto parent = open(folder, O_PATH | O_DIRECTORY)) remove_tree_at(parent->get(), name);
} catch (Error& error) {
  throw error.during("removing " + json_quote(path));
}

}  // namespace baker
