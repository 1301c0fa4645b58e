#include "report.h"

#include "journal.h"

#include <baker/sdk/error.h>
#include <fmt/core.h>

#include <sys/statvfs.h>

#include <algorithm>
#include <sstream>

namespace baker::kafka_probe {
namespace {

constexpr std::size_t kAllReplicas = 3;        // of which one may be away
constexpr const char* kJournalLines = "3000";  // a start alone may say a thousand, and few tell
constexpr std::size_t kTellingLines = 12;
constexpr std::uint64_t kLittleSpace = 1 << 20;  // bytes

bool is_registered(const Cluster& cluster, const std::string& endpoint) {
  return std::ranges::find(cluster.brokers, endpoint, &Broker::endpoint) != cluster.brokers.end();
}

std::string indented(const std::string& text) {
  std::istringstream lines(text);
  std::string all;
  for (std::string line; std::getline(lines, line);) all += "\n    " + line;
  return all;
}

std::string end_of_journal(const Machines& machines, const std::string& machine) {
  if (std::ranges::count(machines.running(), machine) == 0)
    return "\n  machine " + machine + " does not run";
  try {
    const Command journal{.argv = {"timeout", "10", "journalctl", "--boot", "--unit=kafka",
                                   "--no-pager", "--output=cat", "--lines", kJournalLines},
                          .capture = true,
                          .check = false};
    return "\n  the end of kafka's journal in machine " + machine + ":" +
           indented(telling_lines(machines.run(machine, journal).output, kTellingLines));
  } catch (const StageError& error) {
    return "\n  machine " + machine + " can't be asked for its journal: " + error.what();
  }
}

// Of the host's folder with the data of a node; empty where there is space. A broker whose disk is
// full says it once at most, and then other things.
std::string word_of_full_disk(const std::string& machine, const Settings& settings) {
  const auto node = std::ranges::find(settings.machines, machine) - settings.machines.begin();
  if (static_cast<std::size_t>(node) >= settings.data.size()) return "";
  const std::string& folder = settings.data[static_cast<std::size_t>(node)];
  struct statvfs disk;
  if (statvfs(folder.c_str(), &disk) != 0) return "";
  const std::uint64_t free = disk.f_bavail * disk.f_frsize;
  if (free >= kLittleSpace) return "";
  return fmt::format("\n  the file system of {} is full: {} MB free of {} MB", folder, free >> 20,
                     (disk.f_blocks * disk.f_frsize) >> 20);
}

// Those without a broker, then those that are behind, then those that soon will be.
std::vector<std::string> suspects_of(const Cluster& cluster, const Settings& settings) {
  std::vector<std::string> suspects = machines_without_a_broker(cluster, settings);
  const auto suspect = [&](const std::string& machine) {
    if (!machine.empty() && std::ranges::find(suspects, machine) == suspects.end())
      suspects.push_back(machine);
  };
  for (NodeId broker : brokers_behind(cluster)) suspect(settings.machine_of(broker));
  for (const std::string& machine : settings.machines) {
    if (!word_of_full_disk(machine, settings).empty()) suspect(machine);
  }
  return suspects;
}

}  // namespace

Probed probed(const Observation& seen, const std::string& missing, const Settings& settings) {
  const Cluster& cluster = seen.cluster;
  Json brokers = Json::array();
  for (const Broker& broker : cluster.brokers) {
    brokers.push_back({{"id", broker.id},
                       {"endpoint", broker.endpoint},
                       {"machine", settings.machine_of(broker.id)},
                       {"answers", std::ranges::count(seen.silent, broker.id, &Broker::id) == 0}});
  }
  Probed found;
  found.seen = summary_of(seen) + (missing.empty() ? "" : "; waits for " + missing);
  const std::string last = settings.machine_of(seen.quorum.leader);
  if (!last.empty()) found.replace_last = {last};
  if (cluster.brokers.size() >= kAllReplicas) {
    for (const Broker& broker : cluster.brokers) {
      const std::string machine = settings.machine_of(broker.id);
      if (!machine.empty() && machine != last) found.dispensable.push_back(machine);
    }
  }
  found.facts = {{"brokers", brokers},
                 {"leader", seen.quorum.leader},
                 {"epoch", seen.quorum.epoch},
                 {"partitions", cluster.partitions.size()},
                 {"under_replicated", partitions_not_whole(cluster)},
                 {"missing", missing}};
  return found;
}

std::vector<std::string> machines_without_a_broker(const Cluster& cluster,
                                                   const Settings& settings) {
  std::vector<std::string> without = settings.machines;
  for (const Broker& broker : cluster.brokers) std::erase(without, settings.machine_of(broker.id));
  return without;
}

std::string account_of_failure(const std::string& headline, const std::string& waited_for,
                               const std::optional<Observation>& seen,
                               const std::map<std::string, std::string>& complaints,
                               const Settings& settings, const Machines& machines) {
  std::string text = headline + "\n  waited for: " + waited_for +
                     "\n  seen: " + (seen ? summary_of(*seen) : "no broker that answers");
  const Cluster cluster = seen ? seen->cluster : Cluster();
  for (const auto& [endpoint, reason] : complaints) {
    if (!is_registered(cluster, endpoint)) text += "\n  " + endpoint + ": " + reason;
  }
  for (const std::string& machine : suspects_of(cluster, settings))
    text += word_of_full_disk(machine, settings) + end_of_journal(machines, machine);
  return text;
}

}  // namespace baker::kafka_probe
