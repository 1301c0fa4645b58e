#include "tests/support/nested_host.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace baker::testing {
namespace {

namespace fs = std::filesystem;

void must(const std::vector<std::string>& argv) {
  const Outcome outcome = run_program(argv);
  if (outcome.exit_status != 0) throw std::runtime_error(argv.at(0) + " failed:\n" + outcome.all());
}

// systemd-machined and systemd-importd come when they are asked for and go when they have nothing
// to do, and machine.slice with the first machine.
constexpr const char* kListing = R"(
machinectl list > /dev/null  # its socket in /run stays once it has run
systemctl stop systemd-machined.service systemd-importd.service machine.slice
find /etc /var /run /opt /root /srv /home -xdev \( -path /run/systemd/journal -o -path /run/udev \
  -o -path /run/systemd/units \) -prune -o -printf 'file %p %y %u:%g %m %l\n'
cut -d' ' -f5,9- /proc/self/mountinfo | sed 's/^/mount /'
ip -brief link | sed 's/^/link /'
ip -brief address | sed 's/^/address /'
find -L /sys/fs/cgroup -maxdepth 1 -type d -exec find {} -type d \; | sed 's/^/cgroup /'
systemctl list-units --all --plain --no-legend --no-pager | awk '{ print "unit", $1, $2, $3, $4 }'
systemctl list-unit-files --no-legend --no-pager | sed 's/^/unit-file /'
ps -e -o ppid= -o comm= | awk -v shell=$$ '$1 != shell { print "process", $2 }'
machinectl list-images --no-legend --no-pager | sed 's/^/image /'
systemctl stop systemd-machined.service)";

}  // namespace

NestedHost::NestedHost(fs::path root, const fs::path& build, std::vector<std::string> binds)
    : root_(std::move(root)), options_(std::move(binds)) {
  must({"cp", "--archive", "--reflink=auto", debian_host(), root_});
  must({"cmake", "--install", build, "--prefix", root_ / "usr/local"});
  const std::vector<std::string> as_a_host = {
      "--private-network", "--capability=all",
      "--system-call-filter=add_key keyctl bpf @mount @privileged", "--bind=/dev/fuse"};
  options_.insert(options_.end(), as_a_host.begin(), as_a_host.end());
}

void NestedHost::boot() {
  machine_ = std::make_unique<BootedMachine>(root_, options_);
}

void NestedHost::reboot() {
  machine_->power_off();
  machine_.reset();
  boot();
}

std::vector<std::string> NestedHost::listing() const {
  std::vector<std::string> lines;
  std::istringstream text(sh(kListing).out);
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace baker::testing
