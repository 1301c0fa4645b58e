// How baker was called, for the commands that its messages suggest.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace baker {

struct Option {
  std::string name;  // "--set"
  std::string value;
};

struct Invocation {
  std::string program = "baker";  // as it was called
  std::string pipeline;           // its file or name, as it was given
  // Those given that say which pipeline is meant and where it lies, in their order.
  std::vector<Option> options;
};

// A command line that can be typed into a shell as it is: another command about the same pipeline,
// with the same params, in the same folders. `arguments` follow the pipeline.
std::string command_line(const Invocation& invocation, std::string_view command,
                         const std::vector<std::string>& arguments = {});

// As one word of a POSIX shell.
std::string shell_quoted(const std::string& word);

}  // namespace baker
