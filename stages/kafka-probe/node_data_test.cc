#include "node_data.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace baker::kafka_probe {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Three nodes that have served with formatted folders, and stand now.
class NodeDataTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::path(::testing::TempDir()) /
            ::testing::UnitTest::GetInstance()->current_test_info()->name();
    for (int node : {1, 2, 3}) {
      format(node, node, "one", "dir" + std::to_string(node));
      settings_.data.push_back(folder(node));
      settings_.machines.push_back("m" + std::to_string(node));
    }
    remembered_ = served_with(settings_);
  }
  void TearDown() override { fs::remove_all(root_); }

  fs::path folder(int node) const { return root_ / ("node" + std::to_string(node)); }
  void format(int place, int node, const std::string& cluster, const std::string& directory) const {
    fs::create_directories(folder(place));
    std::ofstream(folder(place) / "meta.properties")
        << "#\nversion=1\ncluster.id=" << cluster << "\nnode.id=" << node
        << "\ndirectory.id=" << directory << "\n";
  }
  void empty(int node) const {
    fs::remove_all(folder(node));
    fs::create_directories(folder(node) / "lost+found");
  }
  std::vector<Objection> objections(const std::vector<std::string>& running = {}) const {
    return objections_to_folders(settings_, remembered_, running);
  }
  static auto objection(const std::string& text, const std::string& allow) {
    return AllOf(Field(&Objection::text, HasSubstr(text)), Field(&Objection::allow, allow));
  }

  fs::path root_;
  Settings settings_;
  Json remembered_;
};

TEST_F(NodeDataTest, HasNothingAgainstTheDataThatServed) {
  EXPECT_THAT(objections(), IsEmpty());
}

TEST_F(NodeDataTest, HasNothingAgainstEmptyFoldersOfNodesThatNeverServed) {
  for (int node : {1, 2, 3}) empty(node);
  remembered_ = Json();
  EXPECT_THAT(objections(), IsEmpty());
}

TEST_F(NodeDataTest, IsAgainstAnEmptyFolderWhereANodeHasServed) {
  empty(2);
  EXPECT_THAT(objections(),
              ElementsAre(objection("node 2 (m2) has served with its data in " +
                                        folder(2).string() + ", and that folder is empty",
                                    "empty-data")));
}

TEST_F(NodeDataTest, IsAgainstAnotherFolderWithNothingInIt) {
  settings_.data[0] = root_ / "elsewhere";
  EXPECT_THAT(objections(), ElementsAre(objection("move its data there", "empty-data")));
}

TEST_F(NodeDataTest, TakesDataThatWasMoved) {
  fs::rename(folder(1), root_ / "elsewhere");
  settings_.data[0] = root_ / "elsewhere";
  EXPECT_THAT(objections(), IsEmpty());
}

TEST_F(NodeDataTest, IsAgainstTheFolderOfAnotherNode) {
  std::swap(settings_.data[0], settings_.data[1]);
  EXPECT_THAT(objections(), ElementsAre(objection("has the data of node 2", ""),
                                        objection("has the data of node 1", "")));
}

TEST_F(NodeDataTest, IsAgainstTheFolderOfAnotherCluster) {
  format(3, 3, "two", "dir3");
  EXPECT_THAT(objections(), ElementsAre(objection("has the data of cluster two", "")));
  remembered_ = Json();
  EXPECT_THAT(objections(), ElementsAre(objection("of two clusters", "")));
}

TEST_F(NodeDataTest, IsAgainstAFolderThatWasFormattedAnewOrPutBackFromLongAgo) {
  format(3, 3, "one", "another");
  EXPECT_THAT(objections(), ElementsAre(objection("has other data of node 3", "empty-data")));
}

TEST_F(NodeDataTest, IsAgainstHalfOfAFolder) {
  fs::remove(folder(3) / "meta.properties");
  fs::create_directory(folder(3) / "topic-0");
  remembered_ = Json();
  EXPECT_THAT(objections(), ElementsAre(objection("has other files (topic-0)", "")));
}

TEST_F(NodeDataTest, IsAgainstAFileWhereAFolderBelongs) {
  fs::remove_all(folder(3));
  std::ofstream(folder(3)) << "x";
  EXPECT_THAT(objections(), ElementsAre(objection("is no folder", "")));
}

TEST_F(NodeDataTest, LeavesANodeAloneThatRuns) {
  empty(2);
  EXPECT_THAT(objections({"m2"}), IsEmpty());
}

}  // namespace
}  // namespace baker::kafka_probe
