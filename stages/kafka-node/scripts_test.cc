#include "scripts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "stages/kafka-node/testing/a_node.h"

namespace baker::kafka_node {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

// A folder for a script and what it works on.
class ScriptTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "baker-scripts-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    fs::create_directories(data());
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path data() const { return folder_ / "data"; }
  int status_of(const std::string& script, const std::string& with = "",
                const std::string& argument = "") const {
    std::ofstream(folder_ / "script") << script;
    return std::system(
        (with + " sh " + (folder_ / "script").string() + " " + argument + " 2> /dev/null").c_str());
  }

  fs::path folder_;
};

TEST(FormatScript, GivesTheIdSoThatALeadingDashIsNoOption) {
  EXPECT_THAT(format_script(a_node(), kModern), HasSubstr(" -t=AAAA "));
}

TEST(FormatScript, LeavesFormattedDataAlone) {
  EXPECT_THAT(format_script(a_node(), kModern),
              HasSubstr("[ ! -e /srv/kafka/meta.properties ] || exit 0\n"));
}

TEST(FormatScript, UsesTheToolWhereTheConfigurationDecidesOnTheFormat) {
  Installation prepared = kModern;
  prepared.fast_start = "/usr/lib/kafka-cds";
  NodeSettings node = a_node();
  EXPECT_THAT(format_script(node, prepared), Not(HasSubstr("StorageTool")));
  node.config["unstable.feature.versions.enable"] = "true";
  EXPECT_THAT(format_script(node, prepared), HasSubstr("StorageTool format"));
}

// The script for a root that was prepared by a `jvm-cds` stage, run here.
class FormatWithoutJava : public ScriptTest {
 protected:
  void SetUp() override {
    ScriptTest::SetUp();
    fs::create_directories(folder_ / "prepared");
    std::ofstream(checkpoint()) << "checkpoint";
  }
  fs::path checkpoint() const { return folder_ / "prepared/bootstrap.checkpoint"; }
  bool run() const {
    Installation installed = kModern;
    installed.fast_start = (folder_ / "prepared").string();
    NodeSettings node = a_node();
    node.data = data().string();
    return status_of(format_script(node, installed)) == 0;
  }
  std::string content(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(data() / name).rdbuf();
    return text.str();
  }
};

TEST_F(FormatWithoutJava, RefusesAFolderThatHasHalfOfANodesData) {
  fs::create_directories(data() / "orders-0");
  EXPECT_FALSE(run());
  EXPECT_FALSE(fs::exists(data() / "meta.properties"));
}

TEST_F(FormatWithoutJava, FormatsADiskThatWasJustMade) {
  fs::create_directories(data() / "lost+found");
  EXPECT_TRUE(run());
  EXPECT_TRUE(fs::exists(data() / "meta.properties"));
  EXPECT_FALSE(fs::exists(data() / "lost+found"));
}

TEST_F(FormatWithoutJava, MakesWhatTheToolMakes) {
  ASSERT_TRUE(run());
  EXPECT_EQ(content("bootstrap.checkpoint"), "checkpoint");
  EXPECT_THAT(content("meta.properties"),
              MatchesRegex("version=1\ncluster.id=AAAA\nnode.id=1\n"
                           "directory.id=[A-Za-z0-9_][A-Za-z0-9_-]{20}[AQgw]\n"));
}

TEST_F(FormatWithoutJava, GivesEachDirectoryAnIdOfItsOwn) {
  ASSERT_TRUE(run());
  const std::string first = content("meta.properties");
  fs::remove(data() / "meta.properties");
  ASSERT_TRUE(run());
  EXPECT_NE(content("meta.properties"), first);
}

TEST_F(FormatWithoutJava, LeavesFormattedDataAlone) {
  std::ofstream(data() / "meta.properties") << "formatted";
  ASSERT_TRUE(run());
  EXPECT_EQ(content("meta.properties"), "formatted");
  EXPECT_FALSE(fs::exists(data() / "bootstrap.checkpoint"));
}

TEST_F(FormatWithoutJava, IsNotDoneBeforeAllIsThere) {
  fs::remove(checkpoint());
  EXPECT_FALSE(run());
  EXPECT_FALSE(fs::exists(data() / "meta.properties"));
}

// Of a broker that does not end by itself.
class StopScript : public ScriptTest {
 protected:
  void SetUp() override {
    ScriptTest::SetUp();
    signal(SIGTERM, SIG_IGN);  // the broker inherits it
    broker_ = fork();
    if (broker_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (;;) pause();
    }
    signal(SIGTERM, SIG_DFL);
    ASSERT_GE(broker_, 0);
  }
  void TearDown() override {
    kill(broker_, SIGKILL);
    waitpid(broker_, nullptr, 0);
    ScriptTest::TearDown();
  }
  // Nobody listens at these, as if the other machines were down.
  int stop(std::vector<std::string> hosts, const std::string& with = "") const {
    NodeSettings node = a_node();
    node.hosts = std::move(hosts);
    node.controller_port = 1;
    node.data = data().string();
    return status_of(stop_script(node), with, std::to_string(broker_));
  }
  // Waits for its end.
  bool was_killed() const {
    int status = 0;
    return waitpid(broker_, &status, 0) == broker_ && WIFSIGNALED(status) &&
           WTERMSIG(status) == SIGKILL;
  }
  bool runs() const { return waitpid(broker_, nullptr, WNOHANG) == 0; }

  pid_t broker_ = -1;
};

TEST_F(StopScript, DoesNotWaitForControllersOnceItsLogsAreClosed) {
  std::ofstream(data() / ".kafka_cleanshutdown") << "";
  EXPECT_EQ(stop({"127.0.0.1"}), 0);
  EXPECT_TRUE(was_killed());
}

TEST_F(StopScript, DoesNotWaitForALeaveThatNobodyCanGive) {
  EXPECT_EQ(stop({"127.0.0.1", "127.0.0.1", "127.0.0.1"}), 0);
  EXPECT_TRUE(was_killed());
}

TEST_F(StopScript, WaitsAsLongAsALeaveMayCome) {
  EXPECT_NE(stop({"127.0.0.1"}, "timeout 5"), 0);
  EXPECT_TRUE(runs());
}

}  // namespace
}  // namespace baker::kafka_node
