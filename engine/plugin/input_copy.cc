#include "engine/plugin/input_copy.h"

#include "cache/file_copy.h"
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/content_xattrs.h"
#include "engine/io/files.h"
#include "engine/io/system_error.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <vector>

namespace baker {
namespace {

class InputCopy {
 public:
  InputCopy(std::int64_t epoch, bool preserve) : epoch_(epoch), preserve_(preserve) {}

  void copy(const std::string& from, const std::string& to) {
    struct stat status;
    if (lstat(from.c_str(), &status) != 0) throw system_error("cannot read the input " + from);
    ListingEntry entry = described(from, status);
    if (S_ISDIR(status.st_mode)) {
      entry.type = 'd';
      copy_folder(from, to, entry);
    } else if (S_ISLNK(status.st_mode)) {
      entry.type = 'l';
      entry.content = link_target(from);
      copier_.make_special(entry, to);
    } else if (S_ISREG(status.st_mode)) {
      copy_file(from, to, entry, status);
    } else {
      throw Error("the input " + from + " is neither a file nor a folder nor a symlink");
    }
  }

  std::string left_out() const {
    std::vector<std::string> parts;
    auto add = [&parts](size_t count, const char* one, const char* many) {
      if (count > 0) parts.push_back(fmt::format("{} {}", count, count == 1 ? one : many));
    };
    add(links_, "hard link", "hard links");
    add(capabilities_, "file capability", "file capabilities");
    add(acls_, "ACL", "ACLs");
    return join(parts, " and ");
  }

 private:
  ListingEntry described(const std::string& path, const struct stat& status) {
    ListingEntry entry;
    entry.mtime = epoch_;
    if (preserve_) {
      entry.mode = status.st_mode & 07777U;
      entry.uid = status.st_uid;
      entry.gid = status.st_gid;
      entry.xattrs = content_xattrs(path);
    } else {
      entry.mode = S_ISDIR(status.st_mode) || (status.st_mode & 0111U) != 0 ? 0755 : 0644;
      for (const std::string& name : xattr_names(path)) {
        capabilities_ += name == "security.capability";
        acls_ += name.starts_with("system.posix_acl_");
      }
    }
    return entry;
  }

  void copy_folder(const std::string& from, const std::string& to, const ListingEntry& entry) {
    if (mkdir(to.c_str(), 0700) != 0) throw system_error("cannot make " + to, to);
    for (const std::string& name : list_directory(from)) copy(from + "/" + name, to + "/" + name);
    copier_.give_attributes(entry, to);
  }

  void copy_file(const std::string& from, const std::string& to, const ListingEntry& entry,
                 const struct stat& status) {
    std::string first;
    if (status.st_nlink > 1) {
      auto [known, is_new] = names_.emplace(std::pair(status.st_dev, status.st_ino), to);
      if (!is_new) first = known->second;
    }
    if (!first.empty() && preserve_) {
      if (link(first.c_str(), to.c_str()) != 0) throw system_error("cannot link " + to, to);
      return;
    }
    links_ += !first.empty();
    copier_.copy(from, entry, to);
  }

  std::int64_t epoch_;
  bool preserve_;
  FileCopier copier_;
  std::map<std::pair<dev_t, ino_t>, std::string> names_;  // of files with several
  size_t links_ = 0;                                      // that were left out, and so on
  size_t capabilities_ = 0;
  size_t acls_ = 0;
};

}  // namespace

std::string copy_input(const std::string& from, const std::string& to, std::int64_t epoch,
                       bool preserve) {
  InputCopy copy(epoch, preserve);
  // What is named in the pipeline may be a symlink; what is in a folder stays one.
  char* resolved = realpath(from.c_str(), nullptr);
  if (!resolved) throw system_error("cannot read the input " + from);
  const std::string real = resolved;
  std::free(resolved);
  copy.copy(real, to);
  return copy.left_out();
}

void copy_inputs(StageRequest& request, const std::string& folder,
                 const std::function<void(const std::string&)>& warn) {
  make_directories(folder);
  for (RequestInput& input : request.inputs) {
    const std::string copy = folder + "/" + input.name;
    std::string left_out;
    try {
      left_out =
          copy_input(input.host_path, copy, request.source_date_epoch, request.preserve_inputs);
    } catch (Error& error) {
      throw error.during("copying the input \"" + input.written + "\"");
    }
    if (!left_out.empty())
      warn("input \"" + input.written + "\": not kept: " + left_out +
           " (`preserve = true` in the stage keeps them)");
    input.host_path = copy;
  }
}

}  // namespace baker
