// `tcp-probe`: waits until every address accepts a TCP connection. All are tried at once. While
// machines are replaced one by one, an address may also be what it was before.
#include "connection.h"

#include <baker/stage.h>
#include <fmt/core.h>

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <list>
#include <string>
#include <vector>

namespace baker {
namespace {

using std::chrono::steady_clock;

constexpr int kTickMs = 50;

// One of the addresses, as it is and as it was.
struct Place {
  std::list<Connection> either;

  bool try_on() {
    return std::ranges::any_of(either, [](Connection& each) { return each.try_on(); });
  }
};

std::list<Place> places_at(const std::vector<std::string>& addresses,
                           const std::vector<std::string>& outgoing) {
  if (addresses.empty()) throw StageError("`addresses` is empty: there is nothing to connect to");
  std::list<Place> all;
  for (size_t i = 0; i < addresses.size(); ++i) {
    std::list<Connection>& either = all.emplace_back().either;
    either.emplace_back(addresses[i]);
    if (i < outgoing.size() && outgoing[i] != addresses[i]) either.emplace_back(outgoing[i]);
  }
  return all;
}

// Returns when one of them has an answer, or after a tick.
void await_answer(const std::list<Place>& places) {
  std::vector<pollfd> waiting;
  bool all_pending = true;  // what was refused is tried again after a tick
  for (const Place& place : places) {
    for (const Connection& each : place.either) {
      if (each.pending()) waiting.push_back({each.socket(), POLLOUT, 0});
      all_pending = all_pending && each.pending();
    }
  }
  poll(waiting.data(), all_pending ? waiting.size() : 0, kTickMs);
}

std::string listed(const std::list<Place>& places) {
  std::string text;
  for (const Place& place : places) {
    if (!text.empty()) text += ", ";
    for (const Connection& each : place.either) {
      text += (&each == &place.either.front() ? "" : " or ") + each.address() + " (" + each.seen() +
              ")";
    }
  }
  return text;
}

struct TcpProbe : ProbeStage {
  Probed probe(Machines& machines, const Options& options) override {
    const auto addresses = options.strings("addresses");
    const auto patience = std::chrono::seconds(options.integer("deadline"));
    const auto deadline = steady_clock::now() + patience;
    std::list<Place> missing =
        places_at(addresses, before().outgoing.value("addresses", std::vector<std::string>()));
    std::string told;
    for (;;) {
      std::erase_if(missing, [](Place& each) { return each.try_on(); });
      if (missing.empty()) return seen(addresses);
      if (const std::string now = listed(missing); now != told) {
        machines.waiting_for("a TCP connection to " + now);
        told = now;
      }
      if (steady_clock::now() > deadline) {
        throw StageError(
            fmt::format("no TCP connection within {} seconds to {}", patience.count(), told));
      }
      await_answer(missing);
    }
  }

 private:
  static Probed seen(const std::vector<std::string>& addresses) {
    const std::string what = addresses.size() == 1
                                 ? addresses[0] + " accepts"
                                 : fmt::format("{} addresses accept", addresses.size());
    return {.seen = what + " TCP connections", .facts = {{"addresses", addresses}}};
  }
};

}  // namespace

BAKER_STAGE(TcpProbe)

}  // namespace baker
