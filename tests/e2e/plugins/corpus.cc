// Every call of the SDK that changes a root. What comes of it is compared with recorded digests.
#include <baker/stage.h>

#include <string>

namespace {

void make_things(baker::Root& root) {
  root.write_file("/deep/in/a/folder/file", "x\n");
  root.write_file("/etc/secret", "x", {.mode = 0600, .uid = 33, .gid = 7});
  root.write_file("/bin/tool", std::string("\0\xFF", 2), {.mode = 04755});
  root.write_file("/etc/replaced", "one");
  root.write_file("/etc/replaced", "two");
  root.make_directory("/srv/shared", {.mode = 02775, .uid = 0, .gid = 33});
  root.make_directory("/tmp", {.mode = 01777});
  root.make_symlink("/etc/absolute", "/etc/replaced");
  root.make_symlink("/through", "srv");
  root.write_file("/through/link", "lies in /srv");
  root.write_file("/gone/file", "x");
  root.remove("/gone/file");
  root.set_attributes("/etc/replaced", {.mode = 0640, .uid = 1, .gid = 2});
}

void change_things(baker::Root& root) {
  root.remove("/srv");
  root.write_file("/srv/anew", "x");
  root.remove("/etc/secret");
  root.write_file("/deep/in/another", "x");
  root.set_attributes("/tmp", {.mode = 0700});
  root.make_directory("/etc", {.mode = 0755});
}

struct Corpus : baker::LayerStage {
  void run(baker::Root& root, const baker::Options& options) override {
    if (options.boolean("change")) return change_things(root);
    if (const auto command = options.strings("command"); !command.empty()) {
      const auto result = root.run({.argv = command,
                                    .env = {{"OWN", "variable"}},
                                    .input = "what is read\n",
                                    .capture = true});
      return root.write_file("/report", result.output);
    }
    make_things(root);
    unsigned number = 0;
    for (const std::string& archive : options.strings("archives"))
      root.unpack(archive, {.to = "/unpacked/" + std::to_string(number++), .strip = 1});
    if (options.has("folder"))
      root.copy_in(options.path("folder"), "/copied", {.mode = 0640, .uid = 5, .gid = 6});
  }
};

}  // namespace

BAKER_STAGE(Corpus)
