// What commands say where the host is in the way, or where they were told what not to do.
#include <gmock/gmock.h>
#include <sys/mount.h>

#include <cerrno>
#include <system_error>

#include "tests/e2e/tiny_root.h"
#include "tests/e2e/traces.h"
#include "tests/support/running_program.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class CommandsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
    bench_.write("p.toml",
                 "[pipeline]\nname = \"commands-test\"\n" + tiny_root("base") +
                     "[stage.it]\nuses = \"script\"\nfrom = \"base\"\nrun = 'echo hello'\n");
  }

  Outcome baker(const std::vector<std::string>& arguments) { return bench_.baker(arguments); }
  // The same as a user who may nothing.
  Outcome as_nobody(const std::vector<std::string>& arguments) {
    std::vector<std::string> argv = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                                     BAKER_PROGRAM};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    for (const auto& [option, folder] :
         {std::pair<std::string, fs::path>{"--cache-dir", bench_.cache()},
          {"--state-dir", bench_.state()},
          {"--machines-dir", bench_.machines()},
          {"--nspawn-dir", bench_.nspawn()}}) {
      argv.push_back(option);
      argv.push_back(folder);
    }
    return run_program(argv, {}, bench_.path());
  }
  // A small file system of its own for one of the folders of the bench.
  static void mount_small(const fs::path& folder, const std::string& options) {
    fs::create_directories(folder);
    if (mount("none", folder.c_str(), "tmpfs", 0, options.c_str()) != 0)
      throw std::system_error(errno, std::generic_category(), "mount");
  }
  void expect_no_work_left() { EXPECT_THAT(names_in(bench_.cache() / "tmp"), IsEmpty()); }

  const Workbench bench_;
};

TEST_F(CommandsTest, LookingNeedsNoRoot) {
  ASSERT_EQ(baker({"run", "p.toml"}).exit_status, 0);
  EXPECT_THAT(as_nobody({"plan", "p.toml"}).out, HasSubstr("commands-test: 2 stages (2 cached)\n"));
  EXPECT_THAT(as_nobody({"why", "p.toml", "it"}).out, HasSubstr("it is up to date"));
  EXPECT_THAT(as_nobody({"log", "p.toml", "it"}).out, HasSubstr("hello\n"));
  EXPECT_THAT(as_nobody({"status", "p.toml"}).out, HasSubstr("commands-test"));
}

// As systemd makes /var/lib/machines.
TEST_F(CommandsTest, LookingNeedsNoRootWhereOnlyRootMayLookAtTheMachines) {
  bench_.write("p.toml", bench_.read("p.toml") +
                             "[stage.m]\nuses = \"snapshot\"\nfrom = \"it\"\nmachine = \"m\"\n");
  ASSERT_EQ(baker({"run", "p.toml"}).exit_status, 0);
  fs::permissions(bench_.machines(), fs::perms(0700));
  EXPECT_THAT(as_nobody({"plan", "p.toml"}).out,
              HasSubstr(": 2 stages (2 cached), 1 machine (1 in place)\n"));
  EXPECT_THAT(as_nobody({"status", "p.toml"}).out, HasSubstr("stopped"));
}

TEST_F(CommandsTest, ThereIsNothingToStopOfAPipelineThatWasNeverBaked) {
  const Outcome down = baker({"down", "p.toml"});
  EXPECT_EQ(down.exit_status, 0) << down.all();
  EXPECT_EQ(down.out, "pipeline \"commands-test\" has nothing on this host\n");
}

TEST_F(CommandsTest, WaitingForAnotherBakerCanBeInterrupted) {
  const fs::path lock = bench_.state() / "commands-test/lock";
  fs::create_directories(lock.parent_path());
  const RunningProgram holder({"flock", lock, "sh", "-c", "echo held; exec sleep 300"});
  ASSERT_TRUE(holder.says("held"));
  std::vector<std::string> argv = {"timeout", "--signal=INT", "--preserve-status", "2"};
  for (const std::string& word : bench_.command_line({"run", "p.toml"})) argv.push_back(word);
  const Outcome waited = run_program(argv, {}, bench_.path());
  EXPECT_EQ(waited.exit_status, 130) << waited.all();
  EXPECT_THAT(waited.all(),
              AllOf(HasSubstr("another baker works on this pipeline"), HasSubstr("interrupted")));
}

TEST_F(CommandsTest, ABakeGoesOnWhereNobodyReadsWhatItPrints) {
  std::string command;
  for (const std::string& word : bench_.command_line({"run", "p.toml", "--verbose"}))
    command += word + " ";
  run_program({"bash", "-c", command + "| true"}, {}, bench_.path());
  EXPECT_THAT(baker({"run", "p.toml"}).out, HasSubstr("nothing to do"));
}

