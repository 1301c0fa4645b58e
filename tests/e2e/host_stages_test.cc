// What stages that act at `up` have set up on the host: it stays as long as the pipeline wants it,
// and never keeps the pipeline from being taken away.
#include <gmock/gmock.h>

#include "tests/e2e/private_network.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class HostStages : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "links need root";
  }
  Outcome up_with_bridge(const std::string& stage) const {
    bench_.write("p.toml", "[pipeline]\nname = \"host-stages\"\n[stage." + stage +
                               "]\nuses = \"network\"\nbridge = \"br-test\"\n"
                               "owner = \"host-stages\"\naddress = \"10.99.0.1/24\"\n");
    return bench_.baker({"up", "p.toml", "--start-with", "direct"});
  }
  // Its index tells one that was made again.
  static std::string bridge() {
    return run_program({"ip", "-oneline", "link", "show", "dev", "br-test"}).all();
  }

  const Workbench bench_;
};

TEST_F(HostStages, KeepWhatTheyBroughtWhenTheyAreRenamed) {
  const PrivateNetwork network;
  const Outcome up = up_with_bridge("network");
  ASSERT_EQ(up.exit_status, 0) << up.all();
  const std::string before = bridge();
  const Outcome renamed = up_with_bridge("lan");
  EXPECT_EQ(renamed.exit_status, 0) << renamed.all();
  EXPECT_EQ(bridge(), before);
  EXPECT_EQ(bench_.baker({"destroy", "p.toml"}).exit_status, 0);
  EXPECT_THAT(bridge(), HasSubstr("does not exist"));
}

TEST_F(HostStages, OfATypeThatIsGoneAreLeftByADestroyThatIsForced) {
  const PrivateNetwork network;
  const Outcome up = up_with_bridge("network");
  ASSERT_EQ(up.exit_status, 0) << up.all();
  std::string state = bench_.read("state/host-stages/state");
  const std::string known = "applied network network ";
  ASSERT_NE(state.find(known), std::string::npos) << state;
  bench_.write("state/host-stages/state",
               state.replace(state.find(known), known.size(), "applied network gone "));

  const Outcome refused = bench_.baker({"destroy", "p.toml"});
  EXPECT_NE(refused.exit_status, 0);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("there is no stage type \"gone\" any more"),
                                 HasSubstr("--force` goes on without it")));
  const Outcome forced = bench_.baker({"destroy", "p.toml", "--force"});
  EXPECT_EQ(forced.exit_status, 0) << forced.all();
  EXPECT_THAT(forced.all(), HasSubstr("what stage network had set up on the host is left there"));
  EXPECT_THAT(bridge(), Not(HasSubstr("does not exist")));
}

}  // namespace
}  // namespace baker::testing
