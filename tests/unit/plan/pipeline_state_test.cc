#include "engine/plan/pipeline_state.h"

#include "engine/base/error.h"
#include "tests/support/workbench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace baker {
namespace {

class PipelineStateTest : public ::testing::Test {
 protected:
  PipelineState saved_and_loaded(const PipelineState& state) const {
    state.save(*PipelineLock::try_take(bench_.path()));
    return PipelineState::load(bench_.path()).value();
  }
  testing::Workbench bench_;
};

TEST_F(PipelineStateTest, IsAbsentBeforeTheFirstRun) {
  EXPECT_FALSE(PipelineState::load(bench_.path() / "nowhere"));
}

TEST_F(PipelineStateTest, KeepsStages) {
  PipelineState state;
  state.file = "/some where/p.toml";
  state.stages["node.1"] = {"key", "before"};
  state.stages["new"] = {"key", ""};
  const PipelineState read = saved_and_loaded(state);
  EXPECT_EQ(read.file, state.file);
  EXPECT_EQ(read.stages.at("node.1").previous, "before");
  EXPECT_EQ(read.stages.at("new").previous, "");
}

TEST_F(PipelineStateTest, KeepsMachines) {
  PipelineState state;
  state.machines["m"] = {.stage = "stage",
                         .name = "m",
                         .placed = {"k", "1:2:3", "copy"},
                         .settings = "-",
                         .pending = {"", "pending tree", "mount"},
                         .first_id = 1048576};
  const MachineState machine = saved_and_loaded(state).machines.at("m");
  EXPECT_EQ(machine.stage, "stage");
  EXPECT_EQ(machine.name, "m");
  EXPECT_EQ(machine.placed.key, "k");
  EXPECT_EQ(machine.placed.identity, "1:2:3");
  EXPECT_EQ(machine.settings, "-");
  EXPECT_EQ(machine.pending.key, "");
  EXPECT_EQ(machine.pending.identity, "pending tree");
  EXPECT_EQ(machine.placed.method, "copy");
  EXPECT_EQ(machine.pending.method, "mount");
  EXPECT_EQ(machine.first_id, 1048576U);
}

// By commit 77286ae, of a pipeline that was run, and then run with another param.
constexpr const char* kOfAnEarlierBaker =
    "baker-state-1\n"
    "file /srv/web.toml\n"
    "stage base 54cc609b2b3e2f5578b442f5c5042e77ac9d42ca3d460aee477311acd1bc50b9 -\n"
    "stage machine ffbe9ca112f172fc5dff9d62b676c9ad08edcabf6b374f7ed07a182eb586eeb0 "
    "ccce96e3ac2c40c413c41543016a3644f1bd3c6315f6d6ca1c46e57f79b00b08\n"
    "machine web machine ffbe9ca112f172fc5dff9d62b676c9ad08edcabf6b374f7ed07a182eb586eeb0 "
    "10190925:1796002239.482791510 10190872:222:1796002239.487725265:1796002239.487725265 - - "
    "copy\n"
    "data /srv/data web\n";

TEST_F(PipelineStateTest, IsReadAsAnEarlierBakerHasWrittenIt) {
  bench_.write("state", kOfAnEarlierBaker);
  const PipelineState state = PipelineState::load(bench_.path()).value();
  EXPECT_EQ(state.file, "/srv/web.toml");
  EXPECT_TRUE(state.stages.at("machine").previous.starts_with("ccce96e3"));
  const MachineState& machine = state.machines.at("web");
  EXPECT_EQ(machine.placed.identity, "10190925:1796002239.482791510");
  EXPECT_EQ(machine.settings, "10190872:222:1796002239.487725265:1796002239.487725265");
  EXPECT_EQ(machine.pending.identity, "");
  EXPECT_EQ(state.data.at("/srv/data"), "web");
}

TEST_F(PipelineStateTest, KeepsOldTreesAndWhatWasApplied) {
  PipelineState state;
  state.machines["m"].old = {"before", "4:5:6", "mount"};
  state.machines["m"].life = MachineLife::kServing;
  state.applied["net"] = {"network", R"({"bridge":"br 0"})"};
  const PipelineState read = saved_and_loaded(state);
  EXPECT_EQ(read.machines.at("m").old.key, "before");
  EXPECT_EQ(read.machines.at("m").old.identity, "4:5:6");
  EXPECT_EQ(read.machines.at("m").old.method, "mount");
  EXPECT_EQ(read.machines.at("m").life, MachineLife::kServing);
  EXPECT_EQ(read.applied.at("net").type, "network");
  EXPECT_EQ(read.applied.at("net").options, R"({"bridge":"br 0"})");
}

TEST_F(PipelineStateTest, RemembersTheKeyBeforeTheLastChange) {
  PipelineState state;
  for (const char* key : {"one", "two", "two"}) state.set_key("s", key);
  EXPECT_EQ(state.stages.at("s").key, "two");
  EXPECT_EQ(state.stages.at("s").previous, "one");
}

TEST_F(PipelineStateTest, SaysWhereItIsNotUnderstood) {
  for (const char* damaged : {"", "baker-state-9\n", "baker-state-1\nstage a\n",
                              "baker-state-1\nfile %zz\n", "baker-state-1\nother a b\n"}) {
    bench_.write("state", damaged);
    try {
      PipelineState::load(bench_.path());
      ADD_FAILURE() << "understood: " << damaged;
    } catch (const Error& error) {
      EXPECT_THAT(error.describe(), ::testing::HasSubstr((bench_.path() / "state").string()));
    }
  }
}

TEST_F(PipelineStateTest, KeepsWhatTheLastUpWasAskedForAndTheOneBefore) {
  PipelineState state;
  state.last_up.params["kafka"] = "4.3.1";
  state.last_up.probes["cluster"] = {"kafka-probe", "{\"version\":\"4.3.1\"}"};
  state.rollout = RolloutPhase::kBack;
  state.up_before.params["kafka"] = "4.2.1";
  state.up_before.machines = {"node1", "node2"};
  state.remembered["cluster"] = "{\"metadata-version\":\"4.2\"}";
  const PipelineState read = saved_and_loaded(state);
  EXPECT_EQ(read.last_up.params.at("kafka"), "4.3.1");
  EXPECT_EQ(read.last_up.probes, state.last_up.probes);
  EXPECT_EQ(read.rollout, RolloutPhase::kBack);
  EXPECT_EQ(read.up_before.params.at("kafka"), "4.2.1");
  EXPECT_EQ(read.up_before.machines, state.up_before.machines);
  EXPECT_EQ(read.remembered, state.remembered);
}

TEST_F(PipelineStateTest, KeepsWhereDataLies) {
  PipelineState state;
  state.data["/data/kafka/node 1"] = "kafka-node1";
  EXPECT_EQ(saved_and_loaded(state).data, state.data);
}

}  // namespace
}  // namespace baker
