// `script`: the stage for all that has no stage type of its own.
#include <baker/stage.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace baker {
namespace {

constexpr const char* kScript = "/run/baker/script";
constexpr const char* kInputs = "/run/baker/inputs/";

void require_file_name(const std::string& name) {
  if (!name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos) return;
  throw StageError("the input \"" + name + "\" needs a plain file name: it lies at " + kInputs +
                   "NAME");
}

struct Script : LayerStage {
  void run(Root& root, const Options& options) override {
    Command command{.argv = options.strings("shell")};
    if (command.argv.empty()) throw StageError("`shell` is empty: it names the program to run");
    command.argv.push_back(kScript);
    command.env = options.string_map("env");
    command.binds[script_file(options)] = kScript;
    for (const auto& [name, source] : options.string_map("inputs")) {
      require_file_name(name);
      command.binds[source] = kInputs + name;
    }
    root.run(command);
  }

 private:
  std::string script_file(const Options& options) const {
    if (options.has("file")) {
      if (std::filesystem::is_regular_file(options.path("file"))) return options.path("file");
      throw StageError("`file` is a folder: it names the script");
    }
    const std::string file = context().scratch() + "/script";
    std::ofstream stream(file, std::ios::binary);
    stream << options.string("run");
    stream.close();
    if (!stream) throw StageError("can't write the script to " + file + ": is the disk full?");
    return file;
  }
};

}  // namespace

BAKER_STAGE(Script)

}  // namespace baker
