#include "engine/plugin/runner/environment.h"

#include <gmock/gmock.h>

namespace baker {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

TEST(Environment, OfACommandHasEachNameOnce) {
  EXPECT_THAT(environment_with({"LC_ALL=de_DE", "HOME=/root", "LC_ALL=C"}, {{"HOME", "/h"}}),
              UnorderedElementsAre("LC_ALL=C", "HOME=/h"));
}

TEST(Environment, KeepsWhatItIsGiven) {
  EXPECT_THAT(environment_with({"OPTIONS=a=b"}, {{"EMPTY", ""}}),
              UnorderedElementsAre("EMPTY=", "OPTIONS=a=b"));
  EXPECT_THAT(environment_with({}, nlohmann::json::object()), ElementsAre());
}

}  // namespace
}  // namespace baker
