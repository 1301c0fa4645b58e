#include "cache/store.h"

#include "cache/layer_check.h"
#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/root_dir.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

namespace baker {
namespace {

constexpr unsigned kFormat = 1;
constexpr const char* kDead = ".dead";
constexpr const char* kTried = "trusted.baker.tried";

// Names work folders so that those of another boot are told from ours.
std::string boot_id() {
  std::string id = read_file_if_exists("/proc/sys/kernel/random/boot_id").value_or("unknown");
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

std::string lock_of(const std::string& work_folder) {
  return work_folder + ".lock";
}

}  // namespace

WorkFolder::WorkFolder(std::string path, FileLock lock, FileOps& files)
    : path_(std::move(path)), lock_(std::move(lock)), files_(&files) {}

WorkFolder::WorkFolder(WorkFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)), files_(other.files_) {}

WorkFolder::~WorkFolder() {
  if (path_.empty()) return;
  try {
    files_->remove_tree(path_);
    unlink(lock_of(path_).c_str());
  } catch (const Error&) {
    // What is left is swept by the next baker that bakes.
  }
}

Store::Store(std::string folder, FileOps& files) : folder_(std::move(folder)), files_(files) {
  check_format();
  open_folders();
}

void Store::open_folders() {
  auto open_folder = [this](const char* name) {
    return UniqueFd(open((folder_ + name).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  };
  layers_ = open_folder("/layers");
  actions_ = open_folder("/actions");
}

std::string Store::layer_path(const Digest& layer) const {
  return folder_ + "/layers/" + layer.hex();
}
std::string Store::download_path(const Digest& content) const {
  return folder_ + "/downloads/" + content.file_name();
}
std::string Store::record_path(const std::string& key) const {
  return folder_ + "/actions/" + key;
}

void Store::check_format() const {
  const UniqueFd file(open((folder_ + "/format").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid()) return;  // it is yet to be made, or not for this user to read
  const std::string text = read_all(file.get());
  unsigned format = 0;
  std::from_chars(text.data(), text.data() + text.size(), format);
  if (format > kFormat || (format == 0 && !text.empty()))
    throw Error(
        fmt::format("the cache {} has the format \"{}\", and this baker knows {}: use the "
                    "baker that made it, or give another place with --cache-dir",
                    folder_, text.substr(0, text.find('\n')), kFormat));
}

// Once, before anything is put into it.
void Store::try_file_system() {
  const std::string format = folder_ + "/format", tmp = folder_ + "/tmp";
  if (path_exists(format)) return;
  const FileLock not_swept = FileLock::lock(folder_ + "/locks/sweep", FileLock::Mode::kShared);
  const bool has_attributes = setxattr(tmp.c_str(), kTried, "y", 1, 0) == 0;
  if (!has_attributes && errno == EOPNOTSUPP)
    throw system_error("the file system of the cache " + folder_ +
                       " keeps no attributes of its own (trusted.*, xattr(7)), which layers have; "
                       "give another place with --cache-dir");
  if (!has_attributes && errno != EPERM) throw system_error("cannot mark " + tmp, tmp);
  removexattr(tmp.c_str(), kTried);
  const std::string next = fmt::format("{}/format-{}", tmp, getpid());
  write_file_atomically(next, fmt::format("{}\n", kFormat));
  if (renameat2(AT_FDCWD, next.c_str(), AT_FDCWD, format.c_str(), RENAME_NOREPLACE) == 0) return;
  const int why = errno;
  unlink(next.c_str());
  if (why == EEXIST) return;  // somebody else was faster
  errno = why;
  throw system_error(
      why == EINVAL || why == EOPNOTSUPP
          ? "the file system of the cache " + folder_ +
                " can't rename as renameat2(2) does (RENAME_NOREPLACE); give another "
                "place with --cache-dir"
          : "cannot write " + format,
      format);
}

void Store::prepare() {
  for (const char* name : {"layers", "actions", "downloads", "locks", "roots", "tmp"}) {
    try {
      make_directories(folder_ + "/" + name);
      if (access((folder_ + "/" + name).c_str(), W_OK) != 0)
        throw system_error("cannot write " + folder_ + "/" + name);
    } catch (Error& error) {
      throw error.during("preparing the cache (another place can be given with --cache-dir)");
    }
  }
  for (const char* name : {"/roots", "/downloads"})
    if (chmod((folder_ + name).c_str(), 0700) != 0)
      throw system_error("cannot protect " + folder_ + name);
  try_file_system();
  protect_layers();
  open_folders();
}

// Those of bakers that left them open. Once: a folder that can't be listed has none.
void Store::protect_layers() {
  constexpr mode_t kOthersList = S_IRGRP | S_IROTH;
  const std::string layers = folder_ + "/layers";
  struct stat status;
  if (stat(layers.c_str(), &status) != 0 || (status.st_mode & kOthersList) == 0) return;
  for (const std::string& name : list_directory(layers)) chmod((layers + "/" + name).c_str(), 0700);
  if (chmod(layers.c_str(), 0711) != 0) throw system_error("cannot protect " + layers);
}

// A work folder must not be swept between the making of its lock file and the locking. The name is
// free at once, as is its lock: whoever makes a work folder waits for no removal.
std::vector<std::string> Store::take_dead_folders() {
  std::vector<std::string> dead;
  const std::string tmp = folder_ + "/tmp";
  if (access((folder_ + "/locks").c_str(), W_OK) != 0) return dead;
  const std::vector<std::string> names = list_directory(tmp);
  if (names.empty()) return dead;
  std::optional<FileLock> sweeping =
      FileLock::try_lock(folder_ + "/locks/sweep", FileLock::Mode::kExclusive);
  if (!sweeping) return dead;
  for (const std::string& name : names) {
    const std::string path = tmp + "/" + name;
    if (name.ends_with(kDead)) {  // another sweep has not come to its end, yet or for ever
      dead.push_back(path);
      continue;
    }
    const std::string folder = name.ends_with(".lock") ? path.substr(0, path.size() - 5) : path;
    std::optional<FileLock> lock = FileLock::try_lock(lock_of(folder), FileLock::Mode::kExclusive);
    if (!lock) continue;
    if (path_exists(folder)) {
      dead.push_back(folder + kDead);
      files_.rename_no_replace(folder, dead.back());
    }
    unlink(lock_of(folder).c_str());
  }
  return dead;
}

void Store::sweep() {
  try {
    remove_trees_in_background(take_dead_folders());
  } catch (const Error&) {
    // It is not what anybody has asked for; `baker gc` says what is wrong.
  }
}

std::vector<std::string> Store::sweep_all() {
  std::vector<std::string> troubles;
  for (const std::string& folder : take_dead_folders()) {
    try {
      files_.remove_tree(folder);
    } catch (const Error& error) {
      troubles.push_back(error.describe());
    }
  }
  return troubles;
}

void Store::begin_use() {
  if (!use_ && access((folder_ + "/locks").c_str(), W_OK) == 0)
    use_ = std::make_unique<RunningUse>(folder_);
}

// Containers that share a cache share pids, too: a name that is taken is passed over.
WorkFolder Store::make_work_folder() {
  if (!path_exists(folder_ + "/locks")) prepare();
  const std::string mine = fmt::format("{}/tmp/{}-{}-", folder_, boot_id(), getpid());
  FileLock not_swept = FileLock::lock(folder_ + "/locks/sweep", FileLock::Mode::kShared);
  for (;;) {
    const std::string path = fmt::format("{}{}", mine, next_work_++);
    std::optional<FileLock> lock = FileLock::try_lock(lock_of(path), FileLock::Mode::kExclusive);
    if (!lock || path_exists(path)) continue;
    make_directories(path, 0700);
    return {path, *std::move(lock), files_};
  }
}

std::optional<Digest> Store::find(const std::string& key, std::string* damage) const {
  return use_ ? use_->look(key, [&] { return find_record(key, damage); })
              : find_record(key, damage);
}

std::optional<Digest> Store::find_record(const std::string& key, std::string* damage) const {
  UniqueFd fd(openat(actions_.get(), key.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) return std::nullopt;
  char head[kRecordHeadSize];
  const ssize_t size = read(fd.get(), head, sizeof head);
  std::optional<Digest> layer;
  if (size > 0) {
    struct stat status = {};
    status.st_size = size;  // of a record that is no longer than its head
    if (size == sizeof head && fstat(fd.get(), &status) != 0) status.st_size = 0;
    layer = ActionRecord::parse_head({head, static_cast<size_t>(size)},
                                     static_cast<std::uint64_t>(status.st_size));
  }
  if (!layer) {
    if (damage) *damage = "its record " + record_path(key) + " is damaged";
    return std::nullopt;
  }
  if (!has_layer(*layer)) {
    if (damage) *damage = "its layer " + layer_path(*layer) + " is missing";
    return std::nullopt;
  }
  return layer;
}

std::optional<ActionRecord> Store::record(const std::string& key) const {
  std::optional<std::string> text = read_regular_file(record_path(key));
  return text ? ActionRecord::parse(*text) : std::nullopt;
}

bool Store::has_layer(const Digest& layer) const {
  if (faccessat(layers_.get(), (layer.hex() + "/listing").c_str(), F_OK, 0) == 0) return true;
  const bool may_not_look = errno == EACCES;  // who is not root may plan all the same
  return may_not_look && faccessat(layers_.get(), layer.hex().c_str(), F_OK, 0) == 0;
}

void Store::mark_damaged(const Digest& layer) {
  struct stat status;
  if (lstat(layer_path(layer).c_str(), &status) == 0 && !S_ISDIR(status.st_mode))
    return set_aside(layer_path(layer));
  const std::string listing = layer_path(layer) + "/listing";
  const std::string damaged = layer_path(layer) + "/" + kDamagedListing;
  if (rename(listing.c_str(), damaged.c_str()) != 0 && errno != ENOENT)
    throw system_error("cannot mark the layer at " + layer_path(layer));
  files_.sync_directory(layer_path(layer));
}

bool Store::has_whole_layer(const Digest& layer) {
  if (!has_layer(layer)) return false;
  if (damage_of_layer(layer_path(layer), layer, CheckDepth::kContent).empty()) return true;
  mark_damaged(layer);
  return false;
}

void Store::set_aside(const std::string& path) {
  const std::string quarantine = folder_ + "/quarantine";
  make_directories(quarantine, 0700);
  const std::string name = path.substr(path.rfind('/') + 1);
  for (int number = 0;; ++number)
    if (files_.rename_no_replace(path, fmt::format("{}/{}.{}", quarantine, name, number))) return;
}
bool Store::has_download(const std::string& name) const {
  const auto is_there = [&] {
    return access((downloads_folder() + "/" + name).c_str(), F_OK) == 0;
  };
  return use_ ? use_->look(name, is_there) : is_there();
}

std::optional<FileLock> Store::try_lock_key(const std::string& key) {
  return FileLock::try_lock(key_lock_path(key), FileLock::Mode::kExclusive);
}

void Store::write_records(const WorkFolder& folder, const std::vector<Commit>& commits) {
  for (const Commit& commit : commits)
    files_.write_file(folder.path() + "/" + commit.key, commit.record.text());
}

void Store::put_records(const WorkFolder& folder, const std::vector<Commit>& commits) {
  for (const Commit& commit : commits) {
    const std::string prepared = folder.path() + "/" + commit.key;
    if (files_.rename_no_replace(prepared, record_path(commit.key))) continue;
    // A record is there already: damaged, or of a layer that went missing.
    files_.remove_tree(record_path(commit.key));
    files_.rename_no_replace(prepared, record_path(commit.key));
  }
}

// Of equal layers the first stays, unless it is marked as damaged.
void Store::put_layer(const Commit& commit) {
  const std::string place = layer_path(commit.layer);
  if (files_.rename_no_replace(commit.work_layer, place) || has_layer(commit.layer)) return;
  set_aside(place);
  files_.rename_no_replace(commit.work_layer, place);
}

void Store::commit(const std::vector<Commit>& commits) {
  WorkFolder records = make_work_folder();
  write_records(records, commits);
  files_.sync_file_system(folder_);

  for (const Commit& commit : commits)
    if (!commit.work_layer.empty()) put_layer(commit);
  files_.sync_directory(folder_ + "/layers");
  put_records(records, commits);
  files_.sync_directory(folder_ + "/actions");
}

void Store::note(const std::vector<Commit>& commits) {
  WorkFolder records = make_work_folder();
  write_records(records, commits);
  put_records(records, commits);
}

}  // namespace baker
