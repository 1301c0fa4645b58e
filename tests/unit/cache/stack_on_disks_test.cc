// The same property on the file systems that caches lie on: what stages see, copies that share
// blocks, and snapshots agree; and a layer has one digest, wherever it is made.
#include "cache/stack_copy.h"
#include "engine/io/btrfs.h"
#include "tests/support/loop_disk.h"
#include "tests/support/workbench.h"
#include "tests/unit/cache/random_stack.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <vector>

namespace baker::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kStacks = 150;

std::vector<std::string> digests_of(const RandomStack& random) {
  const Stack stack = random.stack();
  std::vector<std::string> digests;
  for (size_t layer : stack.counting()) digests.push_back(stack.layer(layer).digest);
  return digests;
}

// Stacks on a disk of one type.
class Disk {
 public:
  Disk(const Workbench& bench, const std::string& type) : at_(bench.path() / type) {
    fs::create_directories(at_);
    disk_ = std::make_unique<LoopDisk>(bench.path() / (type + ".image"), at_, type, "2G");
  }

  fs::path fresh(const std::string& name) const { return fresh_folder(at_ / name); }
  std::string mounted(const Stack& stack) const { return mounted_text(stack, fresh("mounted")); }
  std::string copied(const Stack& stack, CopyMethod& method) const {
    const fs::path at = fresh("copied");
    method = copy_stack(stack, at);
    return tree_text(at);
  }
  // As machines are made on btrfs: the lower layers once, and for each machine a snapshot of them.
  std::string snapshot(const RandomStack& random) const {
    const fs::path at = fresh("snapshots");
    make_subvolume(at / "lower");
    copy_stack(random.lower(), at / "lower");
    snapshot_subvolume(at / "lower", at / "machine");
    lay_over(random.topmost().listing, random.topmost().tree, at / "machine");
    return tree_text(at / "machine");
  }

 private:
  fs::path at_;
  std::unique_ptr<LoopDisk> disk_;
};

class StackOnDisks : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "needs root";
    keep_mounts_to_this_process();
  }
  Workbench bench_;
};

TEST_F(StackOnDisks, IsTheSameMountedSharedAndSnapshotted) {
  const Disk btrfs(bench_, "btrfs");
  for (std::uint64_t seed = 0; seed < kStacks; ++seed) {
    const RandomStack random(seed, btrfs.fresh("layers"));
    const std::string seen = btrfs.mounted(random.stack());
    CopyMethod method{};
    ASSERT_EQ(btrfs.copied(random.stack(), method), seen) << "seed " << seed;
    ASSERT_EQ(btrfs.snapshot(random), seen) << "seed " << seed;
  }
}

TEST_F(StackOnDisks, HasOneDigestOnAllFileSystems) {
  const Disk ext4(bench_, "ext4"), xfs(bench_, "xfs"), btrfs(bench_, "btrfs");
  for (std::uint64_t seed = 0; seed < kStacks; ++seed) {
    const auto on_ext4 = digests_of(RandomStack(seed, ext4.fresh("layers")));
    ASSERT_EQ(digests_of(RandomStack(seed, xfs.fresh("layers"))), on_ext4) << "seed " << seed;
    ASSERT_EQ(digests_of(RandomStack(seed, btrfs.fresh("layers"))), on_ext4) << "seed " << seed;
  }
}

}  // namespace
}  // namespace baker::testing
