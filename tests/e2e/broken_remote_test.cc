// A shared cache that does not work, or lies, costs time and a line, never a wrong machine.
#include <gmock/gmock.h>

#include <filesystem>
#include <memory>

#include "tests/e2e/shared_cache_fixture.h"
#include "tests/support/host_program.h"
#include "tests/support/remote_servers.h"
#include "tests/support/running_program.h"
#include "tests/support/waiting.h"

namespace baker::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using BrokenRemoteTest = SharedCacheTest;

TEST_F(BrokenRemoteTest, ARemoteThatIsNotThereCostsOneLine) {
  const Host one("oci://127.0.0.1:1/team/baker");
  const Outcome run = one.run();
  EXPECT_THAT(run.out, HasSubstr("3 stages baked")) << run.all();
  const std::string line = "is left alone for the rest of this run";
  const size_t first = run.err.find(line);
  ASSERT_NE(first, std::string::npos) << run.err;
  EXPECT_EQ(run.err.find(line, first + 1), std::string::npos) << run.err;
}

TEST_F(BrokenRemoteTest, APushThatBreaksOffCostsALineAndIsDoneByTheNext) {
  const CacheRegistry registry(folder("registry"));
  const LyingRemote liar(registry, "close:uploads");
  const Host one(liar.url());
  const std::string key = one.make_key();
  const Outcome run = one.run();
  EXPECT_EQ(run.exit_status, 0);
  EXPECT_THAT(run.all(),
              AllOf(HasSubstr("3 stages baked"), HasSubstr("not everything was pushed")));

  EXPECT_THAT(one.baker({"push", "p.toml", "--remote", registry.url()}).out, HasSubstr("3 pushed"));
  Host two(registry.url());
  two.trust(key);
  EXPECT_THAT(two.run().out, HasSubstr("3 stages pulled"));
}

// The limit is the stage's own, for what it does while it bakes.
TEST_F(BrokenRemoteTest, APullMayTakeLongerThanItsStageMay) {
  const CacheRegistry registry(folder("registry"));
  std::string key;
  const auto one = host_that_pushed(registry.url(), key);
  const LyingRemote late(registry, "late:blobs");
  Host two(late.url());
  two.trust(key);
  std::string pipeline = two.bench().read("p.toml");
  pipeline.replace(pipeline.find("[stage.made]\n"), 13, "[stage.made]\ntimeout = 1\n");
  two.bench().write("p.toml", pipeline);
  EXPECT_THAT(two.run().out, HasSubstr("3 stages pulled"));
}

TEST_F(BrokenRemoteTest, ARegistryThatIsKilledInTheMiddleCostsALine) {
  CacheRegistry registry(folder("registry"));
  std::string key;
  const auto one = host_that_pushed(registry.url(), key);
  LyingRemote slow(registry, "hang:blobs");  // which keeps the first pull busy
  Host two(slow.url());
  two.trust(key);
  const RunningProgram baking(two.command_line({"run", "p.toml", "--verbose"}), two.bench().path());
  // On a busy host it may have been too slow already, and was left alone.
  ASSERT_TRUE(comes_true([&] { return slow.was_asked_for("/blobs/") || !baking.runs(); }));
  registry.kill();
  slow.kill();
  EXPECT_TRUE(baking.says("3 stages baked")) << baking.said();
  EXPECT_EQ(two.layers(), one->layers());
}

struct Lie {
  const char* what;
  const char* said;       // in the warning
  bool costs_the_remote;  // it is left alone, else only the layer is baked here
};

void PrintTo(const Lie& lie, std::ostream* out) {
  *out << lie.what;
}

class LyingRemoteTest : public SharedCacheTest, public ::testing::WithParamInterface<Lie> {};

TEST_P(LyingRemoteTest, NothingWrongIsUsedAndTheBakeGoesOn) {
  const CacheRegistry registry(folder("registry"));
  std::string key;
  const auto one = host_that_pushed(registry.url(), key);
  const LyingRemote liar(registry, GetParam().what);
  Host two(liar.url());
  two.trust(key);
  bench_.write("settings.toml", "[remote]\nsilence-timeout = 1\n");
  const Outcome run = run_program(
      after_in_its_namespace(
          "mkdir upper work && mount -t overlay overlay -o "
          "lowerdir=/etc,upperdir=upper,workdir=work /etc && mkdir -p /etc/baker && cp " +
              (bench_.path() / "settings.toml").string() + " /etc/baker/baker.toml",
          two.bench().command_line({"run", "p.toml"})),
      {{"BAKER_REMOTE", liar.url()}, {"BAKER_REMOTE_TRUST", key}}, two.bench().path());
  EXPECT_EQ(run.exit_status, 0) << run.all();
  EXPECT_THAT(run.err, HasSubstr(GetParam().said));
  EXPECT_EQ(run.err.find("is left alone") != std::string::npos, GetParam().costs_the_remote)
      << run.err;
  EXPECT_EQ(two.layers(), one->layers());
  EXPECT_EQ(two.baker({"verify", "--deep"}).exit_status, 0);
  two.expect_nothing_left_over();
}

INSTANTIATE_TEST_SUITE_P(
    Lies, LyingRemoteTest,
    ::testing::Values(Lie{"status=401:manifests", "wants a password", true},
                      Lie{"hang:manifests", "is left alone", true},
                      Lie{"unsigned:manifests", "it is not signed", false},
                      Lie{"other:manifests", "its signature does not match", false},
                      Lie{"stall:blobs", "did not come", true},
                      Lie{"trickle:blobs", "did not come", true},
                      Lie{"flip:blobs", "not what its record names", false},
                      Lie{"endless:blobs", "not what its record names", false}));

INSTANTIATE_TEST_SUITE_P(
    Nightly, LyingRemoteTest,
    ::testing::Values(Lie{"status=403:manifests", "is not allowed", true},
                      Lie{"status=429:manifests", "answered 429", true},
                      Lie{"status=500:manifests", "answered 500", true},
                      Lie{"stall:manifests", "is left alone", true},
                      Lie{"truncate:manifests", "is left alone", true},
                      Lie{"empty:manifests", "manifest can't be read", false},
                      Lie{"nonsense:manifests", "manifest can't be read", false},
                      Lie{"status=404:records", "has lost its record", false},
                      Lie{"flip:records", "not what its manifest names", false},
                      Lie{"endless:records", "is too long", false},
                      Lie{"status=404:blobs", "did not come", true},
                      Lie{"status=500:blobs", "did not come", true},
                      Lie{"hang:blobs", "did not come", true},
                      Lie{"truncate:blobs", "did not come", true},
                      Lie{"empty:blobs", "not what its record names", false}));

}  // namespace
}  // namespace baker::testing
