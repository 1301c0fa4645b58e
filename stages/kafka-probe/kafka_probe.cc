// The stage type `kafka-probe`: waits until a Kafka cluster serves.
#include <baker/stage.h>
#include <fmt/core.h>

#include "admin.h"
#include "data_level.h"
#include "features.h"
#include "message.h"
#include "node_data.h"
#include "report.h"
#include "restarts.h"
#include "retirement.h"
#include "review.h"
#include "settings.h"
#include "versions.h"
#include "waiting.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <thread>

namespace baker::kafka_probe {
namespace {

constexpr milliseconds kPause(50);               // between two looks
constexpr milliseconds kPatience(1000);          // for an answer
constexpr std::chrono::seconds kLook(2);         // for a look, to find a broker that answers
constexpr milliseconds kMessagePatience(5'000);  // for a message to come back
constexpr milliseconds kOtherLeader(20'000);     // also where its partition must be led by another
constexpr int kMessages = 20;                    // to exercise a cluster

std::string unique_text() {
  std::random_device random;
  return fmt::format("baker {}{}", random(), random());
}

bool contains(const std::vector<std::string>& machines, const std::string& machine) {
  return std::ranges::find(machines, machine) != machines.end();
}

class Probe {
 public:
  Probe(const Settings& settings, const Machines& machines)
      : settings_(settings),
        machines_(machines),
        ran_(machines.running()),
        waiting_(machines),
        restarts_(machines),
        deadline_(settings.deadline),
        connection_(RD_KAFKA_PRODUCER, settings.access) {}

  // What is seen the first time that a broker answers.
  Probed look_once() {
    while (!deadline_.has_passed()) {
      const std::string missing = look();
      if (seen_) return probed(*seen_, missing, settings_);
      waiting_.wait_for(missing);
    }
    give_up();
  }

  // Whole, then a message comes back, then still whole: an acknowledgement by all in sync tells
  // nothing of a replica that just fell behind.
  Probed wait_until_it_serves() {
    bool came_back = false;
    while (!deadline_.has_passed()) {
      std::string missing = look();
      if (missing.empty() && came_back) return probed(*seen_, missing, settings_);
      if (missing.empty()) missing = exchange();
      came_back = missing.empty();
      if (came_back) continue;
      waiting_.wait_for(missing);
      give_up_where_hopeless();
      std::this_thread::sleep_for(kPause);
    }
    give_up();
  }

 private:
  // Returns what is missing.
  std::string look() {
    std::optional<Cluster> cluster = connection_.cluster(deadline_.for_a_step(kPatience));
    if (!cluster) {
      seen_.reset();
      return "an answer from a broker" + first_complaint();
    }
    seen_ = Observation{*cluster, newest_quorum_state(settings_.data), {}};
    std::string missing = what_is_missing(*seen_, settings_.expected);
    if (!missing.empty()) return missing;
    seen_->silent = silent_brokers(connection_, cluster->brokers, deadline_.for_a_step(kPatience));
    return what_is_missing(*seen_, settings_.expected);
  }

  std::string first_complaint() const {
    const auto& complaints = connection_.complaints();
    if (complaints.empty()) return "";
    return " (" + complaints.begin()->first + ": " + complaints.begin()->second + ")";
  }

  // Returns what is missing.
  std::string exchange() {
    const std::string topic = settings_.topic;
    if (!has_topic()) {
      const std::string refused = create_topic(connection_, topic, settings_.replicas(),
                                               deadline_.for_a_step(kMessagePatience));
      return "topic " + topic + (refused.empty() ? " to be there" : " to be made: " + refused);
    }
    const std::string failure = exchange_message(settings_.access, topic, unique_text(),
                                                 deadline_.for_a_step(kMessagePatience));
    return failure.empty() ? "" : "a message through topic " + topic + ": " + failure;
  }

  bool has_topic() const {
    const auto& partitions = seen_->cluster.partitions;
    return std::ranges::count(partitions, settings_.topic + "-0", &Partition::name) > 0;
  }

  void give_up_where_hopeless() {
    const std::vector<std::string> without_a_broker =
        machines_without_a_broker(seen_ ? seen_->cluster : Cluster(), settings_);
    const std::vector<std::string> running = machines_.running();
    for (const std::string& machine : without_a_broker) {
      if (contains(ran_, machine) && !contains(running, machine))
        give_up("the cluster does not serve: machine " + machine +
                " ended while it was waited for");
    }
    const std::string machine = restarts_.hopeless(without_a_broker);
    if (machine.empty()) return;
    give_up(
        fmt::format("the cluster does not serve: kafka.service in machine {} ended {} times while "
                    "it was waited for",
                    machine, kTooManyRestarts));
  }

  [[noreturn]] void give_up() {
    give_up(fmt::format("the cluster did not serve within {} s", settings_.deadline.count()));
  }
  [[noreturn]] void give_up(const std::string& headline) {
    throw StageError(account_of_failure(headline, waiting_.last(), seen_, connection_.complaints(),
                                        settings_, machines_));
  }

  const Settings& settings_;
  const Machines& machines_;
  const std::vector<std::string> ran_;  // at first
  Waiting waiting_;
  Restarts restarts_;
  Deadline deadline_;
  Connection connection_;
  std::optional<Observation> seen_;  // the last time; nothing where no broker answered
};

// In what is remembered: the finalised version, and with what data the nodes have served.
constexpr const char* kLevel = "metadata-version";
constexpr const char* kData = "data";

Json data_in_remembered(const Json& remembered) {
  return remembered.is_object() ? remembered.value(kData, Json()) : Json();
}

// Null where that is what is remembered.
Json to_remember(const Json& before, const std::optional<std::string>& level,
                 const std::optional<Json>& data) {
  Json after = before.is_object() ? before : Json::object();
  if (level) after[kLevel] = *level;
  if (data) after[kData] = *data;
  return after == before ? Json() : after;
}

std::optional<std::string> level_in(const Json& remembered) {
  if (!remembered.is_object() || !remembered.contains(kLevel)) return std::nullopt;
  return remembered[kLevel].get<std::string>();
}

// Data that is yet to be formatted gets the level of the release that formats it.
std::optional<std::string> level_of_data(const Settings& settings) {
  if (const auto level = noted_level(settings)) return level;
  const auto release = release_of(settings.version);
  const bool any = std::ranges::any_of(
      settings.data, [](const std::string& folder) { return data_in(folder).has_value(); });
  if (!release || any || settings.data.empty()) return std::nullopt;
  return release_name(*release);
}

// The cluster that the options of an earlier up described.
Settings as_it_was(const Json& options, const Settings& settings) {
  Settings earlier = settings;
  earlier.access.brokers = endpoints_of(options.value("brokers", std::vector<std::string>{}));
  earlier.machines = options.value("machines", std::vector<std::string>{});
  earlier.version = options.value("version", "");
  earlier.access.settings = tls_settings(Options(options));
  return earlier;
}

bool runs(const Settings& settings, const Machines& machines) {
  return std::ranges::any_of(machines.running(), [&](const std::string& name) {
    return contains(settings.machines, name);
  });
}

std::map<std::string, std::string> versions_in(const Settings& settings, const Machines& machines) {
  std::map<std::string, std::string> versions;
  for (const std::string& name : machines.running()) {
    if (!contains(settings.machines, name)) continue;
    const std::string version = version_among(machines.list(name, "/opt/kafka/libs"));
    if (!version.empty()) versions[name] = version;
  }
  return versions;
}

struct KafkaProbe : ProbeStage {
  Review review(Machines& machines, const Options& options) override {
    const Settings settings = settings_of(options);
    const Before known = before();
    const std::vector<Objection> to_folders =
        objections_to_folders(settings, data_in_remembered(known.remembered), machines.running());
    if (known.options.is_null()) {
      std::vector<Objection> all = objections_to_data(noted_level(settings), settings.version);
      std::ranges::copy(to_folders, std::back_inserter(all));
      return {all, to_remember(known.remembered, level_of_data(settings), std::nullopt)};
    }
    const Settings earlier = as_it_was(known.options, settings);
    auto finalized = [&] {
      const auto level = finalized_level(earlier, machines);
      return level ? level : level_in(known.remembered);
    };
    auto cluster = [&] { return Connection(RD_KAFKA_PRODUCER, earlier.access).cluster(kLook); };
    std::vector<Objection> all = objections_to({.brokers_before = earlier.access.brokers.size(),
                                                .brokers_after = settings.access.brokers.size(),
                                                .version_before = earlier.version,
                                                .version_after = settings.version,
                                                .tls_before = earlier.has_tls(),
                                                .tls_after = settings.has_tls(),
                                                .runs = runs(earlier, machines),
                                                .down_command = context().command_line("down"),
                                                .finalized = finalized,
                                                .cluster = cluster});
    std::ranges::copy(to_folders, std::back_inserter(all));
    return {all, {}};
  }

  Probed probe(Machines& machines, const Options& options) override {
    const Settings settings = settings_of(options);
    Probed found = Probe(settings, machines).wait_until_it_serves();
    const Json remembered = before().remembered;
    std::optional<std::string> level = level_in(remembered);
    if (!level) level = finalized_level(settings, machines);
    found.remember = to_remember(remembered, level, std::make_optional(served_with(settings)));
    if (level && noted_level(settings) != level) note_level(*level, settings);
    return found;
  }

  // Messages one after the other, each acknowledged by all that are in sync and read back.
  Probed exercise(Machines&, const Options& options) override {
    const Settings settings = settings_of(options);
    const Deadline deadline(settings.deadline);
    for (int i = 0; i < kMessages; ++i) {
      const std::string failure = exchange_message(settings.access, settings.topic, unique_text(),
                                                   deadline.for_a_step(kOtherLeader));
      if (!failure.empty()) {
        throw StageError(fmt::format("message {} of {} through topic {}: {}", i + 1, kMessages,
                                     settings.topic, failure));
      }
    }
    return {.seen = fmt::format("{} messages acknowledged and read back", kMessages)};
  }

  Probed retire(Machines& machines, const Options& options) override {
    const Settings settings = settings_of(options);
    const Json remembered = before().remembered;
    const std::set<NodeId> brokers = brokers_that_leave(settings, data_in_remembered(remembered));
    kafka_probe::retire(brokers, settings, before().leaving, machines);
    return {.seen = brokers.empty() ? "" : fmt::format("{} brokers have left", brokers.size()),
            .remember =
                to_remember(remembered, std::nullopt, std::make_optional(served_with(settings)))};
  }

  Probed finalize(Machines& machines, const Options& options) override {
    const Settings settings = settings_of(options);
    const auto release = release_of(settings.version);
    if (!release) throw StageError("it has no `version`, which says what to raise the features to");
    raise_features(*release, settings, machines);
    const std::string level = finalized_level(settings, machines).value_or(release_name(*release));
    note_level(level, settings);
    Probed found;
    found.seen = "metadata.version is " + level + " for good";
    found.remember = to_remember(before().remembered, level, std::nullopt);
    return found;
  }

  // Whole or not, but not without any broker that answers: there is nothing to see then.
  Probed observe(Machines& machines, const Options& options) override {
    Settings settings = settings_of(options);
    settings.deadline = kLook;
    Probed found = Probe(settings, machines).look_once();
    const std::map<std::string, std::string> versions = versions_in(settings, machines);
    if (!versions.empty()) found.seen += "; " + words_for(versions);
    found.facts["versions"] = versions;
    if (const auto level = level_in(before().remembered)) found.facts["metadata_version"] = *level;
    return found;
  }
};

}  // namespace
}  // namespace baker::kafka_probe

BAKER_STAGE(baker::kafka_probe::KafkaProbe)
