#include "engine/base/text.h"
#include "engine/doctor/examine.h"
#include "engine/io/files.h"
#include "engine/io/process.h"
#include "engine/machines/machine_host.h"

namespace baker {
namespace {

Finding of_nspawn() {
  if (find_program("systemd-nspawn")) return {.topic = "nspawn", .what = "is there"};
  return {.health = Health::kLimited,
          .topic = "nspawn",
          .what = "systemd-nspawn is not installed",
          .follows = "machines can be placed, and not started",
          .remedy = "apt-get install systemd-container"};
}

Finding of_starter(const HostToExamine& host) {
  const std::string obstacle = why_not_machined(host.places.machines, host.places.nspawn);
  if (obstacle.empty())
    return {.topic = "starting", .what = "systemd starts machines, and knows them (machinectl)"};
  return {.topic = "starting", .what = "baker starts machines itself: " + obstacle};
}

Finding of_machine_id() {
  if (has_machine_id()) return {.topic = "machine id", .what = "this host has one"};
  return {.health = Health::kLimited,
          .topic = "machine id",
          .what = "/etc/machine-id is missing or empty, as in most containers",
          .follows = "systemd-nspawn makes network addresses from it, and starts no machine",
          .remedy = "systemd-machine-id-setup"};
}

}  // namespace

std::vector<Finding> examine_starting(const HostToExamine& host) {
  return {of_nspawn(), of_starter(host), of_machine_id()};
}

}  // namespace baker
