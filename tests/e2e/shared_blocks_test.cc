// Machines on file systems that can share blocks: btrfs takes snapshots, xfs clones files. What
// comes out is the same as where everything is copied.
#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <optional>
#include <set>
#include <sstream>

#include "tests/e2e/traces.h"
#include "tests/support/loop_disk.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

void must(const std::vector<std::string>& argv) {
  const Outcome outcome = run_program(argv);
  if (outcome.exit_status != 0) throw std::runtime_error(argv[0] + ": " + outcome.all());
}

class SharedBlocks : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!is_root()) return;
    keep_mounts_to_this_process();
  }
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }

  // Two machines that share a base; each has a layer of its own, which changes and adds to it.
  static void describe(const Workbench& bench, const std::string& motd,
                       const std::string& of_the_first = "") {
    std::string text =
        "[pipeline]\nname = \"shared-blocks\"\n"
        "[stage.base]\nuses = \"files\"\n[stage.base.files]\n"
        "\"/etc/motd\" = { content = \"of the base\", mode = \"0600\" }\n"
        "\"/usr/share/large\" = { content = \"" +
        std::string(100'000, 'x') + "\" }\n";
    for (const std::string name : {"m1", "m2"}) {
      text += "[stage.own-" + name + "]\nuses = \"files\"\nfrom = \"base\"\nfiles = { " +
              "\"/etc/motd\" = { content = \"" + motd + " " + name + "\", mode = \"0640\" }, " +
              "\"/opt/" + name + "/own\" = { content = \"own\" } }\n" + "[stage.place-" + name +
              "]\nuses = \"snapshot\"\nfrom = [\"base\", \"own-" + name + "\"]\nmachine = \"" +
              name + "\"\n" + (name == "m1" ? of_the_first : "");
    }
    bench.write("p.toml", text);
  }
  static Outcome run(const Workbench& bench, const std::string& place) {
    return bench.baker({"run", "p.toml", "--jobs", "1", "--place", place});
  }
  // All but times, as the machines see it.
  static std::set<std::string> tree_of(const Workbench& bench) {
    std::set<std::string> lines;
    for (const std::string name : {"m1", "m2"}) {
      const fs::path machine = bench.machines() / name;
      const struct stat root = status_of(machine);
      for (const fs::directory_entry& each : fs::recursive_directory_iterator(machine)) {
        const struct stat status = status_of(each.path());
        std::ostringstream line;
        line << name << "/" << each.path().lexically_relative(machine).string() << " " << std::oct
             << status.st_mode << std::dec << " " << status.st_uid - root.st_uid << " "
             << status.st_gid - root.st_gid;
        if (each.is_symlink()) line << " " << fs::read_symlink(each.path()).string();
        if (S_ISREG(status.st_mode)) line << " " << status.st_size;
        lines.insert(line.str());
      }
    }
    return lines;
  }
  static struct stat status_of(const fs::path& path) {
    struct stat status;
    if (lstat(path.c_str(), &status) != 0) throw std::runtime_error(path.string() + " is gone");
    return status;
  }
};

class SharedBlocksOn : public SharedBlocks,
                       public ::testing::WithParamInterface<std::pair<const char*, const char*>> {
 protected:
  const Workbench bench_;
};

TEST_P(SharedBlocksOn, PlacesTheSameMachines) {
  const auto& [type, method] = GetParam();
  const Workbench copied;
  describe(copied, "hello");
  EXPECT_THAT(run(copied, "copy").out, HasSubstr("2 machines placed"));

  const LoopDisk disk(copied.path() / "image", bench_.path(), type);
  describe(bench_, "hello");
  EXPECT_THAT(run(bench_, method).out,
              HasSubstr(std::string("2 machines placed (") + method + ")"));
  EXPECT_THAT(tree_of(copied), Contains("m1/etc/motd 100640 0 0 8"));
  EXPECT_EQ(tree_of(bench_), tree_of(copied));
  EXPECT_EQ(bench_.read("machines/m1/etc/motd"), "hello m1");
}

TEST_P(SharedBlocksOn, ReplacesWhatHasChanged) {
  const Workbench elsewhere;
  const LoopDisk disk(elsewhere.path() / "image", bench_.path(), GetParam().first);
  describe(bench_, "one");
  ASSERT_THAT(run(bench_, GetParam().second).out, HasSubstr("2 machines placed"));
  describe(bench_, "another");
  EXPECT_THAT(run(bench_, GetParam().second).out, HasSubstr("2 machines placed"));
  EXPECT_EQ(bench_.read("machines/m1/etc/motd"), "another m1");
  EXPECT_EQ(bench_.read("machines/m2/etc/motd"), "another m2");
  EXPECT_THAT(names_in(bench_.machines()), Not(Contains(ContainsRegex("baker-(next|old)"))));
}

// A boot gives the devices of file systems and subvolumes other numbers.
TEST_P(SharedBlocksOn, KnowsItsMachinesAfterABoot) {
  const Workbench elsewhere;
  const fs::path image = elsewhere.path() / "image";
  {
    const LoopDisk disk(image, bench_.path(), GetParam().first);
    describe(bench_, "hello");
    ASSERT_THAT(run(bench_, GetParam().second).out, HasSubstr("2 machines placed"));
  }
  const Workbench another;
  const LoopDisk first(another.path() / "image", another.path(), GetParam().first);
  const LoopDisk again(image, bench_.path());
  EXPECT_THAT(run(bench_, GetParam().second).out, HasSubstr("3 stages cached"));
  describe(bench_, "another");
  EXPECT_THAT(run(bench_, GetParam().second).out, HasSubstr("2 machines placed"));
  EXPECT_EQ(bench_.read("machines/m1/etc/motd"), "another m1");
}

