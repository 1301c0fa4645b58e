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
  std::uint32_t mode = 0644;  // permission bits, with setuid, setgid and sticky
  std::uint32_t uid = 0;      // as in the root's /etc/passwd
  std::uint32_t gid = 0;
};

struct FileStatus {
  char type = 'f';         // f file, d directory, l symlink; c, b, p and s as in ls
  std::uint32_t mode = 0;  // as in FileAttributes
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t size = 0;  // bytes
  std::string target{};    // of a symlink
};

struct UnpackOptions {
  std::string to = "/";    // a directory, made if absent
  unsigned strip = 0;      // leading path components to drop; entries with no more are left out
  bool oci_layer = false;  // names that begin with `.wh.` delete what is there
};

class Root {
 public:
  // `tree` is the runner's name for a root: "" is the root of the stage.
  explicit Root(const baker_runner* runner, std::string tree = "")
      : runner_(runner), tree_(std::move(tree)) {}

  // Writes a file, whole: a command that reads the old one meanwhile keeps it. Missing parents are
  // made as implied directories: if a layer below has the directory, its mode and owner stay.
  // Throws if a directory is there.
  void write_file(const std::string& path, std::string_view content,
                  FileAttributes attributes = {}) {
    runner_.call("root.write", with_attributes(path, attributes), content);
  }
  // The whole content. Follows symlinks, inside the root. Throws if there is not a regular file.
  std::string read_file(const std::string& path) const {
    return runner_.call("root.read", at(path));
  }

  // Of the name itself: a symlink is not followed. Empty if nothing is there.
  std::optional<FileStatus> status(const std::string& path) const {
    Json found = runner_.call_json("root.status", at(path));
    if (found.is_null()) return std::nullopt;
    return FileStatus{
        found.at("type").get<std::string>().at(0), found.at("mode").get<std::uint32_t>(),
        found.at("uid").get<std::uint32_t>(),      found.at("gid").get<std::uint32_t>(),
        found.at("size").get<std::uint64_t>(),     found.at("target").get<std::string>()};
  }
  bool exists(const std::string& path) const { return status(path).has_value(); }
  // The sorted names in a directory; empty if there is no such directory.
  std::vector<std::string> list(const std::string& path) const {
    return runner_.call_json("root.list", at(path)).get<std::vector<std::string>>();
  }

  // Makes a directory, or gives one that exists these attributes. Missing parents are implied, as
  // above.
  void make_directory(const std::string& path, FileAttributes attributes = {.mode = 0755}) {
    runner_.call("root.mkdir", with_attributes(path, attributes));
  }
  // Replaces what is there; throws if that is a directory. The target is kept as given.
  void make_symlink(const std::string& path, const std::string& target) {
    Json arguments = at(path);
    arguments["target"] = target;
    runner_.call("root.symlink", arguments);
  }
  // Removes a file or a directory with everything in it. Does nothing if nothing is there.
  void remove(const std::string& path) { runner_.call("root.remove", at(path)); }
  // Of a file or directory; follows symlinks, as chmod does. Removes ACLs. Throws if nothing is
  // there.
  void set_attributes(const std::string& path, FileAttributes attributes) {
    runner_.call("root.set-attributes", with_attributes(path, attributes));
  }
  // Copies a file or a folder of the stage's view (an input, pinned content, scratch) to `path`.
  // Everything is owned by attributes.uid and .gid. A single file gets attributes.mode; what is in
  // a folder keeps its modes, and symlinks stay symlinks.
  void copy_in(const std::string& from, const std::string& path, FileAttributes attributes = {}) {
    Json arguments = with_attributes(path, attributes);
    arguments["from"] = from;
    runner_.call("root.copy-in", arguments);
  }
  // Unpacks a tar archive (of any compression) or a zip of the stage's view, with owners, modes and
  // extended attributes. Throws at an entry that would leave the root or that carries overlayfs's
  // own marks.
  void unpack(const std::string& archive, const UnpackOptions& options = {}) {
    Json arguments = at(options.to);
    arguments["archive"] = archive;
    arguments["strip"] = options.strip;
    arguments["oci-layer"] = options.oci_layer;
    runner_.call("root.unpack", arguments);
  }

  // Runs a command inside the root, as root, in a sandbox: no network, no files or devices of the
  // host, no terminal. Returns when the command has ended; what it left running is ended, too.
  // Needs `from` and, under [programs], `bwrap = "bubblewrap"`.
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
