// The root file system of a stage. Every path is taken inside the root, whatever symlinks it holds
// (openat2, RESOLVE_IN_ROOT): no path, archive or option reaches the host.
#pragma once

#include <baker/sdk/command.h>
#include <baker/sdk/runner.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace baker {

struct FileAttributes {
  std::uint32_t mode = 0644;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

struct FileStatus {
  char type = 'f';  // f file, d directory, l symlink, c b p s as in ls
  std::uint32_t mode = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t size = 0;
  std::string target{};  // of a symlink
};

struct UnpackOptions {
  std::string to = "/";    // made if absent
  unsigned strip = 0;      // leading path components to drop; an entry with fewer is left out
  bool oci_layer = false;  // `.wh.` names delete what earlier layers brought
};

class Root {
 public:
  // `tree` is the runner's name for a root: "" is the root of the stage.
  explicit Root(const baker_runner* runner, std::string tree = "")
      : runner_(runner), tree_(std::move(tree)) {}

  // Missing parents are made as implied directories: where layers below hold the same directory,
  // its mode and owner stay as they are there. An existing file is replaced.
  void write_file(const std::string& path, std::string_view content,
                  FileAttributes attributes = {}) {
    runner_.call("root.write", with_attributes(path, attributes), content);
  }
  std::string read_file(const std::string& path) const {
    return runner_.call("root.read", at(path));
  }

  // Of the name itself, a symlink is not followed. Absence is no error.
  std::optional<FileStatus> status(const std::string& path) const {
    Json found = runner_.call_json("root.status", at(path));
    if (found.is_null()) return std::nullopt;
    return FileStatus{
        found.at("type").get<std::string>().at(0), found.at("mode").get<std::uint32_t>(),
        found.at("uid").get<std::uint32_t>(),      found.at("gid").get<std::uint32_t>(),
        found.at("size").get<std::uint64_t>(),     found.at("target").get<std::string>()};
  }
  bool exists(const std::string& path) const { return status(path).has_value(); }
  // Names in a directory, sorted; empty where there is no such directory.
  std::vector<std::string> list(const std::string& path) const {
    return runner_.call_json("root.list", at(path)).get<std::vector<std::string>>();
  }

  // Made, or set to these attributes where it exists.
  void make_directory(const std::string& path, FileAttributes attributes = {.mode = 0755}) {
    runner_.call("root.mkdir", with_attributes(path, attributes));
  }
  // Replaces what is there, unless that is a directory.
  void make_symlink(const std::string& path, const std::string& target) {
    Json arguments = at(path);
    arguments["target"] = target;
    runner_.call("root.symlink", arguments);
  }
  // With all that is below it. Absence is no error.
  void remove(const std::string& path) { runner_.call("root.remove", at(path)); }
  void set_attributes(const std::string& path, FileAttributes attributes) {
    runner_.call("root.set-attributes", with_attributes(path, attributes));
  }
  // A file or a folder of the stage's view (an input, pinned content) with modes as they are there,
  // owned by attributes.uid and .gid; attributes.mode is for a single file.
  void copy_in(const std::string& from, const std::string& path, FileAttributes attributes = {}) {
    Json arguments = with_attributes(path, attributes);
    arguments["from"] = from;
    runner_.call("root.copy-in", arguments);
  }
  // Unpacks a tar (any compression) or zip archive of the stage's view. Entries that would leave
  // the root, device nodes' overlay whiteouts and overlayfs's own marks are refused.
  void unpack(const std::string& archive, const UnpackOptions& options = {}) {
    Json arguments = at(options.to);
    arguments["archive"] = archive;
    arguments["strip"] = options.strip;
    arguments["oci-layer"] = options.oci_layer;
    runner_.call("root.unpack", arguments);
  }

  // Inside the root, sandboxed: no network, no host files, no host devices, no terminal.
  CommandResult run(const Command& command) {
    Json arguments = sdk::to_json(command);
    arguments["tree"] = tree_;
    return sdk::to_result(runner_.call_json("root.run", arguments, command.input));
  }

 private:
  Json at(const std::string& path) const { return {{"tree", tree_}, {"path", path}}; }
  Json with_attributes(const std::string& path, const FileAttributes& attributes) const {
    return {{"tree", tree_},
            {"path", path},
            {"mode", attributes.mode},
            {"uid", attributes.uid},
            {"gid", attributes.gid}};
  }

  sdk::Runner runner_;
  std::string tree_;
};

}  // namespace baker
