// Whoever may change a plugin or the cache is root: so it is known who may.
#include "engine/io/trusted_path.h"

#include <gmock/gmock.h>

#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <vector>

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
  // How the path is exposed, in the words of the first finding; empty: to nobody.
  static std::string how(const fs::path& path) {
    const std::vector<PathExposure> found = exposures_of(path);
    return found.empty() ? "" : found.front().how;
  }
  static std::optional<Exposure> exposure(const fs::path& path) {
    const std::vector<PathExposure> found = exposures_of(path);
    return found.empty() ? std::nullopt : std::optional(found.front().exposure);
  }

  testing::Workbench bench_;
  const fs::path folder_ = bench_.path() / "folder";
  const fs::path plugin_ = folder_ / "plugin.so";
};

TEST_F(TrustedPath, OfRootIsExposedToNobodyAlsoWhereItIsYetToBeMade) {
  EXPECT_EQ(exposure(plugin_), std::nullopt);
  EXPECT_EQ(exposure(folder_ / "later/on"), std::nullopt);
}

TEST_F(TrustedPath, IsExposedWhereEveryoneMayWriteTheFile) {
  chmod(plugin_.c_str(), 0666);
  EXPECT_EQ(exposure(plugin_), Exposure::kToOthers);
  EXPECT_THAT(how(plugin_), HasSubstr("plugin.so may be written by everyone (mode 666)"));
}

TEST_F(TrustedPath, IsExposedWhereAGroupMayWriteAFolderAbove) {
  ASSERT_EQ(chown(folder_.c_str(), 0, 50), 0);
  chmod(folder_.c_str(), 0775);
  EXPECT_THAT(how(plugin_), HasSubstr("/folder may be written by group 50 (mode 775)"));
}

TEST_F(TrustedPath, IsExposedByAnAccessList) {
  testing::run_program({"setfacl", "-m", "u:1000:rwx", folder_});
  EXPECT_THAT(how(plugin_), HasSubstr("/folder may be written by whom its access list"));
}

TEST_F(TrustedPath, IsKeptFromOthersByAStickyFolder) {
  chmod(folder_.c_str(), 01777);
  EXPECT_EQ(exposure(plugin_), std::nullopt);
  EXPECT_EQ(exposure(folder_), std::nullopt) << "as a fresh tmpfs is";
}

TEST_F(TrustedPath, IsExposedWhereOthersHaveMadeThingsInAStickyFolder) {
  chmod(folder_.c_str(), 01777);
  ASSERT_EQ(chown(plugin_.c_str(), 1000, 1000), 0);
  EXPECT_THAT(how(folder_),
              HasSubstr("others have made things in " + folder_.string() + ", \"plugin.so\""));
}

TEST_F(TrustedPath, IsExposedToTheOwnerOfAFolderAbove) {
  ASSERT_EQ(chown(folder_.c_str(), 1000, 1000), 0);
  EXPECT_EQ(exposure(plugin_), Exposure::kToItsOwner);
  EXPECT_THAT(how(plugin_), HasSubstr("/folder belongs to user 1000"));
}

TEST_F(TrustedPath, IsLookedAtWhereALinkLeadsBeforeDotDot) {
  bench_.write("open/inside/plugin.so", "");
  chmod((bench_.path() / "open").c_str(), 0777);
  fs::create_directory_symlink("open/inside", bench_.path() / "link");
  EXPECT_EQ(exposure(bench_.path() / "link/../inside/plugin.so"), Exposure::kToOthers);
}

TEST_F(TrustedPath, TellsAllThatIsExposed) {
  ASSERT_EQ(chown(folder_.c_str(), 1000, 1000), 0);
  ASSERT_EQ(chown(plugin_.c_str(), 1001, 1001), 0);
  EXPECT_EQ(exposures_of(plugin_).size(), 2U);
}

TEST_F(TrustedPath, OfWhoCalledSudoIsTheirs) {
  ASSERT_EQ(chown(folder_.c_str(), 1000, 1000), 0);
  setenv("SUDO_UID", "1000", 1);
  EXPECT_EQ(exposure(plugin_), std::nullopt);
  unsetenv("SUDO_UID");
}

TEST_F(TrustedPath, IsExposedByALinkOfAnotherUser) {
  const fs::path link = bench_.path() / "link";
  fs::create_directory_symlink("folder", link);
  EXPECT_EQ(exposure(link / "plugin.so"), std::nullopt);
  ASSERT_EQ(lchown(link.c_str(), 1000, 1000), 0);
  EXPECT_EQ(exposure(link / "plugin.so"), Exposure::kToOthers);
  EXPECT_THAT(how(link / "plugin.so"), HasSubstr("the link "));
}

TEST_F(TrustedPath, IsExposedByWhatALinkLeadsTo) {
  fs::create_directory_symlink(folder_, bench_.path() / "link");
  chmod(folder_.c_str(), 0777);
  EXPECT_EQ(exposure(bench_.path() / "link/plugin.so"), Exposure::kToOthers);
}

TEST_F(TrustedPath, InACircleIsAnError) {
  fs::create_symlink("b", bench_.path() / "a");
  fs::create_symlink("a", bench_.path() / "b");
  EXPECT_THROW(exposures_of(bench_.path() / "a/x"), Error);
}

}  // namespace
}  // namespace baker
