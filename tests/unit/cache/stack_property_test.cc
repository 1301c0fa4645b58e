// What a stage sees of a stack and what a machine gets of it are the same, whatever the layers.
#include "cache/layer_check.h"
#include "cache/stack_copy.h"
#include "engine/io/mounts.h"
#include "tests/support/loop_disk.h"
#include "tests/support/workbench.h"
#include "tests/unit/cache/random_stack.h"

#include <gmock/gmock.h>
#include <sys/mount.h>

#include <cstdlib>
#include <filesystem>

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;

constexpr std::uint64_t kStacks = 2000;

// BAKER_TEST_SEED tries one stack alone: the seed that a message has named.
std::vector<std::uint64_t> seeds(std::uint64_t count) {
  if (const char* one = std::getenv("BAKER_TEST_SEED")) return {std::stoull(one)};
  std::vector<std::uint64_t> all(count);
  for (std::uint64_t i = 0; i < count; ++i) all[i] = i;
  return all;
}

class StackProperty : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "needs root";
    keep_mounts_to_this_process();
    mount_tmpfs(bench_.path());
  }
  void TearDown() override {
    if (is_root()) umount2(bench_.path().c_str(), MNT_DETACH);
  }

  fs::path fresh(const std::string& name) const { return fresh_folder(bench_.path() / name); }
  std::string mounted(const Stack& stack) const { return mounted_text(stack, fresh("mounted")); }
  std::string copied(const Stack& stack) const {
    const fs::path at = fresh("copied");
    copy_stack(stack, at);
    return tree_text(at);
  }
  std::string laid_over(const RandomStack& random) const {
    const fs::path at = fresh("laid");
    copy_stack(random.lower(), at);
    lay_over(random.topmost().listing, random.topmost().tree, at);
    return tree_text(at);
  }
  static std::vector<std::string> walked(const Stack& stack) {
    std::vector<std::string> lines;
    stack.walk([&](const StackEntry& each) {
      lines.push_back(std::to_string(each.layer) + " " +
                      std::string(Listing::of({each.entry}).text()));
    });
    return lines;
  }
  static std::vector<std::string> looked_up(const Stack& stack) {
    std::vector<std::string> lines;
    stack.walk([&](const StackEntry& each) {
      const auto found = stack.find(each.entry.path).entry;
      lines.push_back(found ? std::to_string(found->layer) + " " +
                                  std::string(Listing::of({found->entry}).text())
                            : each.entry.path + " is not found");
    });
    return lines;
  }

  Workbench bench_;
};

TEST_F(StackProperty, IsTheSameMountedAndCopied) {
  for (std::uint64_t seed : seeds(kStacks)) {
    const RandomStack random(seed, fresh("layers"));
    const Stack stack = random.stack();
    const std::string seen = mounted(stack);
    ASSERT_EQ(copied(stack), seen) << "BAKER_TEST_SEED=" << seed;
    ASSERT_EQ(laid_over(random), seen) << "BAKER_TEST_SEED=" << seed;
    ASSERT_EQ(looked_up(stack), walked(stack)) << "BAKER_TEST_SEED=" << seed;
    for (const char* merged : {"copied", "laid"})
      ASSERT_THAT(damage_of_merged_root(bench_.path() / merged, stack, CheckDepth::kContent),
                  IsEmpty())
          << "BAKER_TEST_SEED=" << seed;
  }
}

}  // namespace
}  // namespace baker::testing
