// A disk that is full, at any point of a run: one clear line says which, and what is missing; with
// room again the next run goes on to the same end.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/statvfs.h>

#include <filesystem>
#include <memory>

#include "engine/io/unique_fd.h"
#include "tests/e2e/traces.h"
#include "tests/support/loop_disk.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Full {
  const char* folder;  // of the workbench: it lies on a disk of its own
  bool of_inodes = false;
};

void PrintTo(const Full& full, std::ostream* to) {
  *to << full.folder << (full.of_inodes ? ", inodes" : ", bytes");
}

// What is left, from nothing to enough: a file of the pipeline has 1 MiB.
constexpr std::uint64_t kFree[] = {0,       4 << 10,    16 << 10, 64 << 10, 256 << 10, 512 << 10,
                                   1 << 20, 1200 << 10, 2 << 20,  3 << 20,  4 << 20,   8 << 20};

class FullDiskTest : public ::testing::TestWithParam<Full> {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
    keep_mounts_to_this_process();
    fs::create_directories(folder());
    fs::permissions(folder(), fs::perms(0700));
    disk_ = std::make_unique<LoopDisk>(elsewhere_.path() / "image", folder(), "ext4", "48M",
                                       std::vector<std::string>{"-m", "0", "-N", "256"});
  }
  void TearDown() override {
    if (!disk_) return;
    make_room();
    bench_.baker({"destroy", pipeline(), "--data", "--yes"});
    disk_.reset();
  }

  // The pipeline and its lock file lie in a folder of their own.
  std::string pipeline() const { return bench_.path() / "own/p.toml"; }
  void describe(const std::string& word) const {
    bench_.write("own/large", std::string(1 << 20, 'x') + word);
    bench_.write("own/p.toml",
                 "[pipeline]\nname = \"" + name_ +
                     "\"\n[stage.word]\nuses = \"files\"\n[stage.word.files]\n"
                     "\"/large\" = { source = \"large\" }\n\"/word\" = { content = \"" +
                     word +
                     "\" }\n[stage.m]\nuses = \"snapshot\"\nfrom = \"word\"\nplace = "
                     "\"copy\"\nmachine = \"" +
                     name_ + "\"\n");
  }
  Outcome run() const { return bench_.baker({"run", pipeline()}); }

  fs::path folder() const { return bench_.path() / GetParam().folder; }
  void leave_free(std::uint64_t bytes) const {
    struct statvfs space;
    ASSERT_EQ(statvfs(folder().c_str(), &space), 0);
    const std::uint64_t free = space.f_bavail * space.f_frsize;
    const UniqueFd filler(
        open((folder() / "filler").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    if (free > bytes) posix_fallocate(filler.get(), 0, static_cast<off_t>(free - bytes));
  }
  void leave_inodes(unsigned number) const {
    fs::create_directory(folder() / "fillers");
    std::vector<fs::path> made;
    for (;;) {
      made.push_back(folder() / "fillers" / std::to_string(made.size()));
      if (!UniqueFd(open(made.back().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)).valid()) break;
    }
    made.pop_back();
    for (unsigned i = 0; i < number && !made.empty(); ++i, made.pop_back()) fs::remove(made.back());
  }
  void make_room() const {
    fs::remove(folder() / "filler");
    fs::remove_all(folder() / "fillers");
  }

  const Workbench bench_, elsewhere_;
  const std::string name_ = "full" + process_tag();
  std::unique_ptr<LoopDisk> disk_;
};

TEST_P(FullDiskTest, IsToldAndTheNextRunGoesOn) {
  unsigned level = 0;
  for (const std::uint64_t free : kFree) {
    SCOPED_TRACE(GetParam().of_inodes ? std::to_string(level) + " inodes"
                                      : std::to_string(free) + " bytes");
    const std::string word = std::to_string(level);
    describe(word);
    GetParam().of_inodes ? leave_inodes(level * 2) : leave_free(free);
    ++level;
    const Outcome full = run();
    if (full.exit_status != 0) {
      EXPECT_EQ(full.exit_status, 1);
      EXPECT_THAT(full.err, HasSubstr("the file system at \"" + folder().string() + "\" has "));
      EXPECT_THAT(full.err, ContainsRegex("has (no inode|[0-9.]+ [kKMG]?B) left"));
    }
    make_room();
    const Outcome again = run();
    ASSERT_EQ(again.exit_status, 0) << full.all() << again.all();
    ASSERT_EQ(bench_.read("machines/" + name_ + "/word"), word);
    const Outcome verified =
        run_program({BAKER_PROGRAM, "verify", "--deep", "--cache-dir", bench_.cache()});
    ASSERT_EQ(verified.exit_status, 0) << verified.all();
  }
  EXPECT_THAT(names_in(bench_.cache() / "tmp"), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(, FullDiskTest,
                         ::testing::Values(Full{"cache"}, Full{"cache", true}, Full{"machines"},
                                           Full{"machines", true}, Full{"state"},
                                           Full{"state", true}, Full{"nspawn"},
                                           Full{"nspawn", true}, Full{"own"}, Full{"own", true}));

}  // namespace
}  // namespace baker::testing
