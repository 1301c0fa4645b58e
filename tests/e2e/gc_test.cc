// A cache that is kept for years: what is used stays, what nobody uses goes, whoever bakes
// meanwhile.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "stages/rootfs/testing/tree_tarball.h"
#include "tests/e2e/tiny_root.h"
#include "tests/e2e/traces.h"
#include "tests/support/file_lock.h"
#include "tests/support/http_server.h"
#include "tests/support/injected.h"
#include "tests/support/loop_disk.h"
#include "tests/support/power_cut.h"
#include "tests/support/running_program.h"
#include "tests/support/waiting.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAreArray;

// The name that is not among the others.
std::string only_in_first(const std::vector<std::string>& names,
                          const std::vector<std::string>& others) {
  return *std::find_if(names.begin(), names.end(), [&](const std::string& name) {
    return std::find(others.begin(), others.end(), name) == others.end();
  });
}

class GcTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }

  // A base, and a greeting above it.
  void describe(const std::string& greeting) const {
    bench_.write("p.toml", "[pipeline]\nname = \"gc\"\n" + tiny_root("base") +
                               "[stage.greeting]\nuses = \"files\"\nfrom = \"base\"\n"
                               "files = { \"/etc/motd\" = { content = \"" +
                               greeting + "\" } }\n");
  }
  void bake(const std::string& greeting) const {
    describe(greeting);
    const Outcome baked = bench_.baker({"run", "p.toml"});
    ASSERT_EQ(baked.exit_status, 0) << baked.all();
  }
  bool is_cached(const std::string& greeting) const {
    describe(greeting);
    return bench_.baker({"plan", "p.toml"}).out.find("(2 cached)") != std::string::npos;
  }
  nlohmann::json gc(std::vector<std::string> options = {}) const {
    std::vector<std::string> command = {"gc", "--json", "--cache-dir", bench_.cache()};
    command.insert(command.end(), options.begin(), options.end());
    command.insert(command.begin(), BAKER_PROGRAM);
    const Outcome collected = run_program(command);
    if (collected.exit_status != 0) throw std::runtime_error(collected.all());
    return nlohmann::json::parse(collected.out);
  }
  nlohmann::json gc_of_all_unused() const { return gc({"--keep-days", "0"}); }
  std::vector<std::string> layers() const { return names_in(bench_.cache() / "layers"); }
  // As if nothing of the store had been used since.
  void age_by_days(int days) const {
    const timespec then = {time(nullptr) - days * 24L * 3600, 0};
    const timespec times[] = {then, then};
    for (const char* folder : {"actions", "downloads"})
      for (const std::string& name : names_in(bench_.cache() / folder))
        utimensat(AT_FDCWD, (bench_.cache() / folder / name).c_str(), times, 0);
  }

  const Workbench bench_;
};

TEST_F(GcTest, WhatAPipelineUsesStays) {
  bake("hello");
  age_by_days(1000);
  EXPECT_EQ(gc_of_all_unused()["layers"], 0);
  EXPECT_TRUE(is_cached("hello"));
}

TEST_F(GcTest, WhatItUsedBeforeStaysForAWayBack) {
  bake("one");
  bake("two");
  bake("three");
  EXPECT_EQ(gc_of_all_unused()["layers"], 1);
  EXPECT_TRUE(is_cached("two"));
  EXPECT_FALSE(is_cached("one"));
}

TEST_F(GcTest, WhatNobodyUsesStaysForAWhile) {
  bake("hello");
  ASSERT_EQ(bench_.baker({"destroy", "p.toml"}).exit_status, 0);
  age_by_days(20);
  EXPECT_EQ(gc()["layers"], 0);
  age_by_days(31);
  EXPECT_EQ(gc()["layers"], 2);
  EXPECT_THAT(layers(), IsEmpty());
  EXPECT_THAT(names_in(bench_.cache() / "tmp"), IsEmpty());
}

TEST_F(GcTest, TheTimeIsCountedFromTheLastUse) {
  bake("one");
  age_by_days(100);
  bake("two");
  bake("three");  // "one" was in use until now
  EXPECT_EQ(gc()["layers"], 0);
}

TEST_F(GcTest, WhatIsToBeRemovedIsOnlyShownIfWanted) {
  bake("hello");
  ASSERT_EQ(bench_.baker({"destroy", "p.toml"}).exit_status, 0);
  EXPECT_EQ(gc({"--keep-days", "0", "--dry-run"})["layers"], 2);
  EXPECT_THAT(layers(), SizeIs(2));
}