TEST_F(CommandsTest, TheOtherClustersOfTheRepositoryArePlanned) {
  for (const auto& [file, machines] : {std::pair("kraft1", 2), std::pair("kraft5", 6)}) {
    const Outcome plan =
        baker({"plan", BAKER_SOURCE "/pipelines/" + std::string(file) + ".toml", "--json"});
    EXPECT_EQ(plan.exit_status, 0) << plan.all();
    size_t placed = 0;
    for (size_t at = 0; (at = plan.out.find("\"type\":\"snapshot\"", at)) != std::string::npos;
         ++at)
      ++placed;
    EXPECT_EQ(placed, static_cast<size_t>(machines)) << file;
  }
}

TEST_F(CommandsTest, LookingNeedsNothingThatABakeWouldHaveMade) {
  EXPECT_THAT(as_nobody({"plan", "p.toml"}).out,
              HasSubstr("commands-test: 2 stages (2 to bake)\n"));
  EXPECT_EQ(as_nobody({"why", "p.toml", "it"}).out, "it will be baked: never baked\n");
  EXPECT_EQ(as_nobody({"status", "p.toml"}).out, "commands-test  (never baked here)\n");
  const Outcome log = as_nobody({"log", "p.toml", "it"});
  EXPECT_EQ(log.exit_status, 1);
  EXPECT_EQ(log.err,
            "baker: stage \"it\" has no log: it was never baked, or its record is gone from the "
            "cache\n");
}

TEST_F(CommandsTest, AnOptionTakesOneValueAndLeavesTheNextWordAlone) {
  bench_.write("p.toml", "[pipeline]\nname = \"commands-test\"\n[params]\nword = \"a\"\n" +
                             tiny_root("base"));
  EXPECT_EQ(baker({"why", "p.toml", "--set", "word=b", "base"}).out,
            "base will be baked: never baked\n");
}

TEST_F(CommandsTest, BakingSaysThatItNeedsRoot) {
  const Outcome refused = as_nobody({"run", "p.toml"});
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_EQ(refused.err,
            "baker: baking needs root: stages mount file systems and set owners. Try: sudo baker "
            "…\n");
}

TEST_F(CommandsTest, AnEmptyFolderIsAMistakeInTheCommandLine) {
  const Outcome refused = run_program({BAKER_PROGRAM, "plan", "p.toml", "--cache-dir", ""});
  EXPECT_EQ(refused.exit_status, 2);
  EXPECT_THAT(refused.err, HasSubstr("--cache-dir: it is empty"));
}

TEST_F(CommandsTest, AMissingProgramIsToldBeforeTheWorkStarts) {
  const Outcome refused =
      run_program(after_in_its_namespace("mount --bind /dev/null /usr/bin/bwrap",
                                         bench_.command_line({"run", "p.toml"})),
                  {}, bench_.path());
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_EQ(refused.out, "");
  EXPECT_EQ(refused.err, "baker: missing programs: \"bwrap\": apt-get install bubblewrap\n");
}

TEST_F(CommandsTest, ProgramsGetWhatLeadsToServersAndNothingElseOfTheCallersVariables) {
  bench_.write("bin/mmdebstrap",
               "#!/bin/sh\nenv > " + (bench_.path() / "seen").string() + "\nexit 1\n");
  fs::permissions(bench_.path() / "bin/mmdebstrap", fs::perms::owner_all);
  bench_.write("p.toml",
               "[pipeline]\nname = \"surroundings\"\n[stage.it]\nuses = \"rootfs\"\n"
               "sources = [{ mmdebstrap = \"bookworm\" }]\n");
  bench_.baker({"run", "p.toml"}, {{"PATH", (bench_.path() / "bin").string() + ":/usr/bin:/bin"},
                                   {"http_proxy", "http://proxy.example.invalid:1"},
                                   {"LANG", "tr_TR.UTF-8"},
                                   {"TAR_OPTIONS", "--no-such-option"},
                                   {"POSIXLY_CORRECT", "1"}});
  const std::string seen = bench_.read("seen");
  EXPECT_THAT(seen, AllOf(HasSubstr("http_proxy=http://proxy.example.invalid:1\n"),
                          HasSubstr("LANG=C.UTF-8\n"), Not(HasSubstr("TAR_OPTIONS")),
                          Not(HasSubstr("POSIXLY_CORRECT"))));
}

