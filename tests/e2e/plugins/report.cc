// A program for a root with nothing else in it: writes down what it is given, so that a change of
// what commands see does not go unnoticed.
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

// In the order of their numbers, linux/capability.h.
constexpr const char* kCapabilities[] = {"chown",
                                         "dac_override",
                                         "dac_read_search",
                                         "fowner",
                                         "fsetid",
                                         "kill",
                                         "setgid",
                                         "setuid",
                                         "setpcap",
                                         "linux_immutable",
                                         "net_bind_service",
                                         "net_broadcast",
                                         "net_admin",
                                         "net_raw",
                                         "ipc_lock",
                                         "ipc_owner",
                                         "sys_module",
                                         "sys_rawio",
                                         "sys_chroot",
                                         "sys_ptrace",
                                         "sys_pacct",
                                         "sys_admin",
                                         "sys_boot",
                                         "sys_nice",
                                         "sys_resource",
                                         "sys_time",
                                         "sys_tty_config",
                                         "mknod",
                                         "lease",
                                         "audit_write",
                                         "audit_control",
                                         "setfcap",
                                         "mac_override",
                                         "mac_admin",
                                         "syslog",
                                         "wake_alarm",
                                         "block_suspend",
                                         "audit_read",
                                         "perfmon",
                                         "bpf",
                                         "checkpoint_restore"};

void print_environment() {
  std::vector<std::string> all;
  for (char** each = environ; *each; ++each) all.emplace_back(*each);
  std::sort(all.begin(), all.end());
  for (const std::string& each : all) std::printf("env %s\n", each.c_str());
}

void print_ids() {
  gid_t groups[64];
  const int count = getgroups(64, groups);
  std::printf("uid %u %u gid %u %u groups %d\n", getuid(), geteuid(), getgid(), getegid(), count);
}

void print_descriptors() {
  for (int fd = 0; fd < 1024; ++fd) {
    struct stat status;
    if (fstat(fd, &status) == 0) std::printf("descriptor %d\n", fd);
  }
}

void print_capabilities() {
  unsigned long long effective = 0;
  char line[256];
  if (std::FILE* status = std::fopen("/proc/self/status", "r")) {
    while (std::fgets(line, sizeof line, status))
      if (std::strncmp(line, "CapEff:", 7) == 0) effective = std::strtoull(line + 7, nullptr, 16);
    std::fclose(status);
  }
  for (unsigned i = 0; i < sizeof kCapabilities / sizeof *kCapabilities; ++i)
    if ((effective >> i) & 1) std::printf("capability %s\n", kCapabilities[i]);
}

}  // namespace

int main() {
  char text[256] = "";
  print_environment();
  print_ids();
  print_descriptors();
  print_capabilities();
  const mode_t mask = umask(0);
  std::printf("umask %03o\n", mask);
  if (gethostname(text, sizeof text) == 0) std::printf("host %s\n", text);
  if (getcwd(text, sizeof text)) std::printf("in %s\n", text);
  std::printf("new privileges %s\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 ? "yes" : "no");
  if (std::fgets(text, sizeof text, stdin)) std::printf("input %s", text);
  return 0;
}