TEST_F(GcTest, TheLongestUnusedGoesFirstUntilTheCacheIsSmallEnough) {
  for (const char* greeting : {"one", "two", "three", "four"}) bake(greeting);
  const nlohmann::json all = gc({"--dry-run"});
  const auto without_one_byte = all["bytes-left"].get<std::uint64_t>() - 1;
  EXPECT_EQ(gc({"--max-size", std::to_string(without_one_byte)})["layers"], 1);
  EXPECT_FALSE(is_cached("one"));
  EXPECT_TRUE(is_cached("two"));
}

TEST_F(GcTest, WhatIsUsedStaysHoweverSmallTheCacheShouldBe) {
  bake("hello");
  EXPECT_EQ(gc({"--max-size", "1"})["layers"], 0);
}

TEST_F(GcTest, APipelineThatIsRunAgainIsKnownAlsoWhereNothingIsToBeDone) {
  bake("hello");
  fs::remove_all(bench_.cache() / "uses");
  bake("hello");
  EXPECT_EQ(gc_of_all_unused()["layers"], 0);
}

// Of a container, say: its folder of states is not here.
TEST_F(GcTest, APipelineWhoseHostCanNotBeAskedUsesWhatItUsed) {
  bake("hello");
  fs::rename(bench_.state(), bench_.path() / "elsewhere");
  EXPECT_EQ(gc_of_all_unused()["layers"], 0);
  fs::create_directories(bench_.state());  // as another host has it
  EXPECT_EQ(gc_of_all_unused()["layers"], 0);
}

TEST_F(GcTest, APipelineWhoseStateIsGoneFromItsHostUsesNothing) {
  bake("hello");
  fs::remove_all(bench_.state() / "gc");
  EXPECT_EQ(gc_of_all_unused()["layers"], 2);
}

TEST_F(GcTest, AMountedMachineKeepsItsLayersWhoeverHasForgottenIt) {
  bench_.write("p.toml", "[pipeline]\nname = \"gc\"\n" + tiny_root("base") +
                             "[stage.m]\nuses = \"snapshot\"\nfrom = \"base\"\nmachine = \"m\"\n");
  ASSERT_EQ(bench_.baker({"run", "p.toml"}).exit_status, 0);
  fs::remove_all(bench_.state() / "gc");
  gc_of_all_unused();
  EXPECT_THAT(layers(), Not(IsEmpty()));
  EXPECT_TRUE(fs::exists(bench_.machines() / "m/bin/sh"));
}

TEST_F(GcTest, ARunCollectsInTheBackgroundWhereTheHostLimitsTheCache) {
  bench_.write("baker.toml", "[cache]\nmax-size = \"1k\"\nkeep-days = 0\n");
  for (const char* greeting : {"one", "two"}) bake(greeting);
  describe("three");
  const Outcome baked =
      run_program(after_in_its_namespace("mkdir upper work && mount -t overlay overlay -o "
                                         "lowerdir=/etc,upperdir=upper,workdir=work /etc && "
                                         "mkdir -p /etc/baker && cp baker.toml /etc/baker/",
                                         bench_.command_line({"run", "p.toml"})),
                  {}, bench_.path());
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_TRUE(comes_true([this] { return layers().size() == 3; }));
}

TEST_F(GcTest, WhereItIsNotKnownWhatIsUsedNothingIsRemoved) {
  bake("hello");
  const fs::path uses = bench_.cache() / "uses" / names_in(bench_.cache() / "uses").at(0);
  write_content(uses, "rubbish");
  const Outcome refused =
      run_program({BAKER_PROGRAM, "gc", "--keep-days", "0", "--cache-dir", bench_.cache()});
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr(uses.string()), HasSubstr("remove it")));
  EXPECT_THAT(layers(), SizeIs(2));
}

TEST_F(GcTest, ACacheThatIsNotThereIsToldSo) {
  const Outcome refused = run_program({BAKER_PROGRAM, "gc", "--cache-dir", "/nowhere/cache"});
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, HasSubstr("there is no cache at /nowhere/cache"));
}

