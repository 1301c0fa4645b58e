// root.run: a command inside the root, in bubblewrap.
#include "engine/base/error.h"
#include "engine/base/proxy_variables.h"
#include "engine/io/files.h"
#include "engine/plugin/runner/calls.h"
#include "engine/plugin/runner/run_command.h"

#include <unistd.h>

#include <cstdlib>

namespace baker {
namespace {

using Json = Calls::Json;

// What Debian's maintainer scripts need of root's powers; those over the host, its mounts, its
// settings and its devices are not among them. Nor is CAP_DAC_READ_SEARCH, with which
// open_by_handle_at(2) reads any file of a file system that something was bound from.
constexpr const char* kCapabilities[] = {
    "CAP_AUDIT_WRITE", "CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FOWNER",    "CAP_FSETID",
    "CAP_KILL",        "CAP_MKNOD",   "CAP_NET_BIND_SERVICE", "CAP_NET_RAW",   "CAP_SETFCAP",
    "CAP_SETGID",      "CAP_SETPCAP", "CAP_SETUID",           "CAP_SYS_CHROOT"};

// Settings of the kernel, which are the host's.
constexpr const char* kHostSettings[] = {"/proc/sys", "/proc/sysrq-trigger", "/proc/irq",
                                         "/proc/bus", "/proc/acpi",          "/proc/scsi",
                                         "/proc/fs"};

// Folders that bubblewrap makes for what it mounts; they are not the stage's.
class MountPoints {
 public:
  explicit MountPoints(const RootDir& root) {
    for (const char* name : {"/dev", "/proc", "/run", "/tmp"}) {
      if (!root.status(name)) made_.push_back(root.host_path() + name);
    }
  }
  ~MountPoints() {
    for (const std::string& folder : made_) rmdir(folder.c_str());
  }
  MountPoints(const MountPoints&) = delete;
  MountPoints& operator=(const MountPoints&) = delete;

 private:
  std::vector<std::string> made_;
};

// Debian's maintainer scripts run in this without a complaint. Never --unshare-all: as root it
// makes a user namespace in which only uid 0 exists, and chown fails.
std::vector<std::string> sandbox(const Calls& calls, const RootDir& root, const Json& command,
                                 bool network) {
  std::vector<std::string> argv = {calls.view().bubblewrap,
                                   "--bind",
                                   root.host_path(),
                                   "/",
                                   "--dev",
                                   "/dev",
                                   "--proc",
                                   "/proc",
                                   "--tmpfs",
                                   "/run",
                                   "--perms",
                                   "1777",
                                   "--tmpfs",
                                   "/tmp",
                                   "--unshare-pid",
                                   "--unshare-ipc",
                                   "--unshare-uts",
                                   "--hostname",
                                   "localhost",
                                   "--unshare-cgroup",
                                   "--die-with-parent",
                                   "--new-session",
                                   "--clearenv"};
  auto append = [&argv](std::initializer_list<std::string> more) { argv.insert(argv.end(), more); };
  append({"--cap-drop", "ALL"});
  for (const char* capability : kCapabilities) append({"--cap-add", capability});
  for (const char* settings : kHostSettings) append({"--ro-bind-try", settings, settings});
  if (network) {
    for (const char* name : kProxyVariables)
      if (const char* value = std::getenv(name)) append({"--setenv", name, value});
  } else {
    append({"--unshare-net"});
  }
  for (const auto& [from, to] : command.at("binds").items())
    append({"--ro-bind", from, to.get<std::string>()});
  append({"--setenv", "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"});
  append({"--setenv", "HOME", "/root", "--setenv", "LC_ALL", "C.UTF-8", "--setenv",
          "DEBIAN_FRONTEND", "noninteractive"});
  append({"--setenv", "SOURCE_DATE_EPOCH", std::to_string(calls.request().source_date_epoch)});
  for (const auto& [name, value] : command.at("env").items())
    append({"--setenv", name, value.get<std::string>()});
  const std::string directory = command.at("directory").get<std::string>();
  append({"--chdir", directory.empty() ? "/" : directory, "--"});
  for (const Json& word : command.at("argv")) argv.push_back(word.get<std::string>());
  return argv;
}

// Names are looked up as on the host. The root is a throw-away view here.
void lend_name_lookup(RootDir& root) {
  for (const char* file : {"/etc/resolv.conf", "/etc/hosts"}) {
    std::optional<std::string> content = read_file_if_exists(file);
    if (!content) continue;
    root.remove(file);
    root.write_file(file, *content, {});
  }
}

}  // namespace

void add_command_calls(Calls& calls) {
  calls.add("root.run", [&calls](const Json& command, std::string_view input) {
    RootDir& root = calls.tree(command.at("tree").get<std::string>());
    const bool network = command.at("network").get<bool>();
    if (network && calls.request().step == "run")
      throw Error("a stage has no network while it runs");
    if (calls.view().bubblewrap.empty()) {
      throw Error("program \"bwrap\" is not installed: apt-get install bubblewrap");
    }
    if (calls.request().layers.empty()) {
      throw Error("a command needs a root to run in, and the stage has no `from`");
    }
    if (network) lend_name_lookup(root);
    const MountPoints mount_points(root);
    return run_command(command, sandbox(calls, root, command, network), {}, "", input);
  });
}

}  // namespace baker
