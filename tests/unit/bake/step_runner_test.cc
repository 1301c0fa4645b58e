// Which other hosts stages run on, and what becomes of a host that can't.
#include "engine/bake/step_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/error.h"

namespace baker {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

std::string mistake_in(const std::string& text) {
  try {
    step_runner(text, 2);
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalid);
    return error.describe();
  }
}

TEST(StepRunnerTest, ADescriptionOfHostsSaysWhatIsWrongWithIt) {
  EXPECT_EQ(mistake_in("ssh:root@node1,node2"), "");
  EXPECT_EQ(mistake_in("slurm"), "");
  EXPECT_EQ(mistake_in("slurm:long"), "");
  EXPECT_THAT(mistake_in("ssh:"), HasSubstr("\"\" is no host"));
  EXPECT_THAT(mistake_in("ssh:a,,b"), HasSubstr("\"\" is no host"));
  EXPECT_THAT(mistake_in("ssh:a,b,a"), HasSubstr("a is there twice"));
  EXPECT_THAT(mistake_in("ssh:-oProxyCommand=x"), HasSubstr("is no host"));
  EXPECT_THAT(mistake_in("slurm:"), HasSubstr("begins with neither"));
  EXPECT_THAT(mistake_in("node1"), HasSubstr("begins with neither"));
}

TEST(StepRunnerTest, AHostThatSshReachesHasOneStageAtATime) {
  const auto hosts = ssh_runner({"one", "two"});
  const auto first = hosts->take({60, "a"}), second = hosts->take({60, "b"});
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->where, second->where);
  EXPECT_FALSE(hosts->take({60, "c"}));
  hosts->give_back(*first, true);
  EXPECT_EQ(hosts->take({60, "c"})->where, first->where);
}

TEST(StepRunnerTest, AHostThatCouldNotDoItGetsNothingMore) {
  const auto hosts = ssh_runner({"one"});
  hosts->give_back(*hosts->take({60, "a"}), false);
  EXPECT_EQ(hosts->places(), 0U);
  EXPECT_FALSE(hosts->take({60, "b"}));
}

TEST(StepRunnerTest, SlurmIsGivenUpAfterThreeJobsThatItDidNotRun) {
  const auto slurm = slurm_runner("long", 2);
  const auto job = slurm->take({90, "a"});
  ASSERT_TRUE(job);
  EXPECT_THAT(job->command, Contains("--partition=long"));
  EXPECT_THAT(job->command, Contains("--time=2"));  // minutes
  slurm->give_back(*job, false);
  for (int again = 0; again < 2; ++again) slurm->give_back(*slurm->take({90, "a"}), false);
  EXPECT_EQ(slurm->places(), 0U);
}

}  // namespace
}  // namespace baker
