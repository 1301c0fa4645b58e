// The systems that baker is said to run on: there it is built, its fast tests pass, and the two
// pipelines of README are baked and run.
#include <gmock/gmock.h>

#include <cstdio>
#include <set>
#include <sstream>

#include "tests/support/flagship.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::set<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::set<std::string> words;
  for (std::string word; stream >> word;) words.insert(word);
  return words;
}

// A root of pipelines/hosts.toml with the sources of baker in it, entered as a container is.
class HostsNightly : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
    copy_kept_flagship(bench_);  // for its downloads: all else is baked anew by what is built there
    fs::copy(BAKER_SOURCE "/pipelines/hosts.toml", bench_.path());
    const Outcome baked = bench_.baker({"run", "hosts.toml", "--place", "copy", "--set",
                                        "hosts=[\"" + std::string(GetParam()) + "\"]"});
    ASSERT_EQ(baked.exit_status, 0) << baked.all();
    const Outcome copied =
        run_program({"sh", "-e", "-c",
                     "mkdir \"$1\"/root/baker; cd \"$0\"; git ls-files -z --cached --others "
                     "--exclude-standard | tar -c --null -T - | "
                     "tar -x --no-same-owner -C \"$1\"/root/baker",
                     BAKER_SOURCE, host()});
    ASSERT_EQ(copied.exit_status, 0) << copied.all();
    fs::copy(bench_.path() / "kraft3.lock.toml", host() / "root/baker/pipelines");
  }
  fs::path host() const { return bench_.machines() / ("baker-on-" + std::string(GetParam())); }
  Outcome in_host(const std::string& script) const {
    return run_program({BAKER_SOURCE "/tests/support/enter_as_container", "--bind",
                        bench_.cache().string() + ":/var/cache/baker", host(), "bash", "-euc",
                        "cd /root/baker; PATH=$PWD/build/release/bin:$PATH; " + script});
  }

  const Workbench bench_;
};

TEST_P(HostsNightly, IsAHostOfTheSameRank) {
  const Outcome tested = in_host("CI= ./test.sh fast");
  EXPECT_EQ(tested.exit_status, 0) << tested.all();

  const Outcome built = in_host(
      "mkdir -p build; cmake --preset release > build/log || cat build/log; "
      "cmake --build --preset release -- --quiet; systemd-machine-id-setup; baker doctor");
  ASSERT_EQ(built.exit_status, 0) << built.all();

  const Outcome greeted = in_host(
      "baker up pipelines/hello.toml "
      "--set greeting=hi-there;"
      "baker exec hello -- cat /etc/motd; baker down pipelines/hello.toml");
  EXPECT_EQ(greeted.exit_status, 0) << greeted.all();
  EXPECT_THAT(greeted.out, HasSubstr("\nhi-there\n"));

  const std::string flagship = "pipelines/kraft3.toml --set base=" + flagship_base();
  const Outcome served = in_host(
      "unshare --net bash -euc 'ip link set lo up; "
      "baker up " +
      flagship + " --offline; baker test " + flagship + "; baker down " + flagship + "'");
  EXPECT_EQ(served.exit_status, 0) << served.all();
  std::printf("%s: %s\n", GetParam(), served.out.c_str());
}

INSTANTIATE_TEST_SUITE_P(, HostsNightly,
                         ::testing::Values("bookworm", "trixie", "noble", "resolute"));

// pipelines/hosts.toml names what packages.txt does.
TEST(Hosts, HaveWhatBakerNeeds) {
  const Workbench bench;
  std::set<std::string> named =
      words_of(run_program({"sed", "-n", "/^packages = \\[/,/^]/s/[\",]/ /gp",
                            BAKER_SOURCE "/pipelines/hosts.toml"})
                   .out);
  for (const char* other : {"packages", "=", "[", "]"}) named.erase(other);
  const Outcome listed = run_program(
      {BAKER_SOURCE "/cmake/install_packages.sh", "--list", "bookworm", "build", "bake", "test"});
  EXPECT_EQ(words_of(listed.out), named);
}

}  // namespace
}  // namespace baker::testing
