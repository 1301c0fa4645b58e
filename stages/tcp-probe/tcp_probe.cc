// `tcp-probe`: waits until every address accepts a TCP connection. All are tried at once.
#include "connection.h"

#include <baker/stage.h>

#include <poll.h>

#include <chrono>
#include <list>
#include <string>
#include <vector>

namespace baker {
namespace {

using std::chrono::steady_clock;

constexpr int kTickMs = 50;

std::list<Connection> connections_to(const std::vector<std::string>& addresses) {
  if (addresses.empty()) throw StageError("`addresses` is empty: there is nothing to connect to");
  std::list<Connection> all;
  for (const std::string& address : addresses) all.emplace_back(address);
  return all;
}

// Returns when one of them has an answer, or after a tick.
void await_answer(const std::list<Connection>& connections) {
  std::vector<pollfd> waiting;
  for (const Connection& each : connections) {
    if (each.pending()) waiting.push_back({each.socket(), POLLOUT, 0});
  }
  // What was refused is tried again after a tick.
  const bool all_pending = waiting.size() == connections.size();
  poll(waiting.data(), all_pending ? waiting.size() : 0, kTickMs);
}

std::string listed(const std::list<Connection>& connections) {
  std::string text;
  for (const Connection& each : connections)
    text += (text.empty() ? "" : ", ") + each.address() + " (" + each.seen() + ")";
  return text;
}

struct TcpProbe : ProbeStage {
  Probed probe(Machines& machines, const Options& options) override {
    const auto addresses = options.strings("addresses");
    const auto patience = std::chrono::seconds(options.integer("deadline"));
    const auto deadline = steady_clock::now() + patience;
    std::list<Connection> missing = connections_to(addresses);
    std::string told;
    for (;;) {
      std::erase_if(missing, [](Connection& each) { return each.try_on(); });
      if (missing.empty()) return seen(addresses);
      if (const std::string now = listed(missing); now != told) {
        machines.waiting_for("a TCP connection to " + now);
        told = now;
      }
      if (steady_clock::now() > deadline) {
        throw StageError("no TCP connection within " + std::to_string(patience.count()) +
                         " seconds to " + told);
      }
      await_answer(missing);
    }
  }

 private:
  static Probed seen(const std::vector<std::string>& addresses) {
    const std::string what = addresses.size() == 1
                                 ? addresses[0] + " accepts"
                                 : std::to_string(addresses.size()) + " addresses accept";
    return {.seen = what + " TCP connections", .facts = {{"addresses", addresses}}};
  }
};

}  // namespace

BAKER_STAGE(TcpProbe)

}  // namespace baker
