// Who decides how a machine is placed, and when it can't be mounted.
#include "engine/machines/placing.h"

#include "engine/base/error.h"
#include "tests/support/workbench.h"

#include <gmock/gmock.h>

namespace baker::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class PlacingTest : public ::testing::Test {
 protected:
  PlacingTest() {
    type_.claim = "machine";
    OptionSchema place;
    place.name = "place";
    place.form = Form::kPlace;
    type_.options.push_back(place);
    stage_.type = &type_;
    stage_.options.emplace("machine", Value(std::string("m")));
  }

  void want(const std::string& place) { stage_.options.insert_or_assign("place", Value(place)); }
  PlaceChoice choose(const PlaceWishes& wishes, const std::string& no_ids = "") {
    Placing placing({bench_.machines(), bench_.nspawn(), bench_.state(), bench_.path()}, wishes);
    placing.know_that_mounts_work();
    return placing.choose(stage_, no_ids);
  }

  Workbench bench_;
  Descriptor type_;
  Stage stage_;
};

TEST_F(PlacingTest, TheCallComesBeforeThePipelineAndThatBeforeTheHost) {
  EXPECT_EQ(choose({"", "copy"}).method, "copy");
  want("auto");
  EXPECT_EQ(choose({"", "copy"}).method, "copy");
  want("reflink");
  EXPECT_EQ(choose({"", "copy"}).method, "reflink");
  EXPECT_EQ(choose({"snapshot", "copy"}).method, "snapshot");
}

TEST_F(PlacingTest, WhereNobodySaysAnythingMachinesAreMounted) {
  EXPECT_EQ(choose({}).method, "mount");
}

TEST_F(PlacingTest, AMachineWithoutIdsIsCopiedOrRefusedWhereItIsToBeMounted) {
  EXPECT_EQ(choose({}, "no ids are free").method, "");
  EXPECT_THAT(choose({}, "no ids are free").why, HasSubstr("no ids are free"));
  EXPECT_THAT(
      [&] {
        choose({"mount", ""}, "no ids are free");
      },
      ThrowsMessage<Error>(HasSubstr("machine \"m\" can't be mounted")));
}

TEST_F(PlacingTest, MoreLayersThanAMountTakesAreCopied) {
  stage_.root.assign(499, 0);
  EXPECT_THAT(choose({}).why, HasSubstr("it stands on 499 layers, and a mount takes 498"));
}

}  // namespace
}  // namespace baker::testing
