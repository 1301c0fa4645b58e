// What the last lines of a step point to is said below them, and nothing else is.
#include "engine/bake/failure_notes.h"

#include <gmock/gmock.h>

namespace baker {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(FailureNotesTest, ThatNoProgramReachesTheNetworkIsSaidWhereOneTried) {
  EXPECT_THAT(network_note({"curl: (6) Could not resolve host: example.invalid", "exit"}),
              HasSubstr("no network while it bakes"));
  EXPECT_THAT(network_note({"make: *** [all] Error 2"}), IsEmpty());
}

TEST(FailureNotesTest, ThatFoldersOfLayersCannotBeRenamedIsSaidWhereOneWas) {
  EXPECT_THAT(rename_note({"mv: cannot move 'a' to 'b': Invalid cross-device link"}),
              HasSubstr("overlayfs"));
  EXPECT_THAT(rename_note({"mv: cannot stat 'a': No such file or directory"}), IsEmpty());
}

TEST(FailureNotesTest, AFullDiskIsNamedAsTheHostKnowsIt) {
  const auto full = AllOf(HasSubstr("the stage writes to /proc: the file system at \"/proc\""),
                          HasSubstr("--cache-dir"));
  EXPECT_THAT(full_disk_note("/proc", "cache-dir", "", {"cp: No space left on device"}), full);
  EXPECT_THAT(full_disk_note("/proc", "cache-dir", "write: No space left on device", {}), full);
  EXPECT_THAT(full_disk_note("/proc", "cache-dir", "exit status 1", {"killed"}), IsEmpty());
}

}  // namespace
}  // namespace baker
