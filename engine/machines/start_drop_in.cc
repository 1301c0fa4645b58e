#include "engine/machines/start_drop_in.h"

#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/process.h"
#include "engine/io/program_answer.h"

#include <fmt/core.h>
#include <unistd.h>

namespace baker {
namespace {

std::string folder_for(const std::string& machine) {
  return "/etc/systemd/system/systemd-nspawn@" + machine + ".service.d";
}

// A word of a command line in a unit, systemd.service(5).
std::string quoted(const std::string& word) {
  std::string text = "\"";
  for (char c : word) {
    if (c == '"' || c == '\\') text += '\\';
    if (c == '%' || c == '$') text += c;
    text += c;
  }
  return text + "\"";
}

}  // namespace

bool write_start_drop_in(const MachinePlaces& places, const std::string& machine,
                         const std::string& program) {
  const std::string text = fmt::format(
      "# Written by baker: the machine's tree is mounted before it starts.\n"
      "[Unit]\nRequiresMountsFor={}\n\n"
      "[Service]\nExecStartPre=+{} mount {} --state-dir {}\n",
      quoted(places.store), quoted(program), machine, quoted(parent_path(places.state)));
  const std::string file = folder_for(machine) + "/baker.conf";
  if (read_file_if_exists(file) == text) return false;
  make_directories(folder_for(machine));
  write_file_atomically(file, text);
  return true;
}

bool remove_start_drop_in(const std::string& machine) {
  const std::string file = folder_for(machine) + "/baker.conf";
  if (!path_exists(file)) return false;
  remove_file(file);
  rmdir(folder_for(machine).c_str());
  return true;
}

void have_units_read() {
  if (!path_exists("/run/systemd/system") || !find_program("systemctl")) return;
  const ProgramAnswer answer = ask_program({"systemctl", "daemon-reload"});
  if (answer.status != 0)
    throw Error("systemd can't be told to read its units again: " + answer.text);
}

}  // namespace baker
