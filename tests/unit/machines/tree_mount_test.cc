// Trees of machines that are mounted: what they show is what a copy would be, with the owners
// moved.
#include "engine/machines/tree_mount.h"

#include "cache/stack_copy.h"
#include "cache/stack_mount.h"
#include "engine/base/error.h"
#include "engine/io/detached_overlay.h"
#include "engine/io/mount_table.h"
#include "engine/io/mounts.h"
#include "engine/io/process.h"
#include "tests/support/loop_disk.h"
#include "tests/support/workbench.h"
#include "tests/unit/cache/random_stack.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr std::uint32_t kFirstId = 0x00100000;
constexpr std::uint64_t kStacks = 300;

class TreeMountTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "needs root";
    keep_mounts_to_this_process();
    mount_tmpfs(bench_.path());
    share_folder(bench_.path());
  }
  void TearDown() override {
    if (!is_root()) return;
    umount2(machine().c_str(), MNT_DETACH);
    umount2(bench_.path().c_str(), MNT_DETACH);
    umount2(bench_.path().c_str(), MNT_DETACH);
  }

  fs::path machine() const { return bench_.path() / "machine"; }
  fs::path store() const { return bench_.path() / "store"; }

  // As the stage of a machine does it that changes nothing.
  TreeLayers prepare(const Stack& stack, const std::vector<StackLayer>& layers,
                     std::uint32_t first_id) const {
    fresh_folder(machine());
    for (const char* name : {"own", "own-work"}) fs::create_directory(machine() / name);
    const fs::path seen = fresh_folder(bench_.path() / "seen");
    mount_stack(stack, {seen, machine() / "own", machine() / "own-work", machine(), ""});
    umount2(seen.c_str(), MNT_DETACH);
    TreeLayers tree{store(), {}, first_id};
    fresh_folder(store() / "layers");
    for (size_t counting : stack.counting()) {
      const StackLayer& layer = layers[counting];
      tree.layers.push_back(layer.digest);
      fs::create_directory(store() / "layers" / layer.digest);
      fs::create_directory_symlink(layer.tree, store() / "layers" / layer.digest / "tree");
      bench_.write("store/layers/" + layer.digest + "/listing", "");
    }
    make_mountable(machine(), tree);
    return tree;
  }
  void attach() const {
    attach_mount(make_tree_mounts({machine()}).front().mount.get(), machine());
  }

  // One layer with a file.
  TreeLayers prepare_small(std::uint32_t first_id = kFirstId) const {
    bench_.write("store/layers/one/tree/etc/motd", "hello");
    bench_.write("store/layers/one/listing", "");
    fs::create_directories(machine() / "own");
    const TreeLayers tree{store(), {"one"}, first_id};
    return tree;
  }

  // What was baked a second time is another folder.
  void make_again(const fs::path& layer) const {
    const fs::path was = layer.parent_path() / "was";
    fs::rename(layer, was);
    fs::copy(was, layer, fs::copy_options::recursive);
  }

  const Workbench bench_;
};

// Has copies of all mounts in a mount namespace that follows the host in nothing.
class SomebodyElse {
 public:
  SomebodyElse()
      : process_({.argv = {"unshare", "--mount", "--propagation", "private", "sh", "-c",
                           "echo; read end"},
                  .environment = std::nullopt,
                  .directory = "/",
                  .descriptors = {{end_.read_end.get(), 0}, {ready_.write_end.get(), 1}}}) {
    char byte;
    if (read(ready_.read_end.get(), &byte, 1) != 1) throw std::runtime_error("no namespace");
  }
  std::string pid() const { return std::to_string(process_.pid()); }

 private:
  Pipe ready_ = make_pipe();
  Pipe end_ = make_pipe();
  Process process_;
};

TEST_F(TreeMountTest, ShowsWhatACopyWouldBe) {
  for (std::uint64_t seed = 0; seed < kStacks; ++seed) {
    const RandomStack random(seed, fresh_folder(bench_.path() / "layers"));
    const Stack stack = random.stack();
    const fs::path copy = fresh_folder(bench_.path() / "copied");
    copy_stack(stack, copy);
    for (std::uint32_t first_id : {std::uint32_t{0}, kFirstId}) {
      prepare(stack, random.layers(), first_id);
      attach();
      const std::string seen = tree_text(machine(), first_id);
      unmount_tree(machine());
      ASSERT_EQ(seen, tree_text(copy)) << "seed " << seed << ", first id " << first_id;
    }
  }
}

