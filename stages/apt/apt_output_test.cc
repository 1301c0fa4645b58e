#include "apt_output.h"

#include <gmock/gmock.h>

namespace baker::apt {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Action = PlanStep::Action;

TEST(Plan, ReadsANewPackageWithEveryArchiveThatHasIt) {
  const Plan plan = parse_plan(
      "Inst libkrb5-3 (1.20.1-2+deb12u5 Debian:12.15/oldstable, "
      "Debian-Security:12/oldstable-security [amd64])\n");

  EXPECT_THAT(plan.steps, ElementsAre(PlanStep{.action = Action::kUnpack,
                                               .name = "libkrb5-3",
                                               .version = "1.20.1-2+deb12u5",
                                               .architecture = "amd64",
                                               .archives = {"oldstable", "oldstable-security"}}));
}

TEST(Plan, ReadsAnUpgradeOfAForeignArchitectureThatLeavesOthersBroken) {
  const Plan plan = parse_plan(
      "Inst libc6:i386 [2.36-9] (2.36-10 Debian:12.15/stable [i386]) [libc-bin:amd64 on "
      "libc6:i386]\n");

  EXPECT_THAT(plan.steps, ElementsAre(PlanStep{.action = Action::kUnpack,
                                               .name = "libc6:i386",
                                               .old_version = "2.36-9",
                                               .version = "2.36-10",
                                               .architecture = "i386",
                                               .archives = {"stable"}}));
}

TEST(Plan, ReadsAPackageOfARepositoryWithoutAReleaseFile) {
  const Plan plan = parse_plan("Inst tool (1.0 localhost [all])\nInst other (2.0 [all])\n");

  ASSERT_EQ(plan.steps.size(), 2u);
  EXPECT_EQ(plan.steps[0].version, "1.0");
  EXPECT_EQ(plan.steps[0].architecture, "all");
  EXPECT_THAT(plan.steps[0].archives, IsEmpty());
  EXPECT_EQ(plan.steps[1].architecture, "all");
}

TEST(Plan, KeepsTheOrderOfUnpackingConfiguringAndRemoving) {
  const Plan plan = parse_plan(
      "Reading package lists...\n"
      "Remv old [1.0]\n"
      "Inst base (1 x:1/s [all])\n"
      "Conf base (1 x:1/s [all])\n"
      "Inst top (1 x:1/s [all])\n"
      "Conf top (1 x:1/s [all])\n");

  std::vector<std::string> told;
  for (const PlanStep& step : plan.steps) told.push_back(step.name);
  EXPECT_THAT(told, ElementsAre("old", "base", "base", "top", "top"));
  EXPECT_EQ(plan.steps[0].action, Action::kRemove);
  EXPECT_EQ(plan.steps[0].old_version, "1.0");
  EXPECT_EQ(plan.steps[2].action, Action::kConfigure);
}

TEST(Plan, KnowsWhatAptChoseForAVirtualNameAndWhatBecomesManual) {
  const Plan plan = parse_plan(
      "\rReading state information... 0%\r\rReading state information... Done\r\n"
      "Note, selecting 'mawk' instead of 'awk'\n"
      "libext2fs2 is already the newest version (1.47.0-2+b2).\n"
      "libext2fs2 set to manually installed.\n");

  EXPECT_THAT(plan.selected, ElementsAre("mawk"));
  EXPECT_THAT(plan.now_manual, ElementsAre("libext2fs2"));
}

TEST(Uris, ReadsNameSizeAndDigestOfAVersionWithAnEpoch) {
  const std::string digest(64, 'a');
  const auto uris = parse_uris(
      "'http://example.org/pool/main/n/nspr/libnspr4_4.35-1_amd64.deb' "
      "libnspr4_2%3a4.35-1_amd64.deb 113108 SHA256:" +
      digest + "\n");

  EXPECT_THAT(
      uris, ElementsAre(PackageUri{"http://example.org/pool/main/n/nspr/libnspr4_4.35-1_amd64.deb",
                                   "libnspr4_2:4.35-1_amd64.deb", 113108, digest}));
}

TEST(Uris, LeavesTheDigestEmptyWhereTheRepositoryHasOnlyMd5) {
  const auto uris = parse_uris("'http://example.org/a_1_all.deb' a_1_all.deb 10 MD5Sum:00ff\n");

  ASSERT_EQ(uris.size(), 1u);
  EXPECT_EQ(uris[0].sha256, "");
}

TEST(Repositories, AreToldOnceHoweverManyListsTheyHave) {
  const auto repositories = parse_repositories(
      "http://example.org/debian/\tbookworm\toldstable\n"
      "http://example.org/debian/\tbookworm\toldstable\n"
      "http://example.org/flat/\t./\t\n");

  EXPECT_THAT(repositories,
              ElementsAre(Repository{"http://example.org/debian/", "bookworm", "oldstable"},
                          Repository{"http://example.org/flat/", "./", ""}));
}

TEST(Paths, SurviveEncodingAndDecoding) {
  const std::string path = "pool/main/g/g++/libstdc++6_12.2~rc1-1_amd64.deb";

  EXPECT_EQ(encode_path(path), "pool/main/g/g%2b%2b/libstdc%2b%2b6_12.2%7erc1-1_amd64.deb");
  EXPECT_EQ(decode_path(encode_path(path)), path);
}

TEST(Paths, KeepAPercentSignThatEncodesNothing) {
  EXPECT_EQ(decode_path("100%/%zz%4"), "100%/%zz%4");
}

TEST(Complaint, IsNotAboutFormsOfALocalIndexThatNobodyMade) {
  EXPECT_EQ(complaint_of("Err:3 file:/local ./ Packages\n  Method gave a blank filename\n"
                         "Err:5 http://x bookworm Release\n  404  Not Found\n"),
            "Err:5 http://x bookworm Release\n  404  Not Found");
}

TEST(Complaint, IsWhatAptSaysWithoutItsProgress) {
  EXPECT_EQ(complaint_of("\rReading package lists... 0%\r\rReading package lists... "
                         "Done\r\nBuilding dependency tree...\n"
                         "E: Unable to locate package nosuch\n"),
            "E: Unable to locate package nosuch");
}

}  // namespace
}  // namespace baker::apt
