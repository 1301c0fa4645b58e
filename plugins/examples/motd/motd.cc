// The smallest stage type that is of use, as an author outside of baker writes it.
//
// A layer stage derives from baker::LayerStage and has one function to write. It is given the root
// that the stage stands on, and the options, already checked against motd.stage.toml: a wrong type
// or an unknown name never reaches this code. What `run` changes in the root becomes the layer.
//
// `run` must be a function of what it is given: no time of day, no random numbers, no files of the
// host. baker relies on it when it takes the layer from its cache.
#include <baker/stage.h>

#include <fstream>
#include <iterator>
#include <string>

struct Motd : baker::LayerStage {
  void run(baker::Root& root, const baker::Options& options) override {
    std::string text = options.string("text");
    if (options.has("logo")) text = logo(options.path("logo")) + text;
    root.write_file("/etc/motd", text + "\n", {.mode = 0644});
  }

 private:
  // An option of type path is a declared input: its content is part of what decides whether the
  // stage is baked again, and it can be read where options.path() says.
  static std::string logo(const std::string& file) {
    std::ifstream stream(file);
    // What is thrown reaches the user as it is: say what was done, and what to do next.
    if (!stream) throw baker::StageError("can't read the logo: is \"" + file + "\" a folder?");
    return {std::istreambuf_iterator<char>(stream), {}};
  }
};

// The one symbol that the plugin exports.
BAKER_STAGE(Motd)
