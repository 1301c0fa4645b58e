#include "engine/machines/machine_cgroup.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/io/process.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace baker {
namespace {

// A folder of cgroups holds files that go with it.
void remove_groups(const std::string& folder) {
  for (const std::string& name : list_directory(folder)) {
    if (is_directory(folder + "/" + name)) remove_groups(folder + "/" + name);
  }
  rmdir(folder.c_str());
}

void add_processes(const std::string& folder, std::vector<pid_t>& all) {
  const std::string processes = read_file_if_exists(folder + "/cgroup.procs").value_or("");
  for (const std::string& number : split(processes, '\n'))
    if (!number.empty()) all.push_back(std::atoi(number.c_str()));
  for (const std::string& name : list_directory(folder))
    if (is_directory(folder + "/" + name)) add_processes(folder + "/" + name, all);
}

}  // namespace

bool is_populated(const std::string& cgroup) {
  std::optional<std::string> events = read_file_if_exists(cgroup + "/cgroup.events");
  return events && events->find("populated 1") != std::string::npos;
}

MachineCgroup::MachineCgroup(const std::string& machine) {
  for (const std::string hierarchy :
       {"/sys/fs/cgroup/unified", "/sys/fs/cgroup", "/sys/fs/cgroup/systemd"}) {
    if (path_exists(hierarchy + "/cgroup.procs"))
      folders_.push_back(hierarchy + "/baker/" + machine);
  }
}

std::string MachineCgroup::main() const {
  if (folders_.empty()) throw Error("this host has no cgroups: /sys/fs/cgroup is not mounted");
  return folders_.front();
}

std::vector<std::string> MachineCgroup::make() const {
  main();
  for (const std::string& folder : folders_) make_directories(folder);
  return folders_;
}

bool MachineCgroup::populated() const {
  return is_populated(main());
}

std::optional<pid_t> MachineCgroup::init() const {
  for (const char* scope : {"/payload/init.scope", "/init.scope"}) {
    std::optional<std::string> processes = read_file_if_exists(main() + scope + "/cgroup.procs");
    if (processes && !processes->empty()) {
      const pid_t init = std::atoi(processes->c_str());
      if (is_alive(init)) return init;
    }
  }
  return std::nullopt;
}

std::vector<pid_t> MachineCgroup::processes() const {
  std::vector<pid_t> all;
  add_processes(main(), all);
  return all;
}

void MachineCgroup::kill() const {
  const std::string path = main() + "/cgroup.kill";
  UniqueFd fd(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd.valid() && errno == ENOENT) {  // before Linux 5.14, and in cgroups v1
    for (const pid_t process : processes())
      if (process > 0) ::kill(process, SIGKILL);  // 0: of another PID namespace
    return;
  }
  if (!fd.valid() || write(fd.get(), "1", 1) != 1) throw system_error("cannot write " + path);
}

void MachineCgroup::remove() const {
  for (const std::string& folder : folders_) {
    remove_groups(folder);
    rmdir(parent_path(folder).c_str());  // the last machine takes "baker" along
  }
}

}  // namespace baker
