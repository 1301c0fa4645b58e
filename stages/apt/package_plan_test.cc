#include "package_plan.h"

#include <gmock/gmock.h>

namespace baker::apt {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const std::string kDigest(64, 'd');

std::vector<Repository> repositories() {
  return {{"http://example.org/debian/", "bookworm", "stable"},
          {"http://example.org/debian/", "bookworm-updates", "stable-updates"},
          {"http://example.org/debian-security/", "bookworm-security", "stable-security"}};
}

PackageUri uri_of(const std::string& name, const std::string& version) {
  const std::string file = name + "_" + version + "_all.deb";
  return {"http://example.org/debian/pool/" + file, file, 7, kDigest};
}

std::string inst(const std::string& name, const std::string& old = "") {
  return "Inst " + name + (old.empty() ? " " : " [" + old + "] ") + "(2 Debian:12/stable [all])\n";
}
std::string conf(const std::string& name) {
  return "Conf " + name + " (2 Debian:12/stable [all])\n";
}

TEST(PinPlan, SaysWhereAPackageLiesWithoutAnAddress) {
  const auto packages =
      pin_plan(parse_plan(inst("tool")), {uri_of("tool", "2")}, repositories(), {"tool"});

  EXPECT_THAT(packages, ElementsAre(PackagePin{.name = "tool",
                                               .version = "2",
                                               .architecture = "all",
                                               .sha256 = kDigest,
                                               .size = 7,
                                               .suite = "bookworm",
                                               .path = "pool/tool_2_all.deb"}));
}

TEST(PinPlan, TellsSuitesOfOneAddressApartByTheirArchive) {
  const auto packages =
      pin_plan(parse_plan("Inst tool (2 Debian:12-updates/stable-updates [all])\n"),
               {uri_of("tool", "2")}, repositories(), {"tool"});

  ASSERT_THAT(packages, SizeIs(1));
  EXPECT_EQ(packages[0].suite, "bookworm-updates");
}

TEST(PinPlan, TellsThePathOfAFlatRepositoryPlainly) {
  const std::vector<Repository> flat = {{"file:/srv/repository/", "./", "$(SUITE)"}};
  const auto packages = pin_plan(
      parse_plan("Inst tool (2 localhost [all])\n"),
      {{"file:/srv/repository/./tool_2_all.deb", "tool_2_all.deb", 7, kDigest}}, flat, {"tool"});

  ASSERT_THAT(packages, SizeIs(1));
  EXPECT_EQ(packages[0].path, "tool_2_all.deb");
}

TEST(PinPlan, AsksForConfiguringOnlyWhereAptDoesItBeforeTheLastUnpacking) {
  const auto packages = pin_plan(parse_plan(inst("libc") + conf("libc") + inst("shell") +
                                            inst("top") + conf("shell") + conf("top")),
                                 {uri_of("libc", "2"), uri_of("shell", "2"), uri_of("top", "2")},
                                 repositories(), {"top"});

  ASSERT_THAT(packages, SizeIs(3));
  EXPECT_THAT(packages[0].after, SizeIs(0));
  EXPECT_THAT(packages[1].after, ElementsAre("libc"));
  EXPECT_THAT(packages[2].after, SizeIs(0));
}

TEST(PinPlan, MarksWhatNobodyAskedForAsAutomatic) {
  const auto packages = pin_plan(parse_plan(inst("g++") + inst("gcc") + inst("cc")),
                                 {uri_of("g++", "2"), uri_of("gcc", "2"), uri_of("cc", "2")},
                                 repositories(), {"g++", "cc=2"});

  ASSERT_THAT(packages, SizeIs(3));
  EXPECT_EQ(packages[0].mark, Mark::kLeave);
  EXPECT_EQ(packages[1].mark, Mark::kAuto);
  EXPECT_EQ(packages[2].mark, Mark::kLeave);
}

TEST(PinPlan, LeavesTheMarkOfAnUpgradeThatNobodyAskedFor) {
  const auto packages =
      pin_plan(parse_plan(inst("lib", "1") + inst("tool", "1")),
               {uri_of("lib", "2"), uri_of("tool", "2")}, repositories(), {"tool"});

  ASSERT_THAT(packages, SizeIs(2));
  EXPECT_EQ(packages[0].mark, Mark::kLeave);
  EXPECT_EQ(packages[1].mark, Mark::kManual);
}

TEST(PinPlan, RemembersAPackageThatIsOnlyToBeMarked) {
  const auto packages =
      pin_plan(parse_plan("lib set to manually installed.\n"), {}, repositories(), {"lib"});

  EXPECT_THAT(packages, ElementsAre(PackagePin{.name = "lib", .mark = Mark::kManual}));
}

TEST(PinPlan, RemembersARemoval) {
  const auto packages = pin_plan(parse_plan("Remv old [1.0]\n"), {}, repositories(), {});

  EXPECT_THAT(packages, ElementsAre(PackagePin{.name = "old", .version = "1.0", .remove = true}));
}

TEST(PinPlan, RefusesARepositoryWithoutSha256) {
  PackageUri uri = uri_of("tool", "2");
  uri.sha256.clear();

  try {
    pin_plan(parse_plan(inst("tool")), {uri}, repositories(), {"tool"});
    FAIL() << "a package without a digest was pinned";
  } catch (const StageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("no SHA-256"));
  }
}

TEST(PackagePin, SurvivesTheLockFile) {
  const PackagePin package{.name = "tool",
                           .version = "1:2",
                           .architecture = "all",
                           .sha256 = kDigest,
                           .size = 7,
                           .suite = "bookworm",
                           .path = "pool/tool_2_all.deb",
                           .after = {"libc"},
                           .mark = Mark::kAuto};

  EXPECT_EQ(to_package(to_pin(package)), package);
}

}  // namespace
}  // namespace baker::apt
