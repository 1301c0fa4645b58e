#include "engine/plugin/runner/run_command.h"

#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/process.h"

#include <fcntl.h>

#include <csignal>
#include <cstring>

namespace baker {
namespace {

std::string ending_of(int status) {
  if (status <= 128) return "ended with exit status " + std::to_string(status);
  const char* name = sigabbrev_np(status - 128);
  return "was ended by signal " + (name ? "SIG" + std::string(name) : std::to_string(status - 128));
}

}  // namespace

std::string run_command(const nlohmann::json& command, const std::vector<std::string>& argv,
                        const std::vector<std::string>& environment, const std::string& directory,
                        std::string_view input) {
  const bool capture = command.at("capture").get<bool>();
  UniqueFd standard_input =
      input.empty() ? open_or_throw("/dev/null", O_RDONLY) : memory_file(std::string(input));
  Pipe output;
  if (capture) output = make_pipe();
  Process process({.argv = argv,
                   .environment = environment,
                   .directory = directory,
                   .descriptors = {{standard_input.get(), 0}, {capture ? output.write_end.get() : 1, 1}, {2, 2}}});
  output.write_end.reset();
  nlohmann::json reply = {{"output", capture ? read_all(output.read_end.get()) : ""}};
  const int status = process.wait().as_shell_status();
  reply["exit"] = status;
  if (status != 0 && command.at("check").get<bool>()) {
    throw Error("command \"" + command.at("argv").at(0).get<std::string>() + "\" " + ending_of(status));
  }
  return reply.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace baker
