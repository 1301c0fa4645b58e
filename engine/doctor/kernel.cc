#include "engine/base/text.h"
#include "engine/doctor/examine.h"
#include "engine/io/files.h"
#include "engine/io/unique_fd.h"

#include <fmt/core.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace baker {
namespace {

constexpr int kMajor = 5, kMinor = 14;  // of the calls that mounts are made with

std::string line_of(const std::string& file) {
  const std::string text = read_file_if_exists(file).value_or("");
  return text.substr(0, text.find('\n'));
}

Finding of_release() {
  utsname system{};
  uname(&system);
  int major = 0, minor = 0;
  std::sscanf(system.release, "%d.%d", &major, &minor);
  Finding finding{.topic = "kernel", .what = std::string("Linux ") + system.release};
  if (std::pair(major, minor) < std::pair(kMajor, kMinor)) {
    finding.health = Health::kObstacle;
    finding.follows = "layers can't be mounted as baker does it";
    finding.remedy = fmt::format("Linux {}.{} or newer", kMajor, kMinor);
  }
  return finding;
}

Finding of_user() {
  if (geteuid() == 0) return {.topic = "user", .what = "root"};
  return {.health = Health::kObstacle,
          .topic = "user",
          .what = "not root",
          .follows = "nothing can be baked or started, and not all be seen that is told here",
          .remedy = "sudo baker doctor"};
}

Finding of_overlayfs() {
  const UniqueFd loads_the_module(static_cast<int>(syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC)));
  for (const std::string& line : split(read_file_if_exists("/proc/filesystems").value_or(""), '\n'))
    if (line.ends_with("\toverlay")) return {.topic = "overlayfs", .what = "the kernel has it"};
  return {.health = Health::kObstacle,
          .topic = "overlayfs",
          .what = "the kernel does not have it loaded",
          .follows = "a stage can't stand on another's layers",
          .remedy = "modprobe overlay"};
}

Finding of_user_namespaces() {
  Finding finding{.topic = "namespaces", .what = "machines can have users of their own"};
  const std::string most = line_of("/proc/sys/user/max_user_namespaces");
  if (most != "0") return finding;
  finding.health = Health::kLimited;
  finding.what = "user namespaces are switched off";
  finding.follows = "root in a machine is root on the host (`private-users = false`)";
  finding.remedy = "sysctl user.max_user_namespaces=10000";
  return finding;
}

bool is_cgroup2(const char* folder) {
  struct statfs status;
  return statfs(folder, &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC;
}

Finding of_cgroups() {
  for (const char* folder : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    if (!is_cgroup2(folder)) continue;
    if (access(folder, W_OK) == 0)
      return {.topic = "cgroups", .what = std::string("cgroup2 on ") + folder};
    return {.health = Health::kLimited,
            .topic = "cgroups",
            .what = std::string("cgroup2 on ") + folder + " can't be written to",
            .follows = "baker can bake here, and start no machine",
            .remedy = "docker run --privileged …"};
  }
  return {.health = Health::kLimited,
          .topic = "cgroups",
          .what = "no cgroup2 is mounted",
          .follows = "baker can bake here, and start no machine",
          .remedy = "mount -t cgroup2 none /sys/fs/cgroup"};
}

Finding of_proc() {
  Finding finding{.topic = "proc", .what = "all of /proc can be seen"};
  if (access("/proc/sys/kernel/hostname", W_OK) == 0 || geteuid() != 0) return finding;
  finding.health = Health::kLimited;
  finding.what = "/proc is masked, as in a container without privileges";
  finding.follows = "the kernel refuses a /proc of its own to a sandbox: nothing runs in a root";
  finding.remedy = "docker run --privileged …";
  return finding;
}

}  // namespace

std::vector<Finding> examine_kernel() {
  return {of_user(), of_release(), of_overlayfs(), of_user_namespaces(), of_cgroups(), of_proc()};
}

}  // namespace baker
