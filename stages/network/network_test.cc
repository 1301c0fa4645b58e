// Everything here happens in a network namespace of this process: the host's links are not seen.
#include <gmock/gmock.h>
#include <sched.h>

#include <filesystem>

#include "tests/support/stage_step.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

class NetworkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "links need root";
    ASSERT_EQ(unshare(CLONE_NEWNET), 0);  // a new one for each test
  }

  static Json private_bridge(const std::string& address = "10.88.0.1/24") {
    return {{"bridge", "kafka0"}, {"owner", "kraft3"},  {"address", address},
            {"mode", "private"},  {"autostart", false}, {"machines", Json::array()}};
  }
  static Json existing_bridge() {
    Json options = private_bridge("");
    options["mode"] = "existing";
    return options;
  }
  static StepOutcome apply(const Json& options) { return run_step("network", "apply", options); }
  static StepOutcome remove(const Json& options) { return run_step("network", "remove", options); }

  static void ip(const std::vector<std::string>& arguments) {
    std::vector<std::string> argv = {"ip"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const Outcome outcome = run_program(argv);
    ASSERT_EQ(outcome.exit_status, 0) << outcome.all();
  }
  // What somebody can set, and the index, which tells one that was made again.
  static Json links() {
    Json all = Json::array();
    for (const Json& link : Json::parse(run_program({"ip", "-json", "address", "show"}).out)) {
      const std::string flags = link["flags"].dump();
      all.push_back({link["ifindex"], link["ifname"], link.value("ifalias", ""),
                     flags.find("\"UP\"") != std::string::npos, link["addr_info"]});
    }
    return all;
  }
  static std::string link(const std::string& name) {
    return run_program({"ip", "-details", "address", "show", "dev", name}).all();
  }
};

TEST_F(NetworkTest, MakesABridge) {
  const StepOutcome applied = apply(private_bridge());
  ASSERT_TRUE(applied.ok) << applied.error;
  EXPECT_THAT(link("kafka0"), AllOf(HasSubstr(",UP"), HasSubstr("alias baker:kraft3"),
                                    HasSubstr("forward_delay 0 "), HasSubstr("stp_state 0 "),
                                    HasSubstr("inet 10.88.0.1/24"), Not(HasSubstr("inet6"))));
}

TEST_F(NetworkTest, SaysThatAutostartNeedsSystemd) {
  if (std::filesystem::exists("/run/systemd/system")) GTEST_SKIP() << "this host runs systemd";
  Json options = private_bridge();
  options["autostart"] = true;
  const StepOutcome applied = apply(options);
  ASSERT_TRUE(applied.ok) << applied.error;
  EXPECT_THAT(applied.warnings, ElementsAre(HasSubstr("booted with systemd")));
}

TEST_F(NetworkTest, CarriesTrafficAtOnce) {
  ASSERT_TRUE(apply(private_bridge()).ok);
  ip({"link", "add", "there", "type", "veth", "peer", "name", "port"});
  ip({"link", "set", "port", "master", "kafka0", "up"});
  ip({"link", "set", "there", "up"});
  // The kernel tells the bridge of the carrier when it gets to it.
  std::string port;
  do {
    port = run_program({"bridge", "link", "show", "dev", "port"}).out;
  } while (port.find("state disabled") != std::string::npos);
  EXPECT_THAT(port, HasSubstr("state forwarding"));
}

TEST_F(NetworkTest, DoesNothingTheSecondTime) {
  ASSERT_TRUE(apply(private_bridge()).ok);
  const Json before = links();
  ASSERT_TRUE(apply(private_bridge()).ok);
  EXPECT_EQ(links(), before);
}

TEST_F(NetworkTest, FinishesWhatWasInterrupted) {
  ASSERT_TRUE(apply(private_bridge()).ok);
  // As it is right after the bridge was made.
  ip({"link", "set", "kafka0", "down", "alias", ""});
  ip({"address", "flush", "dev", "kafka0"});
  const StepOutcome applied = apply(private_bridge());
  ASSERT_TRUE(applied.ok) << applied.error;
  EXPECT_THAT(link("kafka0"), AllOf(HasSubstr(",UP"), HasSubstr("alias baker:kraft3"),
                                    HasSubstr("inet 10.88.0.1/24")));
}

