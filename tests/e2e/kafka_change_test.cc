// Another version of Kafka bakes what depends on it and nothing else.
#include <gmock/gmock.h>

#include "tests/e2e/kraft3_fixture.h"
#include "tests/support/pictured.h"

namespace baker::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using KafkaChangeTest = Kraft3;

TEST_F(KafkaChangeTest, BakesOnlyWhatDependsOnKafkaWhereItsVersionChanges) {
  const Outcome changed = run({"--set", "kafka=4.2.1"});
  ASSERT_EQ(changed.exit_status, 0) << changed.all();
  EXPECT_THAT(changed.out, AllOf(HasSubstr("6 stages baked, 4 cached; 4 machines placed"),
                                 HasSubstr("kafka changed: version 4.3.1 → 4.2.1")));
  EXPECT_THAT(baker("why", {"node.2", "--set", "kafka=4.2.1"}).out,
              HasSubstr("it last changed because kafka changed: version 4.3.1 → 4.2.1"));

  EXPECT_THAT(
      lines_not_printed(
          pictured_outputs("README.md", "baker run pipelines/kraft3.toml --set kafka=4.2.1").at(0),
          without_tag(changed.out)),
      IsEmpty())
      << changed.all();

  const Outcome back = run({"--locked", "--offline"});
  EXPECT_EQ(back.exit_status, 0) << back.all();
  const auto pictured = pictured_outputs("README.md", "baker run pipelines/kraft3.toml");
  EXPECT_THAT(lines_not_printed(pictured.at(0), without_tag(back.out)), IsEmpty()) << back.all();
  const Outcome again = run({});
  EXPECT_THAT(lines_not_printed(pictured.at(1), without_tag(again.out)), IsEmpty()) << again.all();
}

}  // namespace
}  // namespace baker::testing