TEST_F(CommandsTest, FoldersThatCannotBeWrittenAreToldTogetherBeforeTheWorkStarts) {
  bench_.write("p.toml", bench_.read("p.toml") +
                             "[stage.m]\nuses = \"snapshot\"\nfrom = \"it\"\nmachine = \"m\"\n");
  mount_small(bench_.cache(), "ro");
  mount_small(bench_.machines(), "ro");
  const Outcome refused = baker({"run", "p.toml"});
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_EQ(refused.out, "");
  EXPECT_THAT(refused.err, AllOf(HasSubstr(bench_.cache().string()),
                                 HasSubstr("(another place can be given with --cache-dir)"),
                                 HasSubstr(bench_.machines().string()),
                                 HasSubstr("(another place can be given with --machines-dir)"),
                                 HasSubstr("Read-only file system")));
}

TEST_F(CommandsTest, AFileSystemThatCannotHoldLayersIsToldBeforeTheWorkStarts) {
  mount_small(bench_.path() / "low", "size=8m");
  for (const char* name : {"lower", "upper", "work"})
    fs::create_directory(bench_.path() / "low" / name);
  fs::create_directory(bench_.cache());
  const std::string low = bench_.path() / "low";
  const std::string layers =
      "lowerdir=" + low + "/lower,upperdir=" + low + "/upper,workdir=" + low + "/work";
  ASSERT_EQ(mount("none", bench_.cache().c_str(), "overlay", 0, layers.c_str()), 0);
  const Outcome refused = baker({"run", "p.toml"});
  EXPECT_EQ(refused.exit_status, 1);
  EXPECT_EQ(refused.out, "");
  EXPECT_THAT(refused.err, AllOf(HasSubstr("the cache " + bench_.cache().string() +
                                           " is on a file system that can't store layers"),
                                 HasSubstr("another place can be given with --cache-dir")));
}

TEST_F(CommandsTest, AFullCacheIsNamedWithWhatWasWrittenAndHowMuchIsMissing) {
  bench_.write("big", std::string(6'000'000, 'x'));
  bench_.write("p.toml",
               "[pipeline]\nname = \"commands-test\"\n[stage.it]\nuses = \"files\"\nfiles = { "
               "\"/big\" = { source = \"big\" } }\n");
  mount_small(bench_.cache(), "size=4m");
  const Outcome failed = baker({"run", "p.toml"});
  EXPECT_EQ(failed.exit_status, 1);
  EXPECT_THAT(failed.err,
              AllOf(HasSubstr("stage it: copying the input \"big\": "),
                    HasSubstr("No space left on device"), HasSubstr(" more are needed\n"),
                    HasSubstr("the file system at \"" + bench_.cache().string() + "\" has "),
                    HasSubstr("give another place with --cache-dir")));
  EXPECT_THAT(names_in(bench_.cache() / "layers"), IsEmpty());
  expect_no_work_left();
}

TEST_F(CommandsTest, ACommandThatFillsTheCacheIsToldTheSameWay) {
  const std::string fill =
      "run = '''s=xxxxxxxxxxxxxxxx; while :; do s=$s$s; echo $s >>/big; done'''\n";
  bench_.write("p.toml", "[pipeline]\nname = \"commands-test\"\n" + tiny_root("base") +
                             "[stage.it]\nuses = \"script\"\nfrom = \"base\"\n" + fill);
  mount_small(bench_.cache(), "size=8m");
  const Outcome failed = baker({"run", "p.toml"});
  EXPECT_EQ(failed.exit_status, 1);
  EXPECT_THAT(failed.err, AllOf(HasSubstr("stage it: "), HasSubstr("No space left on device"),
                                HasSubstr("the file system at \"" + bench_.cache().string())));
  EXPECT_THAT(names_in(bench_.cache() / "layers"), ::testing::SizeIs(1)) << "that of the base";
  expect_no_work_left();
}

TEST_F(CommandsTest, AMachineThatDoesNotFitIsToldBeforeItIsCopied) {
  bench_.write("big", std::string(6'000'000, 'x'));
  bench_.write("p.toml",
               "[pipeline]\nname = \"commands-test\"\n[stage.it]\nuses = \"files\"\nfiles = { "
               "\"/big\" = { source = \"big\" } }\n"
               "[stage.m]\nuses = \"snapshot\"\nfrom = \"it\"\nmachine = \"m\"\n");
  mount_small(bench_.machines(), "size=4m");
  const Outcome failed = baker({"run", "p.toml", "--place", "copy"});
  EXPECT_EQ(failed.exit_status, 1);
  EXPECT_THAT(failed.err, HasSubstr("stage m: the file system at \"" + bench_.machines().string() +
                                    "\" has 4.2 MB left and machine \"m\" takes 6.0 MB: at least "
                                    "1.8 MB are missing"));
  EXPECT_THAT(names_in(bench_.machines()), IsEmpty());
}

