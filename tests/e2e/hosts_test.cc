// The systems that baker is said to run on have all that it needs, under the names in packages.txt.
#include <gmock/gmock.h>

#include <sstream>

#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

class HostsNightly : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }
  static std::string packages(const std::string& release) {
    const Outcome listed = run_program(
        {BAKER_SOURCE "/cmake/install_packages.sh", "--list", release, "build", "bake"});
    std::string list;
    std::istringstream names(listed.out);
    for (std::string name; names >> name;) list += (list.empty() ? "\"" : ", \"") + name + "\"";
    return list;
  }

  const Workbench bench_;
};

TEST_P(HostsNightly, HasThePackagesThatBakerNeeds) {
  const std::string release = GetParam();
  bench_.write("p.toml",
               "[pipeline]\nname = \"hosts\"\n[stage.base]\nuses = \"rootfs\"\n"
               "sources = [{ mmdebstrap = \"" +
                   release +
                   "\", variant = \"apt\" }]\n[stage.host]\nuses = \"apt\"\n"
                   "from = \"base\"\npackages = [" +
                   packages(release) + "]\n");
  const Outcome resolved = bench_.baker({"update", "p.toml"});
  EXPECT_EQ(resolved.exit_status, 0) << resolved.all();
}

INSTANTIATE_TEST_SUITE_P(, HostsNightly,
                         ::testing::Values("bookworm", "trixie", "noble", "resolute"));

}  // namespace
}  // namespace baker::testing
