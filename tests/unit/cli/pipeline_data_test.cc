#include "engine/cli/pipeline_data.h"

#include <gmock/gmock.h>

#include "tests/support/workbench.h"

namespace baker {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class RemovedDataTest : public ::testing::Test {
 protected:
  RemovedDataTest() {
    state_.data = {{folder("one"), "a"}, {folder("two"), "b"}};
    state_.remembered["probe"] = "{}";
  }
  std::string folder(const std::string& name) const { return bench_.path() / name; }

  testing::Workbench bench_;
  PipelineState state_;
};

TEST_F(RemovedDataTest, IsForgottenWithWhatWasRememberedOfIt) {
  forget_removed_data(state_);
  EXPECT_THAT(state_.data, IsEmpty());
  EXPECT_THAT(state_.remembered, IsEmpty());
}

TEST_F(RemovedDataTest, IsNotForgottenWhileSomeOfItIsThere) {
  bench_.write("two/log", "");
  forget_removed_data(state_);
  EXPECT_THAT(state_.data, SizeIs(2));
  EXPECT_THAT(state_.remembered, SizeIs(1));
}

TEST_F(RemovedDataTest, IsNotForgottenWhileThePipelineHasMachines) {
  state_.machines["a"].placed.identity = "1:2";
  forget_removed_data(state_);
  EXPECT_THAT(state_.remembered, SizeIs(1));
}

}  // namespace
}  // namespace baker
