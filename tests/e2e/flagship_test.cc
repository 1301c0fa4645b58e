// What the other programs stand on: the flagship bakes, on the base that its users get; and beside
// it the bare roots are made.
#include <gmock/gmock.h>

#include <future>
#include <iostream>

#include "tests/support/flagship.h"
#include "tests/support/nested_host.h"

namespace baker::testing {
namespace {

using ::testing::HasSubstr;

TEST(FlagshipTest, Bakes) {
  if (!is_root()) GTEST_SKIP() << "baking needs root";
  const auto bases = std::async(std::launch::async, [] {
    debian_tarball();
    bootable_debian();
    debian_host();
  });
  const Workbench bench;
  choose_flagship_base("jammy");  // whatever the run before had to do
  Outcome baked = bake_kept_flagship(bench, {});
  if (baked.err.find("no source of the base root can be used") != std::string::npos) {
    std::cout << "\n*** Ubuntu's archive does not answer. These tests run on the host's own\n"
                 "*** distribution instead (base=host), which is not what users get:\n"
              << baked.err << std::endl;
    choose_flagship_base("host");
    baked = bake_kept_flagship(bench, {});
  }
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(baked.out, HasSubstr("4 machines placed"));
  std::cout << baked.out << std::endl;
}

}  // namespace
}  // namespace baker::testing