// A base from a local tarball resolves to a pin, without any network.
class PinnedTest : public CommandsTest {
 protected:
  void SetUp() override {
    CommandsTest::SetUp();
    bench_.write("tree/etc/motd", "hello\n");
    const Outcome packed =
        run_program({"tar", "-C", bench_.path() / "tree", "-cf", bench_.path() / "base.tar", "."});
    if (packed.exit_status != 0) throw std::runtime_error(packed.all());
    bench_.write("p.toml",
                 "[pipeline]\nname = \"commands-test\"\n[stage.base]\nuses = \"rootfs\"\n"
                 "sources = [{ tar = \"base.tar\" }]\n");
  }
};

TEST_F(PinnedTest, LockedAndOfflineEndRatherThanResolve) {
  for (const char* option : {"--locked", "--offline"}) {
    const Outcome refused = baker({"run", "p.toml", option});
    EXPECT_EQ(refused.exit_status, 1);
    EXPECT_THAT(refused.err, HasSubstr(option));
    EXPECT_THAT(refused.err, HasSubstr("run once without it"));
    EXPECT_THAT(names_in(bench_.cache() / "layers"), IsEmpty());
  }
}

TEST_F(PinnedTest, ALockedBakeOnAnEmptyStoreResolvesNothingAndOnlyFetches) {
  ASSERT_EQ(baker({"run", "p.toml"}).exit_status, 0);
  const std::string lock_file = bench_.read("p.lock.toml");
  fs::remove_all(bench_.cache());

  const Outcome offline = baker({"run", "p.toml", "--offline"});
  EXPECT_EQ(offline.exit_status, 1);
  EXPECT_THAT(offline.err, HasSubstr("--offline"));

  const Outcome locked = baker({"run", "p.toml", "--locked", "--json"});
  EXPECT_EQ(locked.exit_status, 0) << locked.all();
  EXPECT_THAT(locked.out,
              AllOf(HasSubstr("\"step\":\"fetch\""), Not(HasSubstr("\"step\":\"resolve\""))));
  EXPECT_EQ(bench_.read("p.lock.toml"), lock_file);
  EXPECT_EQ(baker({"run", "p.toml", "--offline", "--locked"}).exit_status, 0);
}

TEST_F(PinnedTest, AnUpdateOfAllReplacesALockFileThatIsDamaged) {
  bench_.write("p.lock.toml", "<<<<<<< ours\n");
  const Outcome damaged = baker({"run", "p.toml"});
  EXPECT_EQ(damaged.exit_status, 2);
  EXPECT_THAT(damaged.err, ContainsRegex("`[^`]*baker update p.toml [^`]*` makes a new one"));

  const Outcome updated = baker({"update", "p.toml"});
  EXPECT_EQ(updated.exit_status, 0) << updated.all();
  EXPECT_EQ(baker({"run", "p.toml", "--locked"}).exit_status, 0);
}

TEST_F(PinnedTest, AnUpdateLeavesThePinsOfOtherPipelinesOfTheSameFile) {
  bench_.write("p.toml",
               "[pipeline]\nname = \"demo${suffix}\"\n[params]\nsuffix = \"-a\"\n[stage.base]\n"
               "uses = \"rootfs\"\nsources = [{ tar = \"base${suffix}.tar\" }]\n");
  for (const char* tarball : {"base-a.tar", "base-b.tar"})
    ASSERT_EQ(run_program({"cp", "base.tar", tarball}, {}, bench_.path()).exit_status, 0);
  ASSERT_EQ(baker({"run", "p.toml"}).exit_status, 0);
  const Outcome baked = baker({"run", "p.toml", "--set", "suffix=-b"});
  ASSERT_EQ(baked.exit_status, 0) << baked.all();

  const Outcome updated = baker({"update", "p.toml"});
  ASSERT_EQ(updated.exit_status, 0) << updated.all();
  EXPECT_THAT(baker({"run", "p.toml", "--set", "suffix=-b", "--locked"}).out,
              HasSubstr("nothing to do"));
}

TEST_F(PinnedTest, UpdateIsNotForThoseWhoForbidIt) {
  const Outcome refused = baker({"update", "p.toml", "--offline"});
  EXPECT_EQ(refused.exit_status, 2);
  bench_.write("files.toml", "[pipeline]\nname = \"f\"\n[stage.it]\nuses = \"files\"\n");
  const Outcome nothing = baker({"update", "files.toml", "it"});
  EXPECT_EQ(nothing.exit_status, 2);
  EXPECT_THAT(nothing.err, HasSubstr("pins nothing: there is nothing to update"));
}

}  // namespace
}  // namespace baker::testing