// The base is in the store as a layer, and as the tarball that it was unpacked from.
class GcOfDownloadsTest : public GcTest {
 protected:
  void SetUp() override {
    GcTest::SetUp();
    if (IsSkipped()) return;
    make_tarball(bench_.path() / "served/base.tar", {{"etc/os-release", "ID=debian\n"}});
    describe();
    const Outcome baked = bench_.baker({"run", "p.toml"});
    ASSERT_EQ(baked.exit_status, 0) << baked.all();
  }
  void describe() const {
    const std::string digest = sha256_of(bench_.path() / "served/base.tar");
    bench_.write("p.toml",
                 "[pipeline]\nname = \"gc\"\n[stage.base]\nuses = \"rootfs\"\nsources = [{ "
                 "url = \"" +
                     server_.url("base.tar") + "\", sha256 = \"" + digest + "\" }]\n");
  }
  std::vector<std::string> downloads() const {
    std::vector<std::string> names = names_in(bench_.cache() / "downloads");
    std::erase_if(names, [](const std::string& name) { return !name.starts_with("sha256-"); });
    return names;
  }

  HttpServer server_{(fs::create_directories(bench_.path() / "served"), bench_.path() / "served")};
};

TEST_F(GcOfDownloadsTest, WhatIsBakedNeedsItsDownloadsNoMore) {
  ASSERT_THAT(downloads(), SizeIs(1));
  EXPECT_EQ(gc()["downloads"], 1);
  EXPECT_THAT(downloads(), IsEmpty());
  const Outcome again = bench_.baker({"run", "p.toml", "--locked", "--offline"});
  EXPECT_EQ(again.exit_status, 0) << again.all();
}

TEST_F(GcOfDownloadsTest, WhatIsPinnedAndNotBakedStays) {
  fs::remove_all(bench_.cache() / "actions");
  age_by_days(1000);
  EXPECT_EQ(gc_of_all_unused()["downloads"], 0);
  const Outcome again = bench_.baker({"run", "p.toml", "--locked", "--offline"});
  EXPECT_EQ(again.exit_status, 0) << again.all();
}

TEST_F(GcOfDownloadsTest, WithoutThemALayerThatIsGoneIsToldToBeOutOfReachOffline) {
  gc();
  fs::remove_all(bench_.cache() / "actions");
  const Outcome refused = bench_.baker({"run", "p.toml", "--offline"});
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_THAT(refused.err, HasSubstr("1 pinned files are not in the cache"));
}

// It has found "old" at its beginning, which nobody has used for years, and needs it at its end.
TEST_F(GcTest, ABakerThatRunsLosesNothing) {
  bake("old");
  const std::vector<std::string> found = names_in(bench_.cache() / "actions");
  bench_.write("p.toml", bench_.read("p.toml") +
                             "[stage.last]\nuses = \"script\"\nfrom = \"greeting\"\n"
                             "run = 'read w < /etc/motd || test \"$w\" = old'\n");
  ASSERT_EQ(bench_.baker({"run", "p.toml"}).exit_status, 0);
  const std::string last = only_in_first(names_in(bench_.cache() / "actions"), found);
  fs::remove(bench_.cache() / "actions" / last);
  ASSERT_EQ(bench_.baker({"destroy", "p.toml"}).exit_status, 0);
  age_by_days(1000);
  std::optional<FileLock> as_if_another_baked(std::in_place, bench_.cache() / "locks" / last,
                                              LOCK_EX);
  RunningProgram baker(bench_.command_line({"run", "p.toml", "--json"}), bench_.path());
  ASSERT_TRUE(baker.says("\"stage-waiting\"")) << baker.said();
  gc_of_all_unused();
  EXPECT_THAT(names_in(bench_.cache() / "actions"), UnorderedElementsAreArray(found));
  as_if_another_baked.reset();
  EXPECT_EQ(baker.wait(), 0) << baker.said();
  EXPECT_THAT(names_in(bench_.cache() / "running"), IsEmpty());
}

class GcOnReflinksTest : public GcTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(GcOnReflinksTest, LaysEqualFilesOfSeveralLayersOnTheDiskOnce) {
  keep_mounts_to_this_process();
  const Workbench elsewhere;
  const LoopDisk disk(elsewhere.path() / "image", bench_.path(), GetParam());
  bench_.write("large", std::string(4 << 20, 'x') + process_tag());
  for (const char* word : {"one", "two"}) {
    bench_.write("p.toml", std::string("[pipeline]\nname = \"gc\"\n[stage.it]\nuses = \"files\"\n"
                                       "files = { \"/large\" = { source = \"large\" }, "
                                       "\"/word\" = { content = \"") +
                               word + "\" } }\n");
    ASSERT_EQ(bench_.baker({"run", "p.toml"}).exit_status, 0);
  }
  EXPECT_GT(gc()["bytes-shared"], 4 << 20);
  EXPECT_EQ(gc()["bytes-shared"], 0) << "it has seen them";
  const std::string large = bench_.layer_of("p.toml", "it") / "large";
  EXPECT_THAT(run_program({"filefrag", "-v", large}).out, HasSubstr("shared"));
}
INSTANTIATE_TEST_SUITE_P(, GcOnReflinksTest, ::testing::Values("btrfs", "xfs"));

