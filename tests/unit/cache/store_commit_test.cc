// The promise of the store: whatever happens, a record names a whole layer.
#include "cache/store.h"
#include "engine/base/error.h"
#include "engine/io/hasher.h"
#include "tests/support/fault_file_ops.h"
#include "tests/support/workbench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

namespace baker {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

class StoreCommit : public ::testing::Test {
 protected:
  void SetUp() override { store_.prepare(); }

  Digest layer_of(const std::string& key) const { return digest_of("layer of " + key); }
  Commit commit_of(const std::string& key) {
    bench_.write("work/" + key + "/tree/file", key);
    bench_.write("work/" + key + "/listing", key);
    return {bench_.path() / "work" / key, layer_of(key), key,
            ActionRecord{.layer = layer_of(key), .key_text = {}, .log = "log of " + key}};
  }
  std::vector<Commit> both() { return {commit_of("one"), commit_of("two")}; }

  bool layer_is_whole(const std::string& key) const {
    const fs::path layer = store_.layer_path(layer_of(key));
    return fs::exists(layer / "listing") && fs::exists(layer / "tree/file");
  }
  // Without the store's folder, and without names that differ from run to run.
  std::vector<std::string> done() const {
    std::vector<std::string> operations;
    for (std::string operation : files_.done()) {
      for (size_t at; (at = operation.find(bench_.path())) != std::string::npos;)
        operation.erase(at, bench_.path().string().size());
      operations.push_back(operation);
    }
    return operations;
  }

  testing::Workbench bench_;
  testing::FaultFileOps files_;
  Store store_{bench_.cache(), files_};
};

TEST_F(StoreCommit, SyncsBeforeLayersAppearAndLayersBeforeRecords) {
  store_.commit(both());
  EXPECT_THAT(
      done(),
      ::testing::ElementsAre(
          MatchesRegex("write /cache/tmp/.*/one"), MatchesRegex("write /cache/tmp/.*/two"),
          "sync /cache", MatchesRegex("rename /work/one /cache/layers/[0-9a-f]+"),
          MatchesRegex("rename /work/two /cache/layers/[0-9a-f]+"), "sync-directory /cache/layers",
          MatchesRegex("rename /cache/tmp/.*/one /cache/actions/one"),
          MatchesRegex("rename /cache/tmp/.*/two /cache/actions/two"),
          "sync-directory /cache/actions", MatchesRegex("remove /cache/tmp/.*")));
}

TEST_F(StoreCommit, SyncsOnceHoweverMuchThereIs) {
  std::vector<Commit> many;
  for (int i = 0; i < 20; ++i) many.push_back(commit_of("key" + std::to_string(i)));
  store_.commit(many);
  EXPECT_EQ(std::ranges::count(done(), "sync /cache"), 1);
}

TEST_F(StoreCommit, LeavesNoRecordWithoutItsLayerWhereverItFails) {
  bool failed = true;
  for (size_t operation = 1; failed; ++operation) {
    fs::remove_all(bench_.cache());
    files_.fail_at(0);
    store_.prepare();
    const std::vector<Commit> commits = both();
    files_.fail_at(operation);
    try {
      store_.commit(commits);
      failed = false;
    } catch (const Error&) {
    }
    for (const char* key : {"one", "two"}) {
      if (!fs::exists(store_.record_path(key))) continue;
      EXPECT_TRUE(layer_is_whole(key)) << "operation " << operation;
      EXPECT_TRUE(store_.record(key)) << "operation " << operation;
    }
    ASSERT_LT(operation, 100u);
  }
}

TEST_F(StoreCommit, IsDoneByTheNextBakerAfterAnyFailure) {
  const size_t operations = [&] {
    store_.commit(both());
    return files_.done().size() - 1;  // the last one cleans up
  }();
  for (size_t operation = 1; operation <= operations; ++operation) {
    fs::remove_all(bench_.cache());
    files_.fail_at(0);
    store_.prepare();
    const std::vector<Commit> commits = both();
    files_.fail_at(operation);
    EXPECT_THROW(store_.commit(commits), Error);
    files_.fail_at(0);
    store_.sweep();
    store_.commit(both());
    EXPECT_EQ(store_.find("one"), layer_of("one")) << "operation " << operation;
    EXPECT_EQ(store_.find("two"), layer_of("two")) << "operation " << operation;
    EXPECT_TRUE(fs::is_empty(bench_.cache() / "tmp")) << "operation " << operation;
  }
}

TEST_F(StoreCommit, MayBringARecordAlone) {
  store_.commit({commit_of("one")});
  store_.commit({{"", layer_of("one"), "again",
                  ActionRecord{.layer = layer_of("one"), .key_text = {}, .log = {}}}});
  EXPECT_EQ(store_.find("again"), layer_of("one"));
}

TEST_F(StoreCommit, IsNotWaitedForWhereNothingStandsOnTheRecord) {
  store_.commit({commit_of("one")});
  files_.forget();
  store_.note({{"", layer_of("one"), "noted",
                ActionRecord{.layer = layer_of("one"), .key_text = {}, .log = "of note"}}});
  EXPECT_EQ(store_.record("noted")->log, "of note");
  EXPECT_THAT(done(), Not(Contains(HasSubstr("sync"))));
}

}  // namespace
}  // namespace baker
