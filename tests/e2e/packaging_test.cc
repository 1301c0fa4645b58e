// Someone who has baker installed, and no source of it, writes a stage type and uses it.
#include <gmock/gmock.h>

#include <memory>
#include <stdexcept>

#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

void must(const std::vector<std::string>& argv) {
  const Outcome outcome = run_program(argv);
  if (outcome.exit_status != 0) throw std::runtime_error(argv.at(0) + " failed:\n" + outcome.all());
}

class PackagingTest : public ::testing::Test {
 protected:
  // baker is installed once; the example is copied away from the tree and built once.
  static void SetUpTestSuite() {
    shared_ = std::make_unique<Workbench>();
    must({"cmake", "--install", BAKER_BUILD, "--prefix", prefix()});
    const fs::path motd = shared_->path() / "motd";
    fs::copy(fs::path(BAKER_SOURCE) / "plugins/examples/motd", motd);
    must({"cmake", "-S", motd, "-B", motd / "build", "-G", "Ninja",
          "-DCMAKE_PREFIX_PATH=" + prefix(), "-DCMAKE_BUILD_TYPE=Release"});
    must({"cmake", "--build", motd / "build"});
  }
  static void TearDownTestSuite() { shared_.reset(); }

  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
    bench_.write("logo.txt", "<>\n");
    bench_.write("pipeline.toml", R"(
      [pipeline]
      name = "packaging-test"
      [stage.greeting]
      uses = "motd"
      text = "welcome"
      logo = "logo.txt"
    )");
  }

  static std::string prefix() { return shared_->path() / "prefix"; }
  static std::string plugins() { return shared_->path() / "motd/build/plugins"; }

  // The installed baker, with the folders of the test.
  Outcome installed_baker(std::vector<std::string> arguments,
                          const std::map<std::string, std::string>& env = {}) {
    arguments.insert(arguments.begin(), prefix() + "/bin/baker");
    for (const auto& [option, folder] :
         {std::pair<std::string, fs::path>{"--cache-dir", bench_.cache()},
          {"--machines-dir", bench_.machines()},
          {"--state-dir", bench_.state()},
          {"--nspawn-dir", bench_.nspawn()}}) {
      arguments.push_back(option);
      arguments.push_back(folder);
    }
    return run_program(arguments, env, bench_.path());
  }
  std::string greeting() {
    return run_program({"cat", bench_.layer_of("pipeline.toml", "greeting") / "etc/motd"}).out;
  }

  static inline std::unique_ptr<Workbench> shared_;
  Workbench bench_;
};

TEST_F(PackagingTest, AnInstalledBakerUsesAStageTypeFromAnotherFolder) {
  const Outcome baked = installed_baker({"run", "pipeline.toml", "--plugin-dir", plugins()});
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(greeting(), "<>\nwelcome\n");
}

TEST_F(PackagingTest, StageTypesAreFoundThroughTheEnvironment) {
  const Outcome baked =
      installed_baker({"run", "pipeline.toml"}, {{"BAKER_PLUGIN_PATH", "/nowhere:" + plugins()}});
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(greeting(), "<>\nwelcome\n");
}

TEST_F(PackagingTest, TheTestOfTheExampleTriesItOnRealParts) {
  const Outcome tried =
      run_program({shared_->path() / "motd/test.sh", plugins()},
                  {{"BAKER", prefix() + "/bin/baker"}, {"TMPDIR", bench_.path().string()}});
  EXPECT_EQ(tried.exit_status, 0) << tried.all();
  EXPECT_THAT(tried.out, HasSubstr("\nok\n"));
}

TEST_F(PackagingTest, AStageTypeThatIsNotFoundIsSaidBeforeAnythingRuns) {
  const Outcome baked = installed_baker({"run", "pipeline.toml"});
  EXPECT_EQ(baked.exit_status, 2);
  EXPECT_THAT(baked.all(), HasSubstr("motd"));
}

TEST_F(PackagingTest, ItsOptionsAreExplainedLikeThoseOfBuiltInOnes) {
  const Outcome told =
      run_program({prefix() + "/bin/baker", "stages", "motd", "--plugin-dir", plugins()});
  EXPECT_EQ(told.exit_status, 0);
  EXPECT_THAT(told.out, HasSubstr("What to print."));
}

using PackagingNightly = PackagingTest;

TEST_F(PackagingNightly, ThePluginDoesNotDependOnWhereItWasBuilt) {
  const fs::path elsewhere = shared_->path() / "another-folder";
  fs::copy(fs::path(BAKER_SOURCE) / "plugins/examples/motd", elsewhere);
  must({"cmake", "-S", elsewhere, "-B", elsewhere / "out", "-G", "Ninja",
        "-DCMAKE_PREFIX_PATH=" + prefix(), "-DCMAKE_BUILD_TYPE=Release"});
  must({"cmake", "--build", elsewhere / "out"});
  EXPECT_EQ(
      run_program({"cmp", plugins() + "/motd.so", elsewhere / "out/plugins/motd.so"}).exit_status,
      0);
}

// Keys have the digest of the plugin in them: hosts share layers only where it is the same.
TEST_F(PackagingNightly, BakersOwnPluginsDoNotDependOnWhereTheyWereBuilt) {
  const fs::path one = shared_->path() / "one", two = shared_->path() / "a/second/folder";
  for (const fs::path& folder : {one, two}) {
    fs::create_directories(folder);
    for (const auto& entry : fs::directory_iterator(BAKER_SOURCE))
      if (entry.path().filename() != "build" && entry.path().filename() != ".git")
        fs::copy(entry.path(), folder / entry.path().filename(), fs::copy_options::recursive);
    must(
        {"sh", "-c",
         "cd " + folder.string() +
             " && export CCACHE_DISABLE=1 && cmake --preset release && cmake --build build/release "
             "--target baker_stage_files --target baker_stage_apt"});
  }
  for (const char* plugin : {"build/release/plugins/files.so", "build/release/plugins/apt.so"})
    EXPECT_EQ(run_program({"cmp", one / plugin, two / plugin}).exit_status, 0) << plugin;
}

}  // namespace
}  // namespace baker::testing