// strace(1) kills it before the so-many-th call of a kind.
class KilledGc : public GcTest,
                 public ::testing::WithParamInterface<std::pair<const char*, int>> {};

TEST_P(KilledGc, LeavesAStoreThatIsWhole) {
  const auto& [call, number] = GetParam();
  for (const char* greeting : {"one", "two", "three"}) bake(greeting);
  run_program(
      with_injected({call, "signal=KILL", static_cast<unsigned>(number), true},
                    {BAKER_PROGRAM, "gc", "--keep-days", "0", "--cache-dir", bench_.cache()}));
  EXPECT_TRUE(is_cached("three"));
  bake("one");  // what is left of it is not believed
  EXPECT_EQ(content_of(bench_.layer_of("p.toml", "greeting") / "etc/motd"), "one");
  gc_of_all_unused();
  EXPECT_THAT(names_in(bench_.cache() / "tmp"), IsEmpty());
}

struct Plug {
  const char* disk;
  const char* call;  // before each of which it is pulled, in turn
};

class GcAndThePlug : public GcTest, public ::testing::WithParamInterface<Plug> {
 protected:
  // Returns whether it was.
  bool gc_is_killed_at(unsigned number) const {
    const Outcome collected = run_program(
        with_injected({GetParam().call, "signal=KILL", number, true},
                      {BAKER_PROGRAM, "gc", "--keep-days", "0", "--cache-dir", bench_.cache()}));
    EXPECT_THAT(collected.exit_status, AnyOf(0, 128 + SIGKILL)) << collected.all();
    return collected.exit_status != 0;
  }
};

TEST_P(GcAndThePlug, LeaveARecordOnlyWhereItsLayerIsWhole) {
  DiskWithAPlug disk(bench_.path(), GetParam().disk);
  for (const char* greeting : {"one", "two"}) bake(greeting);
  bool was_killed = true;
  for (unsigned number = 1; was_killed; ++number) {
    SCOPED_TRACE(number);
    const std::string greeting = std::to_string(number);
    bake(greeting);  // the last but two goes
    sync();
    was_killed = gc_is_killed_at(number);
    ASSERT_FALSE(HasFailure());
    disk.pull_the_plug();
    const Outcome verified = bench_.baker({"verify", "--deep"});
    ASSERT_EQ(verified.exit_status, 0) << verified.all();
    ASSERT_TRUE(is_cached(greeting));
    gc_of_all_unused();
    ASSERT_THAT(layers(), SizeIs(3));
  }
}

INSTANTIATE_TEST_SUITE_P(Sample, GcAndThePlug, ::testing::Values(Plug{"ext4", "renameat2"}));

std::vector<Plug> plugs() {
  std::vector<Plug> plugs;
  for (const char* disk : {"ext4", "xfs", "btrfs"})
    for (const char* call : {"renameat2", "unlinkat", "unlink", "fsync", "syncfs"})
      plugs.push_back({disk, call});
  return plugs;
}
INSTANTIATE_TEST_SUITE_P(Nightly, GcAndThePlug, ::testing::ValuesIn(plugs()));

std::vector<std::pair<const char*, int>> points(std::vector<int> numbers) {
  std::vector<std::pair<const char*, int>> points;
  for (const char* call : {"renameat2", "fsync", "unlinkat", "openat"})
    for (const int number : numbers) points.emplace_back(call, number);
  return points;
}

INSTANTIATE_TEST_SUITE_P(Sample, KilledGc, ::testing::ValuesIn(points({1, 2, 3, 5})));

std::vector<int> all_numbers() {
  std::vector<int> numbers(60);
  std::iota(numbers.begin(), numbers.end(), 1);
  return numbers;
}
INSTANTIATE_TEST_SUITE_P(Nightly, KilledGc, ::testing::ValuesIn(points(all_numbers())));

}  // namespace
}  // namespace baker::testing
