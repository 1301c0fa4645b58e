#include "review.h"

#include "reassignment.h"
#include "release.h"

#include <fmt/core.h>

#include <algorithm>

namespace baker::kafka_probe {
namespace {

constexpr std::size_t kControllers = 3;  // below, one; as stage type kafka-node has it

std::string counted(std::size_t brokers) {
  return fmt::format("{} {}", brokers, brokers == 1 ? "broker" : "brokers");
}

// The voters of a quorum stand in every node's configuration and in the quorum's own log.
std::vector<Objection> against_other_controllers(const Transition& transition) {
  const bool one_before = transition.brokers_before < kControllers;
  if (one_before == (transition.brokers_after < kControllers)) return {};
  return {{"it goes from " + counted(transition.brokers_before) + " to " +
               counted(transition.brokers_after) + ", and so from " +
               (one_before ? "one controller to three" : "three controllers to one") +
               ": a quorum with static voters can't get others, its log would split in two. Make a "
               "new cluster beside it and copy its data, or go on with " +
               (one_before ? "one or two nodes" : "three nodes or more"),
           ""}};
}

std::string words_for(const std::vector<const Partition*>& partitions) {
  const std::string& first = partitions.front()->name;
  if (partitions.size() == 1) return "replicas of " + first + ", which are";
  return fmt::format("replicas of {} and {} more partitions, which are", first,
                     partitions.size() - 1);
}

std::vector<Objection> against_fewer_brokers(const Transition& transition) {
  if (transition.brokers_after >= transition.brokers_before) return {};
  const std::string what = "it goes from " + counted(transition.brokers_before) + " to " +
                           counted(transition.brokers_after);
  const std::optional<Cluster> cluster = transition.cluster();
  if (!cluster) {
    return {{what + ", and no broker answers to say what the others still have: bring it up as it "
                    "was first",
             ""}};
  }
  const auto left = partitions_on_leaving(*cluster, transition.brokers_after);
  if (left.empty())
    return {{what + "; those that leave have no partition any more", "remove-brokers"}};
  return {{what + "; those that leave have " + words_for(left) +
               " moved to the others before `--prune` removes their machines",
           "remove-brokers"}};
}

std::vector<Objection> against_older_version(const Transition& transition) {
  if (!is_older(transition.version_after, transition.version_before)) return {};
  const std::string what =
      "it goes from Kafka " + transition.version_before + " back to " + transition.version_after;
  const std::optional<std::string> level = transition.finalized();
  if (!level) {
    return {{what +
                 ", and it is not known which metadata.version the cluster has: bring it up as it "
                 "was first",
             ""}};
  }
  if (release_of(*level) > release_of(transition.version_after)) {
    return {{what + ", and the cluster's metadata.version is " + *level +
                 ", which the older release can't read: its brokers would not start. From there, "
                 "only a new cluster can run it again",
             ""}};
  }
  return {{what + "; its metadata.version is " + *level + ", which the older release can read",
           "lower-version"}};
}

// A listener speaks one language, so nodes of the two kinds have no quorum together.
std::vector<Objection> against_other_language(const Transition& transition) {
  if (!transition.runs || transition.tls_before == transition.tls_after) return {};
  return {{std::string("it goes from ") +
               (transition.tls_before ? "TLS to plaintext" : "plaintext to TLS") +
               " while it runs: nodes replaced one by one could not talk to those that are still "
               "to be replaced, and nothing would serve. Stop it first (`" +
               transition.down_command + "`); the next `up` starts all nodes the new way",
           ""}};
}

}  // namespace

std::vector<Objection> objections_to(const Transition& transition) {
  std::vector<Objection> all = against_other_controllers(transition);
  if (all.empty()) all = against_fewer_brokers(transition);
  std::ranges::copy(against_older_version(transition), std::back_inserter(all));
  std::ranges::copy(against_other_language(transition), std::back_inserter(all));
  return all;
}

std::vector<Objection> objections_to_data(const std::optional<std::string>& level,
                                          const std::string& version) {
  if (!level || !release_of(version) || release_of(*level) <= release_of(version)) return {};
  return {{"the data that is there has metadata.version " + *level + ", which Kafka " + version +
               " can't read: its brokers would not start. Bring it up with that release or a later "
               "one, or give the cluster another place for its data",
           ""}};
}

}  // namespace baker::kafka_probe
