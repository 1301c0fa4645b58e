#include "engine/base/error.h"
#include "engine/io/archive_unpacker.h"
#include "engine/io/files.h"
#include "engine/io/system_error.h"
#include "engine/plugin/runner/calls.h"
#include "engine/plugin/runner/events.h"

#include <sys/stat.h>

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
void copy_in(RootDir& root, const std::string& from, const std::string& to,
             const Attributes& attributes, bool single) {
  struct stat status;
  if (lstat(from.c_str(), &status) != 0) throw system_error("cannot read the input " + from);
  if (single && S_ISLNK(status.st_mode) && stat(from.c_str(), &status) != 0)
    throw system_error("cannot read the input " + from);
  const Attributes own{status.st_mode & 07777U, attributes.uid, attributes.gid};
  if (S_ISDIR(status.st_mode)) {
    root.make_directory(to, own);
    for (const std::string& name : list_directory(from))
      copy_in(root, from + "/" + name, to + "/" + name, attributes, false);
  } else if (S_ISLNK(status.st_mode)) {
    std::string target(4096, '\0');
    ssize_t size = readlink(from.c_str(), target.data(), target.size());
    if (size < 0) throw system_error("cannot read the link " + from);
    target.resize(static_cast<size_t>(size));
    root.make_symlink(to, target);
  } else {
    root.write_file(to, read_file(from), single ? attributes : own);
  }
}

void unpack(RootDir& root, const Json& arguments) {
  const std::string archive = arguments.at("archive").get<std::string>();
  UnpackOptions options{path_of(arguments), arguments.at("strip").get<unsigned>(),
                        arguments.at("oci-layer").get<bool>()};
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
  add("root.copy-in", [](RootDir& root, const Json& arguments, Text) -> std::string {
    copy_in(root, arguments.at("from").get<std::string>(), path_of(arguments),
            attributes_of(arguments), true);
    return "{}";
  });
  add("root.unpack", [](RootDir& root, const Json& arguments, Text) -> std::string {
    unpack(root, arguments);
    return "{}";
  });
}

}  // namespace baker
