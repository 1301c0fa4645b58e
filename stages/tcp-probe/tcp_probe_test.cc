#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "tests/support/host_program.h"
#include "tests/support/stage_step.h"

namespace baker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A port of the loopback interface, chosen by the kernel; nobody answers until listen().
class Port {
 public:
  Port() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    bind(socket_, reinterpret_cast<sockaddr*>(&name), size);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&name), &size);
    address_ = "127.0.0.1:" + std::to_string(ntohs(name.sin_port));
  }
  ~Port() { close(socket_); }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  void listen() const { ::listen(socket_, 8); }
  const std::string& address() const { return address_; }

 private:
  int socket_;
  std::string address_;
};

class TcpProbeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "the runner needs root";
  }
  static StepOutcome probe(const std::vector<std::string>& addresses, int deadline = 60,
                           const std::vector<std::string>& outgoing = {}) {
    return run_step("tcp-probe", "probe", {{"addresses", addresses}, {"deadline", deadline}}, {},
                    {{"addresses", outgoing}});
  }
};

TEST_F(TcpProbeTest, HoldsOnceAllAddressesAccept) {
  const Port one, two;
  one.listen();
  two.listen();
  const StepOutcome seen = probe({one.address(), two.address()});
  ASSERT_TRUE(seen.ok) << seen.error;
  EXPECT_EQ(seen.reply["seen"], "2 addresses accept TCP connections");
}

TEST_F(TcpProbeTest, FindsAHostByItsName) {
  const Port port;
  port.listen();
  const StepOutcome seen = probe({"localhost" + port.address().substr(port.address().find(':'))});
  ASSERT_TRUE(seen.ok) << seen.error;
}

TEST_F(TcpProbeTest, WaitsForTheOneThatIsMissing) {
  const Port early, late;
  early.listen();
  StepOutcome seen;
  std::thread prober([&] { seen = probe({early.address(), late.address()}); });
  std::this_thread::sleep_for(
      std::chrono::milliseconds(300));  // so that there is a wait to tell of
  late.listen();
  prober.join();
  ASSERT_TRUE(seen.ok) << seen.error;
  EXPECT_THAT(seen.waiting,
              ElementsAre("a TCP connection to " + late.address() + " (Connection refused)"));
}

TEST_F(TcpProbeTest, TellsWhoDidNotAcceptWhenItGivesUp) {
  const Port there, missing;
  there.listen();
  const StepOutcome seen = probe({there.address(), missing.address()}, 1);
  ASSERT_FALSE(seen.ok);
  EXPECT_EQ(seen.error,
            "no TCP connection within 1 seconds to " + missing.address() + " (Connection refused)");
}

TEST_F(TcpProbeTest, TakesAnAddressAsItWasWhileMachinesWaitToBeReplaced) {
  const Port replaced, replaced_before, waiting, waiting_before;
  replaced.listen();
  waiting_before.listen();
  const StepOutcome seen = probe({replaced.address(), waiting.address()}, 60,
                                 {replaced_before.address(), waiting_before.address()});
  EXPECT_TRUE(seen.ok) << seen.error;
}

TEST_F(TcpProbeTest, SaysThatAnAddressAcceptsNeitherAsItIsNorAsItWas) {
  const Port now, before;
  EXPECT_EQ(probe({now.address()}, 1, {before.address()}).error,
            "no TCP connection within 1 seconds to " + now.address() + " (Connection refused) or " +
                before.address() + " (Connection refused)");
}

TEST_F(TcpProbeTest, WantsAHostAndAPort) {
  for (const char* address : {"127.0.0.1", ":80", "127.0.0.1:", "127.0.0.1:http", "host:70000"}) {
    const StepOutcome seen = probe({address});
    EXPECT_THAT(seen.error,
                HasSubstr("\"" + std::string(address) + "\" in `addresses` is not an address"));
  }
  EXPECT_THAT(probe({}).error, HasSubstr("`addresses` is empty"));
}

}  // namespace
}  // namespace baker::testing
