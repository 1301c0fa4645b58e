#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/process.h"
#include "engine/io/system_error.h"
#include "engine/machines/machine_host.h"
#include "engine/machines/running.h"

#include <fcntl.h>

#include <cstdlib>

namespace baker {
namespace {

const char* const kMachinesFolder = "/var/lib/machines";

struct Answer {
  int status = 0;
  std::string text;  // what it printed, errors included
};

Answer machinectl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "machinectl");
  UniqueFd nothing = open_or_throw("/dev/null", O_RDONLY);
  Pipe output = make_pipe();
  Process process(
      {.argv = std::move(arguments),
       .environment = {},
       .directory = "/",
       .descriptors = {
           {nothing.get(), 0}, {output.write_end.get(), 1}, {output.write_end.get(), 2}}});
  output.write_end.reset();
  Answer answer;
  answer.text = read_all(output.read_end.get());
  while (answer.text.ends_with('\n')) answer.text.pop_back();
  answer.status = process.wait().as_shell_status();
  return answer;
}

void must(const std::vector<std::string>& arguments) {
  const Answer answer = machinectl(arguments);
  if (answer.status != 0)
    throw Error("machinectl " + arguments[0] + " " + arguments[1] + " failed: " + answer.text);
}

class MachinedHost final : public MachineHost {
 public:
  std::string_view name() const override { return "machined"; }

  void start(const std::string& machine) override { must({"start", machine}); }

  std::optional<pid_t> init_of(const std::string& machine) const override {
    if (!path_exists("/run/systemd/machines/" + machine)) return std::nullopt;
    const Answer leader = machinectl({"show", machine, "--property=Leader", "--value"});
    const pid_t init = leader.status == 0 ? std::atoi(leader.text.c_str()) : 0;
    return init > 0 ? std::optional(init) : std::nullopt;
  }

  bool runs(const std::string& machine) const override {
    return is_running(kMachinesFolder, machine);
  }

  void power_off(const std::string& machine) override { must({"poweroff", machine}); }

  void end(const std::string& machine) override { machinectl({"terminate", machine}); }

  void clean_up(const std::string&) override {}  // systemd's own business
};

}  // namespace

std::unique_ptr<MachineHost> machined_host() {
  return std::make_unique<MachinedHost>();
}

}  // namespace baker
