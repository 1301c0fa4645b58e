#include "archive.h"

#include <gmock/gmock.h>

#include "tests/support/workbench.h"

namespace baker::rootfs {
namespace {

using ::testing::ElementsAre;

TEST(Distribution, IsKnownByTheListsOfItsReleases) {
  const testing::Workbench bench;
  bench.write("ubuntu.csv",
              "version,codename,series,created,release,eol\n"
              "22.04 LTS,Jammy Jellyfish,jammy,2021-10-14,2022-04-21,2027-06-01\n");
  bench.write("debian.csv",
              "version,codename,series,created,release,eol\n"
              "12,Bookworm,bookworm,2021-08-14,2023-06-10,2026-06-10\n");
  EXPECT_EQ(distribution_of("jammy", bench.path()), Distribution::kUbuntu);
  EXPECT_EQ(distribution_of("bookworm", bench.path()), Distribution::kDebian);
  EXPECT_EQ(distribution_of("stable", bench.path()), Distribution::kDebian);
  EXPECT_EQ(distribution_of("jammmy", bench.path()), Distribution::kUnknown);
}

TEST(Distribution, CannotBeToldWithoutTheLists) {
  const testing::Workbench bench;
  EXPECT_THROW(distribution_of("jammy", bench.path()), StageError);
}

TEST(Components, AreThoseThatMostPeopleHave) {
  EXPECT_THAT(default_components(Distribution::kUbuntu), ElementsAre("main", "universe"));
  EXPECT_THAT(default_components(Distribution::kDebian), ElementsAre("main"));
}

TEST(Components, StandInTheIndexOfASuite) {
  EXPECT_THAT(components_in("Suite: jammy\nComponents: main restricted universe\nSHA256:\n"),
              ElementsAre("main", "restricted", "universe"));
  EXPECT_THAT(components_in("Components: updates/main\n"), ElementsAre("main"));
  EXPECT_THAT(components_in("Suite: jammy\n"), ElementsAre());
}

}  // namespace
}  // namespace baker::rootfs
