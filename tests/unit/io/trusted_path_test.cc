// Whoever may change a plugin or the cache is root: so it is known who may.
#include "engine/io/trusted_path.h"

#include <gmock/gmock.h>

#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/error.h"
#include "tests/support/workbench.h"

namespace baker {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class TrustedPath : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::is_root()) GTEST_SKIP() << "owners need root";
    bench_.write("folder/plugin.so", "");
  }
  static Exposure exposure(const fs::path& path) { return exposure_of(path).exposure; }

  testing::Workbench bench_;
  const fs::path folder_ = bench_.path() / "folder";
  const fs::path plugin_ = folder_ / "plugin.so";
};

TEST_F(TrustedPath, OfRootIsExposedToNobodyAlsoWhereItIsYetToBeMade) {
  EXPECT_EQ(exposure(plugin_), Exposure::kNone);
  EXPECT_EQ(exposure(folder_ / "later/on"), Exposure::kNone);
}

TEST_F(TrustedPath, IsExposedWhereEveryoneMayWriteTheFile) {
  chmod(plugin_.c_str(), 0666);
  EXPECT_EQ(exposure(plugin_), Exposure::kToOthers);
  EXPECT_THAT(exposure_of(plugin_).how,
              HasSubstr("plugin.so may be written by everyone (mode 666)"));
}

TEST_F(TrustedPath, IsExposedWhereAGroupMayWriteAFolderAbove) {
  ASSERT_EQ(chown(folder_.c_str(), 0, 50), 0);
  chmod(folder_.c_str(), 0775);
  EXPECT_THAT(exposure_of(plugin_).how, HasSubstr("/folder may be written by group 50 (mode 775)"));
}

TEST_F(TrustedPath, IsExposedByAnAccessList) {
  testing::run_program({"setfacl", "-m", "u:1000:rwx", folder_});
  EXPECT_THAT(exposure_of(plugin_).how,
              HasSubstr("/folder may be written by whom its access list"));
}

TEST_F(TrustedPath, IsKeptFromOthersByAStickyFolder) {
  chmod(folder_.c_str(), 01777);
  EXPECT_EQ(exposure(plugin_), Exposure::kNone);
  EXPECT_EQ(exposure(folder_), Exposure::kNone) << "as a fresh tmpfs is";
}

TEST_F(TrustedPath, IsExposedWhereOthersHaveMadeThingsInAStickyFolder) {
  chmod(folder_.c_str(), 01777);
  ASSERT_EQ(chown(plugin_.c_str(), 1000, 1000), 0);
  EXPECT_THAT(exposure_of(folder_).how,
              HasSubstr("others have made things in " + folder_.string() + ", \"plugin.so\""));
}

TEST_F(TrustedPath, IsExposedToTheOwnerOfAFolderAbove) {
  ASSERT_EQ(chown(folder_.c_str(), 1000, 1000), 0);
  EXPECT_EQ(exposure(plugin_), Exposure::kToItsOwner);
  EXPECT_THAT(exposure_of(plugin_).how, HasSubstr("/folder belongs to user 1000"));
}

TEST_F(TrustedPath, OfWhoCalledSudoIsTheirs) {
  ASSERT_EQ(chown(folder_.c_str(), 1000, 1000), 0);
  setenv("SUDO_UID", "1000", 1);
  EXPECT_EQ(exposure(plugin_), Exposure::kNone);
  unsetenv("SUDO_UID");
}

TEST_F(TrustedPath, IsExposedByALinkOfAnotherUser) {
  const fs::path link = bench_.path() / "link";
  fs::create_directory_symlink("folder", link);
  EXPECT_EQ(exposure(link / "plugin.so"), Exposure::kNone);
  ASSERT_EQ(lchown(link.c_str(), 1000, 1000), 0);
  EXPECT_EQ(exposure(link / "plugin.so"), Exposure::kToOthers);
  EXPECT_THAT(exposure_of(link / "plugin.so").how, HasSubstr("the link "));
}

TEST_F(TrustedPath, IsExposedByWhatALinkLeadsTo) {
  fs::create_directory_symlink(folder_, bench_.path() / "link");
  chmod(folder_.c_str(), 0777);
  EXPECT_EQ(exposure(bench_.path() / "link/plugin.so"), Exposure::kToOthers);
}

TEST_F(TrustedPath, InACircleIsAnError) {
  fs::create_symlink("b", bench_.path() / "a");
  fs::create_symlink("a", bench_.path() / "b");
  EXPECT_THROW(exposure_of(bench_.path() / "a/x"), Error);
}

}  // namespace
}  // namespace baker