TEST_F(NetworkTest, ReplacesTheAddressOfItsOwnBridge) {
  ASSERT_TRUE(apply(private_bridge()).ok);
  const StepOutcome applied = apply(private_bridge("10.89.0.1/16"));
  ASSERT_TRUE(applied.ok) << applied.error;
  EXPECT_THAT(link("kafka0"), AllOf(HasSubstr("inet 10.89.0.1/16"), Not(HasSubstr("10.88.0.1"))));
  ASSERT_TRUE(apply(private_bridge("")).ok);
  EXPECT_THAT(link("kafka0"), Not(HasSubstr("inet ")));
}

TEST_F(NetworkTest, RefusesABridgeThatIsNotItsOwnAndLeavesItAlone) {
  ip({"link", "add", "kafka0", "type", "bridge"});
  const Json before = links();
  const StepOutcome applied = apply(private_bridge());
  EXPECT_THAT(
      applied.error,
      HasSubstr("the host has a bridge \"kafka0\" already, which baker did not make: choose "
                "another name for `bridge`, or use it as it is with `mode = \"existing\"`"));
  EXPECT_TRUE(remove(private_bridge()).ok);
  EXPECT_EQ(links(), before);
}

TEST_F(NetworkTest, RefusesTheBridgeOfAnotherPipeline) {
  Json other = private_bridge();
  other["owner"] = "other";
  ASSERT_TRUE(apply(other).ok);
  const Json before = links();
  EXPECT_THAT(apply(private_bridge()).error, HasSubstr("bridge \"kafka0\" belongs to \"other\""));
  EXPECT_TRUE(remove(private_bridge()).ok);
  EXPECT_EQ(links(), before);
}

TEST_F(NetworkTest, RefusesAnInterfaceThatIsNoBridge) {
  ip({"link", "add", "kafka0", "type", "veth"});
  const Json before = links();
  EXPECT_THAT(
      apply(private_bridge()).error,
      HasSubstr("the host has an interface \"kafka0\" already, and it is not a bridge but of "
                "the kind veth: choose another name for `bridge`"));
  EXPECT_TRUE(remove(private_bridge()).ok);
  EXPECT_EQ(links(), before);
}

TEST_F(NetworkTest, RefusesASubnetThatTheHostHas) {
  ip({"link", "add", "lan", "type", "veth"});
  ip({"address", "add", "10.88.0.77/16", "dev", "lan"});
  const Json before = links();
  EXPECT_THAT(
      apply(private_bridge()).error,
      HasSubstr("address 10.88.0.1/24 of bridge \"kafka0\" is in a subnet that the host has "
                "already: interface \"lan\" has 10.88.0.77/16; choose another subnet"));
  EXPECT_EQ(links(), before);
}

TEST_F(NetworkTest, RemovesWhatItMade) {
  const Json before = links();
  ASSERT_TRUE(apply(private_bridge()).ok);
  const StepOutcome removed = remove(private_bridge());
  ASSERT_TRUE(removed.ok) << removed.error;
  EXPECT_EQ(links(), before);
  EXPECT_TRUE(remove(private_bridge()).ok) << "gone already";
}

TEST_F(NetworkTest, UsesAnExistingBridgeAsItIs) {
  EXPECT_THAT(apply(existing_bridge()).error, HasSubstr("the host has no bridge \"kafka0\""));
  ip({"link", "add", "kafka0", "type", "bridge"});
  EXPECT_THAT(apply(existing_bridge()).error, HasSubstr("is down: ip link set kafka0 up"));
  ip({"link", "set", "kafka0", "up"});
  const Json before = links();
  EXPECT_TRUE(apply(existing_bridge()).ok);
  EXPECT_TRUE(remove(existing_bridge()).ok);
  EXPECT_EQ(links(), before);
}

TEST_F(NetworkTest, WantsTheHostInTheSubnetOfAnExistingBridge) {
  ip({"link", "add", "kafka0", "type", "bridge"});
  ip({"address", "add", "192.168.7.20/24", "dev", "kafka0"});
  ip({"link", "set", "kafka0", "up"});
  Json options = existing_bridge();
  options["address"] = "10.88.0.1/24";
  EXPECT_THAT(apply(options).error,
              HasSubstr("on bridge \"kafka0\" the host has 192.168.7.20/24, nothing in the subnet "
                        "of 10.88.0.1/24: it would not reach the machines"));
  options["address"] = "192.168.7.1/24";
  const Json before = links();
  EXPECT_TRUE(apply(options).ok);
  EXPECT_EQ(links(), before);
}

}  // namespace
}  // namespace baker::testing
