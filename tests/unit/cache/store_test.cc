#include "cache/store.h"

#include "engine/base/error.h"
#include "engine/io/files.h"
#include "tests/support/workbench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

namespace baker {
namespace {

namespace fs = std::filesystem;

class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override { store_.prepare(); }

  std::string at(const std::string& path) const { return bench_.cache() / path; }
  Commit commit_of(const std::string& key, const std::string& content) {
    bench_.write("work/" + key + "/tree/file", content);
    bench_.write("work/" + key + "/listing", content);
    return {bench_.path() / "work" / key, layer_, key,
            ActionRecord{.layer = layer_, .key_text = {}, .log = {}}};
  }

  testing::Workbench bench_;
  std::unique_ptr<FileOps> files_ = real_file_ops();
  Store store_{bench_.cache(), *files_};
  const Digest layer_ = *Digest::from_hex(std::string(64, 'a'));
};

TEST_F(StoreTest, FindsWhatWasCommitted) {
  store_.commit({commit_of("key", "hello")});
  EXPECT_EQ(store_.find("key"), layer_);
  EXPECT_EQ(store_.record("key")->layer, layer_);
  EXPECT_EQ(bench_.read("cache/layers/" + layer_.hex() + "/tree/file"), "hello");
}

TEST_F(StoreTest, TouchesNothingUntilItIsPrepared) {
  Store other(bench_.path() / "other", *files_);
  EXPECT_FALSE(other.find("key"));
  EXPECT_FALSE(fs::exists(bench_.path() / "other"));
}

TEST_F(StoreTest, SaysWhichFolderItCannotMake) {
  bench_.write("file", "");
  Store other(bench_.path() / "file", *files_);
  try {
    other.prepare();
    FAIL() << "a cache was made inside a file";
  } catch (const Error& error) {
    EXPECT_THAT(error.describe(), ::testing::HasSubstr("--cache-dir"));
  }
}

TEST_F(StoreTest, SaysNothingOfAKeyThatWasNeverBaked) {
  std::string damage;
  EXPECT_FALSE(store_.find("key", &damage));
  EXPECT_EQ(damage, "");
}

TEST_F(StoreTest, CountsADamagedRecordAsAbsent) {
  store_.commit({commit_of("key", "hello")});
  for (const std::string damaged :
       {"", "aaaa\n", "no digest at all, but a long line, 65 or more bytes\n"}) {
    bench_.write("cache/actions/key", damaged);
    std::string damage;
    EXPECT_FALSE(store_.find("key", &damage)) << damaged;
    EXPECT_THAT(damage, ::testing::HasSubstr("actions/key is damaged"));
  }
}

TEST_F(StoreTest, CountsARecordWithoutItsLayerAsAbsent) {
  store_.commit({commit_of("key", "hello")});
  fs::remove_all(store_.layer_path(layer_));
  std::string damage;
  EXPECT_FALSE(store_.find("key", &damage));
  EXPECT_THAT(damage, ::testing::HasSubstr("is missing"));
}

TEST_F(StoreTest, CountsARecordOfAnotherLengthThanItSaysAsAbsent) {
  store_.commit({commit_of("key", "hello")});
  bench_.write("cache/actions/key", bench_.read("cache/actions/key") + "x");
  std::string damage;
  EXPECT_FALSE(store_.find("key", &damage));
  EXPECT_THAT(damage, ::testing::HasSubstr("is damaged"));
  EXPECT_FALSE(store_.record("key"));
}

TEST_F(StoreTest, ReplacesADamagedRecord) {
  bench_.write("cache/actions/key", "damage");
  store_.commit({commit_of("key", "hello")});
  EXPECT_EQ(store_.find("key"), layer_);
}

TEST_F(StoreTest, KeepsALayerThatIsThereAlready) {
  store_.commit({commit_of("one", "first")});
  store_.commit({commit_of("two", "second")});
  EXPECT_EQ(store_.find("two"), layer_);
  EXPECT_EQ(bench_.read("cache/layers/" + layer_.hex() + "/tree/file"), "first");
}

TEST_F(StoreTest, RemovesWorkWhenItsOwnerIsDone) {
  std::string path;
  {
    const WorkFolder work = store_.make_work_folder();
    path = work.path();
    write_file_atomically(path + "/half", "done");
  }
  EXPECT_FALSE(fs::exists(path));
  EXPECT_TRUE(fs::is_empty(at("tmp")));
}

TEST_F(StoreTest, OfANewerFormatIsLeftAlone) {
  store_.prepare();
  EXPECT_EQ(bench_.read("cache/format"), "1\n");
  bench_.write("cache/format", "2\n");
  EXPECT_THROW(Store(bench_.cache(), *files_), Error);
}

TEST_F(StoreTest, SweepsWhatNobodyOwns) {
  fs::create_directories(at("tmp/boot-1-0/tree"));
  bench_.write("cache/tmp/boot-1-0.lock", "");
  bench_.write("cache/tmp/boot-2-0.lock", "");
  store_.sweep();
  EXPECT_TRUE(fs::is_empty(at("tmp")));
}

TEST_F(StoreTest, SweepsWhatAnotherSweepHasLeftUnderItsName) {
  fs::create_directories(at("tmp/boot-1-0.dead/tree"));
  store_.sweep();
  EXPECT_TRUE(fs::is_empty(at("tmp")));
}

TEST_F(StoreTest, SweepsNoWorkThatHasAnOwner) {
  const WorkFolder work = store_.make_work_folder();
  Store(bench_.cache(), *files_).sweep();
  EXPECT_TRUE(fs::exists(work.path()));
}

TEST_F(StoreTest, MakesItsFoldersForTheFirstWork) {
  Store other(bench_.path() / "new", *files_);
  const WorkFolder work = other.make_work_folder();
  EXPECT_TRUE(fs::is_directory(work.path()));
}

// Bakers in containers that share a cache may have one pid.
TEST_F(StoreTest, MakesAWorkFolderOfItsOwnBesideOneOfTheSameName) {
  Store other(bench_.cache(), *files_);
  const WorkFolder one = store_.make_work_folder();
  const WorkFolder two = other.make_work_folder();
  EXPECT_NE(one.path(), two.path());
}

TEST_F(StoreTest, DoesNotTakeOverWhatADeadProcessOfTheSameNameLeft) {
  std::string first;
  {
    const WorkFolder work = store_.make_work_folder();
    first = work.path();
  }
  fs::create_directories(first + "/leftover");
  Store other(bench_.cache(), *files_);
  const WorkFolder work = other.make_work_folder();
  EXPECT_TRUE(fs::is_empty(work.path()));
}

TEST_F(StoreTest, LetsOneBakeAKeyAtATime) {
  std::optional<FileLock> first = store_.try_lock_key("key");
  ASSERT_TRUE(first);
  EXPECT_FALSE(store_.try_lock_key("key"));
  EXPECT_TRUE(store_.try_lock_key("other"));
  first.reset();
  EXPECT_TRUE(store_.try_lock_key("key"));
}

TEST_F(StoreTest, NamesDownloadsByTheirDigest) {
  EXPECT_FALSE(store_.has_download(layer_.file_name()));
  bench_.write("cache/downloads/" + layer_.file_name(), "");
  EXPECT_TRUE(store_.has_download(layer_.file_name()));
}

}  // namespace
}  // namespace baker