INSTANTIATE_TEST_SUITE_P(, SharedBlocksOn,
                         ::testing::Values(std::pair("btrfs", "snapshot"),
                                           std::pair("xfs", "reflink"), std::pair("ext4", "mount"),
                                           std::pair("xfs", "mount"), std::pair("btrfs", "mount")),
                         [](const auto& disk) {
                           return std::string(disk.param.first) + "_" + disk.param.second;
                         });

// Both machines stand, on btrfs.
class SharedBlocksOfSnapshots : public SharedBlocks {
 protected:
  void SetUp() override {
    SharedBlocks::SetUp();
    if (IsSkipped()) return;
    disk_.emplace(elsewhere_.path() / "image", bench_.path(), "btrfs");
    describe(bench_, "one");
    ASSERT_THAT(run(bench_, "snapshot").out, HasSubstr("2 machines placed (snapshot)"));
  }

  const Workbench elsewhere_, bench_;

 private:
  std::optional<LoopDisk> disk_;
};

TEST_F(SharedBlocksOfSnapshots, LeavesNoSnapshotOfMachinesThatWereNotMade) {
  describe(bench_, "another", "bind = { \"/data\" = \"/one\\ntwo\" }\n");
  const Outcome failed = run(bench_, "snapshot");
  EXPECT_EQ(failed.exit_status, 1);
  EXPECT_THAT(failed.err, HasSubstr("a path in `bind` contains a line break"));
  EXPECT_THAT(names_in(bench_.machines()), Not(Contains(ContainsRegex("baker-(next|old)"))));
}

// The second machine has the layers of the first, but for its own, below its own.
constexpr const char* kOneOnTheOther = R"(
[pipeline]
name = "shared-blocks"
[stage.base]
uses = "files"
[stage.base.files]
"/etc/motd" = { content = "of the base" }
"/usr/base" = { content = "stays" }
[stage.own-m1]
uses = "files"
from = "base"
files = { "/opt/own" = { content = "m1" } }
[stage.place-m1]
uses = "snapshot"
from = ["base", "own-m1"]
machine = "m1"
[stage.more]
uses = "files"
from = "base"
[stage.more.files]
"/etc/motd" = { content = "of more", mode = "0640" }
"/opt/more" = { content = "more" }
[stage.own-m2]
uses = "files"
from = "more"
files = { "/opt/own" = { content = "m2" } }
[stage.place-m2]
uses = "snapshot"
from = ["more", "own-m2"]
machine = "m2"
)";

TEST_F(SharedBlocks, MergedRootsShareTheLayersThatTheyHaveInCommon) {
  const Workbench copied;
  copied.write("p.toml", kOneOnTheOther);
  ASSERT_THAT(run(copied, "copy").out, HasSubstr("2 machines placed"));

  const Workbench elsewhere, bench;
  const LoopDisk disk(elsewhere.path() / "image", bench.path(), "btrfs");
  bench.write("p.toml", kOneOnTheOther);
  ASSERT_THAT(run(bench, "snapshot").out, HasSubstr("2 machines placed (snapshot)"));

  EXPECT_EQ(tree_of(bench), tree_of(copied));
  EXPECT_EQ(bench.read("machines/m2/etc/motd"), "of more");
  const std::string subvolumes =
      run_program({"btrfs", "subvolume", "list", "-o", "-q", bench.path() / "cache/roots"}).out;
  EXPECT_THAT(subvolumes, ContainsRegex("parent_uuid - .*cache/roots/"));
  EXPECT_THAT(subvolumes, ContainsRegex("parent_uuid [0-9a-f].*cache/roots/"));
}

TEST_F(SharedBlocksOfSnapshots, TakesAwayWhatSomebodyWhoWasKilledLeftOfASnapshot) {
  const fs::path apart = bench_.machines() / ".m1.baker-next.apart";
  must({"mkdir", apart});
  must({"btrfs", "-q", "subvolume", "snapshot", bench_.machines() / "m1", apart / "tree"});
  describe(bench_, "another");
  EXPECT_THAT(run(bench_, "snapshot").out, HasSubstr("2 machines placed (snapshot)"));
  EXPECT_FALSE(fs::exists(apart));
  must({"mkdir", apart});
  EXPECT_EQ(bench_.baker({"destroy", "p.toml"}).exit_status, 0);
  EXPECT_THAT(names_in(bench_.machines()), Not(Contains(ContainsRegex("m[12]"))));
}

TEST_F(SharedBlocksOfSnapshots, AMachineWhoseSnapshotCouldNotBeTakenBeforehandIsMadeAllTheSame) {
  const fs::path in_the_way = bench_.machines() / ".m1.baker-next.apart/mounted";
  must({"mkdir", "-p", in_the_way});
  must({"mount", "-t", "tmpfs", "none", in_the_way});
  describe(bench_, "another");
  EXPECT_THAT(run(bench_, "snapshot").out, HasSubstr("2 machines placed (snapshot)"));
  EXPECT_EQ(bench_.read("machines/m1/etc/motd"), "another m1");
  EXPECT_EQ(bench_.read("machines/m2/etc/motd"), "another m2");
}

}  // namespace
}  // namespace baker::testing
