#include "engine/base/error.h"
#include "engine/io/archive_unpacker.h"
#include "engine/io/content_xattrs.h"
#include "engine/io/files.h"
#include "engine/io/system_error.h"
#include "engine/plugin/runner/calls.h"
#include "engine/plugin/runner/events.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <map>

namespace baker {
namespace {

using Json = Calls::Json;

std::string path_of(const Json& arguments) {
  return arguments.at("path").get<std::string>();
}

Attributes attributes_of(const Json& arguments) {
  return {arguments.at("mode").get<mode_t>(), arguments.at("uid").get<uid_t>(),
          arguments.at("gid").get<gid_t>()};
}

char type_letter(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return 'd';
    case S_IFLNK:
      return 'l';
    case S_IFCHR:
      return 'c';
    case S_IFBLK:
      return 'b';
    case S_IFIFO:
      return 'p';
    case S_IFSOCK:
      return 's';
    default:
      return 'f';
  }
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string status_of(const RootDir& root, const std::string& path) {
  std::optional<struct stat> status = root.status(path);
  if (!status) return "null";
  return dump({{"type", std::string(1, type_letter(status->st_mode))},
               {"mode", status->st_mode & 07777U},
               {"uid", status->st_uid},
               {"gid", status->st_gid},
               {"size", status->st_size},
               {"target", root.read_link(path).value_or("")}});
}

// A file or folder of the stage's view; symlinks inside a folder are copied as symlinks.
class CopyIn {
 public:
  // `keeps_all`: owners, modes, hard links and attributes are as they are there.
  CopyIn(RootDir& root, const Attributes& given, bool keeps_all)
      : root_(root), given_(given), keeps_all_(keeps_all) {}

  void copy(const std::string& from, const std::string& to, bool single) {
    struct stat status;
    if (lstat(from.c_str(), &status) != 0) throw system_error("cannot read the input " + from);
    if (single && S_ISLNK(status.st_mode) && stat(from.c_str(), &status) != 0)
      throw system_error("cannot read the input " + from);
    if (S_ISDIR(status.st_mode)) {
      copy_folder(from, to, status);
    } else if (S_ISLNK(status.st_mode)) {
      root_.make_symlink(to, link_target(from));
    } else {
      copy_file(from, to, status, single);
    }
  }

 private:
  Attributes own(const struct stat& status) const {
    if (keeps_all_) return {status.st_mode & 07777U, status.st_uid, status.st_gid};
    return {status.st_mode & 07777U, given_.uid, given_.gid};
  }

  void copy_folder(const std::string& from, const std::string& to, const struct stat& status) {
    // A folder that is there stays as it is: what is copied into it says nothing of it.
    if (keeps_all_ || !root_.open(to, O_PATH | O_DIRECTORY)) root_.make_directory(to, own(status));
    for (const std::string& name : list_directory(from))
      copy(from + "/" + name, to + "/" + name, false);
  }

  void copy_file(const std::string& from, const std::string& to, const struct stat& status,
                 bool single) {
    if (keeps_all_ && status.st_nlink > 1) {
      const auto [first, is_first] = names_.emplace(std::pair(status.st_dev, status.st_ino), to);
      if (!is_first) return root_.make_hard_link(to, first->second);
    }
    const UniqueFd source = open_or_throw(from, O_RDONLY | O_NONBLOCK);
    if (keeps_all_)
      root_.write_file_from(to, source.get(), own(status), content_xattrs(from));
    else
      root_.write_file_from(to, source.get(), single ? given_ : own(status), {});
  }

  RootDir& root_;
  Attributes given_;
  bool keeps_all_;
  std::map<std::pair<dev_t, ino_t>, std::string> names_;  // of files with several
};

bool is_preserved(const Calls& calls, const std::string& file) {
  return calls.request().preserve_inputs && !calls.view().inputs.empty() &&
         file.starts_with(calls.view().inputs + "/");
}

void unpack(RootDir& root, const Json& arguments) {
  const std::string archive = arguments.at("archive").get<std::string>();
  UnpackOptions options{
      path_of(arguments), arguments.at("strip").get<unsigned>(),
      arguments.at("oci-layer").get<bool>() ? WhiteoutNames::kRemove : WhiteoutNames::kPlain};
  unpack_archive(archive, archive.substr(archive.rfind('/') + 1), root, options);
}

}  // namespace

void add_root_calls(Calls& calls) {
  auto add = [&calls](const char* name, auto method) {
    calls.add(
        name, [&calls, method](const Json& arguments, std::string_view payload) -> std::string {
          return method(calls.tree(arguments.at("tree").get<std::string>()), arguments, payload);
        });
  };
  using Text = std::string_view;
  calls.add("log", [](const Json& arguments, Text) -> std::string {
    emit_event({{"event", "log"},
                {"level", arguments.at("level").get<std::string>()},
                {"text", arguments.at("text").get<std::string>()}});
    return "{}";
  });
  add("root.write", [](RootDir& root, const Json& arguments, Text content) -> std::string {
    root.write_file(path_of(arguments), content, attributes_of(arguments));
    return "{}";
  });
  add("root.read", [](RootDir& root, const Json& arguments, Text) {
    return root.read_file(path_of(arguments));
  });
  add("root.status", [](RootDir& root, const Json& arguments, Text) {
    return status_of(root, path_of(arguments));
  });
  add("root.list", [](RootDir& root, const Json& arguments, Text) {
    return dump(root.list(path_of(arguments)));
  });
  add("root.mkdir", [](RootDir& root, const Json& arguments, Text) -> std::string {
    root.make_directory(path_of(arguments), attributes_of(arguments));
    return "{}";
  });
  add("root.symlink", [](RootDir& root, const Json& arguments, Text) -> std::string {
    root.make_symlink(path_of(arguments), arguments.at("target").get<std::string>());
    return "{}";
  });
  add("root.remove", [](RootDir& root, const Json& arguments, Text) -> std::string {
    root.remove(path_of(arguments));
    return "{}";
  });
  add("root.set-attributes", [](RootDir& root, const Json& arguments, Text) -> std::string {
    root.set_attributes(path_of(arguments), attributes_of(arguments));
    return "{}";
  });
  add("root.copy-in", [&calls](RootDir& root, const Json& arguments, Text) -> std::string {
    const std::string from = arguments.at("from").get<std::string>();
    CopyIn(root, attributes_of(arguments), is_preserved(calls, from))
        .copy(from, path_of(arguments), true);
    return "{}";
  });
  add("root.unpack", [](RootDir& root, const Json& arguments, Text) -> std::string {
    unpack(root, arguments);
    return "{}";
  });
}

}  // namespace baker
