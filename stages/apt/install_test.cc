#include "install.h"

#include "fetch.h"

#include <gmock/gmock.h>

namespace baker::apt {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

PackagePin package(const std::string& name, std::vector<std::string> after = {}) {
  return {.name = name,
          .version = "1",
          .architecture = "all",
          .sha256 = std::string(64, '0'),
          .suite = "stable",
          .path = "pool/" + name + "+1.deb",
          .after = std::move(after)};
}

TEST(DpkgCalls, AreOneWhereNothingHasToBeConfiguredFirst) {
  EXPECT_THAT(plan_dpkg_calls({package("a"), package("b")}),
              ElementsAre(DpkgCall{{"--install"}, {package("a"), package("b")}}));
}

TEST(DpkgCalls, AreNoneForPackagesThatAreOnlyMarked) {
  EXPECT_THAT(plan_dpkg_calls({{.name = "a", .mark = Mark::kManual}}), IsEmpty());
}

TEST(DpkgCalls, ConfigureWhatAPreDependsWantsBeforeUnpacking) {
  EXPECT_THAT(plan_dpkg_calls({package("libc"), package("shell", {"libc"}), package("top")}),
              ElementsAre(DpkgCall{{"--no-triggers", "--unpack"}, {package("libc")}},
                          DpkgCall{{"--no-triggers", "--configure", "libc"}, {}},
                          DpkgCall{{"--no-triggers", "--unpack"},
                                   {package("shell", {"libc"}), package("top")}},
                          DpkgCall{{"--configure", "--pending"}, {}}));
}

TEST(DpkgCalls, RemoveAtTheirPlaceInAptsOrder) {
  EXPECT_THAT(plan_dpkg_calls({package("a"), {.name = "old", .remove = true}, package("b")}),
              ElementsAre(DpkgCall{{"--no-triggers", "--unpack"}, {package("a")}},
                          DpkgCall{{"--no-triggers", "--force-depends", "--remove", "old"}, {}},
                          DpkgCall{{"--no-triggers", "--unpack"}, {package("b")}},
                          DpkgCall{{"--configure", "--pending"}, {}}));
}

TEST(Urls, AreThoseOfEverySourceWithThePinnedSuite) {
  const std::vector<Repository> repositories = {{"http://one.example.org/", "stable", ""},
                                                {"http://other.example.org/", "testing", ""},
                                                {"http://two.example.org/", "stable", ""}};

  EXPECT_THAT(urls_of(package("a"), repositories),
              ElementsAre("http://one.example.org/pool/a%2b1.deb",
                          "http://two.example.org/pool/a%2b1.deb"));
}

}  // namespace
}  // namespace baker::apt