TEST_F(TreeMountTest, ItsRootIsAsItsLayersSayWhateverTheUmask) {
  const TreeLayers tree = prepare_small();
  ASSERT_EQ(chmod((machine() / "own").c_str(), 0751), 0);
  ASSERT_EQ(chown((machine() / "own").c_str(), 5, 6), 0);
  ASSERT_EQ(setxattr((machine() / "own").c_str(), "user.of", "root", 4, 0), 0);
  const mode_t before = umask(077);
  make_mountable(machine(), tree);
  umask(before);
  attach();
  struct stat root;
  ASSERT_EQ(stat(machine().c_str(), &root), 0);
  EXPECT_EQ(root.st_mode & 07777, 0751U);
  EXPECT_EQ(root.st_uid, kFirstId + 5);
  EXPECT_EQ(root.st_gid, kFirstId + 6);
  char value[8];
  EXPECT_EQ(getxattr(machine().c_str(), "user.of", value, sizeof value), 4);
}

TEST_F(TreeMountTest, TheUsersOfAnAccessListMoveAlong) {
  const TreeLayers tree = prepare_small();
  ASSERT_EQ(run_program({"setfacl", "-m", "u:7:rwx", machine() / "own"}).exit_status, 0);
  make_mountable(machine(), tree);
  attach();
  EXPECT_THAT(run_program({"getfacl", "-n", "-p", machine()}).out,
              HasSubstr("user:" + std::to_string(kFirstId + 7) + ":rwx"));
}

TEST_F(TreeMountTest, KnowsWhatItStandsOn) {
  const TreeLayers tree = prepare_small();
  make_mountable(machine(), tree);
  EXPECT_EQ(layers_of(machine()).layers, tree.layers);
  EXPECT_EQ(layers_of(machine()).store, tree.store);
  EXPECT_EQ(layers_of(machine()).first_id, kFirstId);
}

TEST_F(TreeMountTest, IsKnownByItsFolderAndItsLayers) {
  const TreeLayers tree = prepare_small();
  make_mountable(machine(), tree);
  attach();
  const std::optional<MountedTree> mounted = mounted_tree(MountTable().at(machine())->source);
  ASSERT_TRUE(mounted);
  EXPECT_EQ(mounted->ground, ground_of(tree.store, tree.layers));
  make_again(store() / "layers/one");
  EXPECT_NE(mounted->ground, ground_of(tree.store, tree.layers)) << "it was baked again";
}

TEST_F(TreeMountTest, ALayerThatIsGoneIsNamed) {
  const TreeLayers tree = prepare_small();
  make_mountable(machine(), tree);
  fs::remove_all(store() / "layers/one");
  EXPECT_EQ(missing_layer(tree), "one");
  EXPECT_THAT([&] { make_tree_mounts({machine()}); },
              ThrowsMessage<Error>(HasSubstr("layer one is gone")));
}

TEST_F(TreeMountTest, WhatIsMountedOutOfSightIsNotMountedASecondTime) {
  make_mountable(machine(), prepare_small());
  attach();
  const UniqueFd somebody(open(machine().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  EXPECT_TRUE(unmount_tree(machine())) << "somebody stands in it";
  EXPECT_THAT([&] { make_tree_mounts({machine()}); },
              ThrowsMessage<Error>(HasSubstr("is still in use")));
}

TEST_F(TreeMountTest, WhatAnotherMountNamespaceHasIsMountedHereFromThere) {
  make_mountable(machine(), prepare_small());
  attach();
  const Outcome moved = run_program({"sh", "-c", "echo written > \"$0/word\"", machine()});
  ASSERT_EQ(moved.exit_status, 0) << moved.all();
  const SomebodyElse other;
  ASSERT_FALSE(unmount_tree(machine()));
  attach();
  EXPECT_EQ(bench_.read("machine/word"), "written\n");
}

TEST_F(TreeMountTest, WhoHasItMountedOnLayersThatAreGoneIsNamed) {
  const TreeLayers tree = prepare_small();
  make_mountable(machine(), tree);
  attach();
  const SomebodyElse other;
  ASSERT_FALSE(unmount_tree(machine()));
  make_again(store() / "layers/one");
  EXPECT_THAT([&] { make_tree_mounts({machine()}); },
              ThrowsMessage<Error>(HasSubstr(other.pid() + " (sh)")));
}

// The kernel cuts what is more than 4,095 bytes of options.
TEST_F(TreeMountTest, ManyLayersWithLongPathsAreAllThere) {
  const std::string long_name(200, 'x');
  OverlayParts parts{.source = "baker:test",
                     .lowers = {},
                     .upper = bench_.path() / "upper",
                     .work = bench_.path() / "work"};
  for (int i = 0; i < 300; ++i) {
    const std::string name = "many/" + long_name + "," + std::to_string(i) + ":";
    bench_.write(name + "/file" + std::to_string(i), "");
    parts.lowers.push_back(bench_.path() / name);
  }
  for (const std::string& folder : {parts.upper, parts.work}) fs::create_directory(folder);
  fs::create_directory(machine());
  attach_mount(make_detached_overlays({parts}).front().get(), machine());
  EXPECT_EQ(std::distance(fs::directory_iterator(machine()), fs::directory_iterator()), 300);
}

}  // namespace
}  // namespace baker::testing
