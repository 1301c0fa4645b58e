#include "engine/machines/bound_paths.h"

#include <gmock/gmock.h>

namespace baker {
namespace {

using ::testing::ElementsAre;

TEST(BoundPathsTest, AreWhatAMachineDoesNotStartWithout) {
  EXPECT_THAT(bound_paths("[Files]\n"
                          "Bind=/data/kafka:/data:idmap\n"
                          "Bind=/in/both\n"
                          "Bind=/a\\:colon:/x\n"
                          "BindReadOnly=/etc/hosts:/etc/hosts\n"
                          "Bind=-/may/be/absent:/x\n"
                          "Bind=+/of/the/machine:/x\n"
                          "Bind=:/temporary\n"
                          "Boot=yes\n"),
              ElementsAre("/data/kafka", "/in/both", "/a:colon", "/etc/hosts"));
}

}  // namespace
}  // namespace baker
