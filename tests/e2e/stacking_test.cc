// What a stage says of its root is what the machine has, however many say it after each other.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/e2e/tiny_root.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class StackingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }
  Outcome run(const std::string& stages) const {
    bench_.write("p.toml", "[pipeline]\nname = \"stacking-test\"\n" + stages);
    return bench_.baker({"run", "p.toml"});
  }
  static std::string file(const std::string& stage, const std::string& from,
                          const std::string& path, const std::string& content) {
    return "[stage." + stage + "]\nuses = \"files\"\n" +
           (from.empty() ? "" : "from = " + from + "\n") + "files = { \"" + path +
           "\" = { content = \"" + content + "\" } }\n";
  }
  static std::string script(const std::string& stage, const std::string& from,
                            const std::string& text) {
    return "[stage." + stage + "]\nuses = \"script\"\nfrom = " + from + "\nrun = '" + text + "'\n";
  }
  static std::string machine(const std::string& from) {
    return "[stage.machine]\nuses = \"snapshot\"\nfrom = " + from + "\nmachine = \"m\"\n";
  }
  unsigned mode_of(const std::string& path) const {
    struct stat status {};
    EXPECT_EQ(stat((bench_.machines() / "m" / path).c_str(), &status), 0) << path;
    return status.st_mode & 07777U;
  }

  const Workbench bench_;
};

// The third layer equals the first.
TEST_F(StackingTest, AFileThatIsPutBackIsThere) {
  const Outcome baked = run(file("a", "", "/etc/x", "one") + file("b", "\"a\"", "/etc/x", "two") +
                            file("c", "\"b\"", "/etc/x", "one") + machine("\"c\""));
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(bench_.read("machines/m/etc/x"), "one");
}

TEST_F(StackingTest, AFileThatIsRemovedAndPutBackIsThere) {
  const Outcome baked =
      run(tiny_root("base") + "\"/bin/rm\" = { source = \"/bin/rm\" }\n" +
          file("a", "\"base\"", "/etc/x", "one") + script("b", "\"a\"", ": > /etc/y; rm /etc/x") +
          file("c", "\"b\"", "/etc/x", "one") + machine("\"c\""));
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(bench_.read("machines/m/etc/x"), "one");
}

// Both stand on the first; one says something of the folder, the other adds a file to it.
TEST_F(StackingTest, AFolderThatASiblingPassesThroughKeepsItsMode) {
  const std::string stages =
      "[stage.a]\nuses = \"files\"\ndirectories = { \"/srv/private\" = {} }\n"
      "[stage.b]\nuses = \"files\"\nfrom = \"a\"\n"
      "directories = { \"/srv/private\" = { mode = \"0700\" } }\n" +
      file("q", "\"a\"", "/srv/private/x", "x");
  for (const char* order : {"[\"b\", \"q\"]", "[\"q\", \"b\"]"}) {
    const Outcome baked = run(stages + machine(order));
    ASSERT_EQ(baked.exit_status, 0) << baked.all();
    EXPECT_EQ(mode_of("srv/private"), 0700U) << order;
  }
}

TEST_F(StackingTest, AnEqualLayerStillHasItsSayAgainstOthers) {
  const Outcome refused = run(file("a", "", "/etc/x", "one") + file("b", "\"a\"", "/etc/x", "two") +
                              file("c", "", "/etc/x", "one") + machine("[\"b\", \"c\"]"));
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr("stages \"b\" and \"c\" both bring /etc/x, with different content")));
}

TEST_F(StackingTest, NothingOfTheCachesOwnFolderIsInALayer) {
  fs::create_directories(bench_.cache());
  ASSERT_EQ(chown(bench_.cache().c_str(), 0, 33), 0);
  ASSERT_EQ(chmod(bench_.cache().c_str(), 02755), 0);
  ASSERT_EQ(run_program({"setfacl", "-d", "-m", "u:1000:rwx", bench_.cache()}).exit_status, 0);
  const std::string stages =
      tiny_root("base") + script("s", "\"base\"", ": > /made") + machine("\"s\"");
  ASSERT_EQ(run(stages).exit_status, 0);
  EXPECT_EQ(mode_of("."), 0755U);
  EXPECT_EQ(run_program({"getfacl", "-s", "-R", bench_.machines() / "m"}).out, "");
  const fs::path layer = bench_.layer_of("p.toml", "s").parent_path();
  const fs::path kept = bench_.path() / "kept";
  fs::copy_file(layer / "listing", kept);
  fs::rename(bench_.cache(), bench_.path() / "old-cache");
  const Outcome again = run(stages);
  ASSERT_EQ(again.exit_status, 0) << again.all();
  EXPECT_EQ(
      run_program({"cmp", kept, bench_.layer_of("p.toml", "s").parent_path() / "listing"}).out, "");
}

}  // namespace
}  // namespace baker::testing
