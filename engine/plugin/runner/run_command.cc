#include "engine/plugin/runner/run_command.h"

#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/process.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

namespace baker {
namespace {

// To the end of the stream, or to the end of the process: a grandchild may hold the stream open.
std::string read_while_running(int stream, const Process& process) {
  std::string all;
  fcntl(stream, F_SETFL, O_NONBLOCK);
  pollfd waiting[2] = {{stream, POLLIN, 0}, {process.pidfd(), POLLIN, 0}};
  for (bool ended = false;;) {
    char buffer[65536];
    const ssize_t count = read(stream, buffer, sizeof buffer);
    if (count > 0) {
      all.append(buffer, static_cast<size_t>(count));
    } else if (count == 0 || ended) {
      return all;
    } else {
      poll(waiting, 2, -1);
      ended = (waiting[1].revents & POLLIN) != 0;
    }
  }
}

// 128 and the number of a signal, as shells say it.
std::string ending_of(int status) {
  if (status <= 128 || status > 128 + SIGRTMAX)
    return fmt::format("ended with exit status {}", status);
  const char* name = sigabbrev_np(status - 128);
  return name ? fmt::format("was ended by signal SIG{}", name)
              : fmt::format("was ended by signal {}", status - 128);
}

}  // namespace

std::string run_command(const nlohmann::json& command, const std::vector<std::string>& argv,
                        const std::vector<std::string>& environment, const std::string& directory,
                        std::string_view input, int joined_pidfd) {
  const bool capture = command.at("capture").get<bool>();
  UniqueFd standard_input =
      input.empty() ? open_or_throw("/dev/null", O_RDONLY) : memory_file(std::string(input));
  Pipe output;
  if (capture) output = make_pipe();
  Process process({.argv = argv,
                   .environment = environment,
                   .directory = directory,
                   .descriptors = {{standard_input.get(), 0},
                                   {capture ? output.write_end.get() : 1, 1},
                                   {2, 2}},
                   .joined_pidfd = joined_pidfd});
  output.write_end.reset();
  nlohmann::json reply = {
      {"output", capture ? read_while_running(output.read_end.get(), process) : ""}};
  const int status = process.wait().as_shell_status();
  reply["exit"] = status;
  if (status != 0 && command.at("check").get<bool>()) {
    throw Error("command \"" + command.at("argv").at(0).get<std::string>() + "\" " +
                ending_of(status));
  }
  return reply.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace baker
