#include <gmock/gmock.h>

#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kOneOfFour =
    "id = 1\ncluster = \"test\"\n"
    "hosts = [\"10.88.0.11\", \"10.88.0.12\", \"10.88.0.13\", \"10.88.0.14\"]\n";

// A root that only looks as if systemd, Java and Kafka were there.
class KafkaNodeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }

  static std::string root_with(const std::string& java, const std::string& kafka) {
    return R"(
      [stage.base]
      uses = "files"
      [stage.base.files]
      "/lib/systemd/systemd" = { content = "", mode = "0755" }
      "/etc/passwd" = { content = "root:x:0:0:root:/root:/bin/sh\n" }
      "/etc/group" = { content = "root:x:0:\nmedia:x:950:\n" }
      "/etc/shadow" = { content = "root:*:19000:0:99999:7:::\n", mode = "0640", gid = 42 }
      "/usr/lib/jvm/)" +
           java + R"(/bin/java" = { content = "#!/bin/sh\n", mode = "0755" }
      "/opt/kafka/libs/)" +
           kafka + "\" = { content = \"\" }\n";
  }
  Outcome bake(const std::string& options,
               const std::string& below = root_with("java-17-openjdk-amd64",
                                                    "kafka_2.13-4.3.1.jar")) {
    bench_.write("pipeline.toml", "[pipeline]\nname = \"node-test\"\n" + below +
                                      "[stage.node]\nuses = \"kafka-node\"\nfrom = \"base\"\n" +
                                      options);
    return bench_.baker({"run", "pipeline.toml"});
  }
  fs::path in_layer(const std::string& path) const {
    return bench_.layer_of("pipeline.toml", "node") / path;
  }
  std::string content(const std::string& path) const {
    return run_program({"cat", in_layer(path)}).out;
  }
  // The tree of several stages' layers, one on top of the other.
  fs::path root_of(const std::vector<std::string>& stages) const {
    for (const std::string& stage : stages) {
      run_program({"cp", "-a", bench_.layer_of("pipeline.toml", stage) / ".", bench_.path() / "r"});
    }
    return bench_.path() / "r";
  }

  Workbench bench_;
};

TEST_F(KafkaNodeTest, WritesTheNodesOwnConfiguration) {
  const Outcome baked = bake(kOneOfFour);
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(content("etc/kafka/server.properties"),
              AllOf(HasSubstr("\nnode.id=1\n"), HasSubstr("\nlog.dirs=/data/kafka\n")));
}

TEST_F(KafkaNodeTest, AddsTheUserAndKeepsTheFilesAttributes) {
  const Outcome baked = bake(kOneOfFour);
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(content("etc/passwd"), HasSubstr("\nkafka:x:900:900::/data/kafka:/usr/sbin/nologin"));
  EXPECT_THAT(content("etc/group"), HasSubstr("\nkafka:x:900:\n"));
  EXPECT_THAT(content("etc/shadow"), ::testing::ContainsRegex("\nkafka:!:[0-9]+:0:99999:7:::\n"));
  EXPECT_EQ(run_program({"stat", "--format=%a %g", in_layer("etc/shadow")}).out, "640 42\n");
  EXPECT_EQ(run_program({"stat", "--format=%a %u", in_layer("data/kafka")}).out, "750 900\n");
}

TEST_F(KafkaNodeTest, RefusesAUserIdThatSomeoneElseHas) {
  const Outcome baked = bake(std::string(kOneOfFour) + "uid = 950\n");
  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(),
              HasSubstr("the group \"kafka\" can't have the id 950: in the root it belongs to "
                        "\"media\"; choose another id (the option `uid` sets it)"));
}

TEST_F(KafkaNodeTest, HasAServiceThatSystemdAcceptsAndCallsConfined) {
  const Outcome baked = bake(kOneOfFour);
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  const std::string root = "--root=" + root_of({"base", "node"}).string();

  const Outcome verified = run_program(
      {"systemd-analyze", "verify", "--man=no", "--recursive-errors=no", root, "kafka.service"});
  EXPECT_EQ(verified.exit_status, 0);
  EXPECT_THAT(verified.all(), IsEmpty());

  const Outcome rated = run_program(
      {"systemd-analyze", "security", "--offline=yes", root, "--threshold=15", "kafka.service"});
  EXPECT_EQ(rated.exit_status, 0) << rated.all();
  EXPECT_TRUE(fs::is_symlink(in_layer("etc/systemd/system/multi-user.target.wants/kafka.service")));
}

TEST_F(KafkaNodeTest, AsAClientHasTheToolsAndNoService) {
  const Outcome baked = bake("role = \"client\"\nhosts = [\"10.88.0.11\", \"10.88.0.12\"]\n");
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(content("etc/kafka/client.properties"),
            "bootstrap.servers=10.88.0.11:9092,10.88.0.12:9092\n");
  EXPECT_THAT(content("etc/profile.d/kafka.sh"), HasSubstr("/opt/kafka/bin"));
  EXPECT_FALSE(fs::exists(in_layer("etc/systemd")));
  EXPECT_FALSE(fs::exists(in_layer("etc/passwd")));
}

TEST_F(KafkaNodeTest, NamesThePackageThatTheRootLacks) {
  EXPECT_THAT(bake(kOneOfFour, root_with("default", "kafka_2.13-4.3.1.jar")).all(),
              HasSubstr("Kafka 4.3.1 runs on Java 17, 21 and 25, and the root has no Java: add "
                        "openjdk-17-jre-headless, or another of these, to the packages"));
  EXPECT_THAT(bake(kOneOfFour, root_with("java-17-openjdk-amd64", "other.jar")).all(),
              HasSubstr("the root has no Kafka"));
}

TEST_F(KafkaNodeTest, RefusesAJavaThatTheReleaseDoesNotSupport) {
  EXPECT_THAT(bake(kOneOfFour, root_with("java-11-openjdk-amd64", "kafka_2.13-4.3.1.jar")).all(),
              HasSubstr("the root has Java 11 (/usr/lib/jvm/java-11-openjdk-amd64)"));
  EXPECT_THAT(bake(kOneOfFour, root_with("java-25-openjdk-amd64", "kafka_2.13-4.1.2.jar")).all(),
              HasSubstr("Kafka 4.1.2 runs on Java 17 and 21, and the root has Java 25"));
  EXPECT_THAT(bake(std::string(kOneOfFour) + "java = \"21\"\n").all(),
              HasSubstr("`java` is 21 and the root has Java 17"));
}

// As Temurin's, Corretto's and Zulu's packages lay them out, beside one that the release can't use.
TEST_F(KafkaNodeTest, RunsOnTheJavaThatIsAskedForWhoeverPackagedIt) {
  const std::string root = root_with("java-11-openjdk-amd64", "kafka_2.13-4.3.1.jar") + R"(
      "/usr/lib/jvm/temurin-21-jre-amd64/bin/java" = { content = "", mode = "0755" }
      "/usr/lib/jvm/java-25-amazon-corretto/bin/java" = { content = "", mode = "0755" }
      "/opt/zulu/bin/java" = { content = "", mode = "0755" }
      "/opt/zulu/release" = { content = "JAVA_VERSION=\"17.0.15\"\n" }
)";
  for (const auto& [wanted, home] :
       std::map<std::string, std::string>{{"", "/usr/lib/jvm/java-25-amazon-corretto"},
                                          {"java = \"21\"\n", "/usr/lib/jvm/temurin-21-jre-amd64"},
                                          {"java = \"17\"\n", "/opt/zulu"},
                                          {"java = \"/opt/zulu\"\n", "/opt/zulu"}}) {
    const Outcome baked = bake(kOneOfFour + wanted, root);
    ASSERT_EQ(baked.exit_status, 0) << baked.all();
    EXPECT_THAT(content("etc/systemd/system/kafka.service"), HasSubstr(home + "/bin/java @"));
  }
}

TEST_F(KafkaNodeTest, RunsOnTheJavaOfTheAlternativesUnlessAskedForAnother) {
  const std::string root =
      "[stage.below]\nuses = \"files\"\nsymlinks = { "
      "\"/usr/bin/java\" = \"/etc/alternatives/java\", "
      "\"/etc/alternatives/java\" = \"/usr/lib/jvm/java-17-openjdk-amd64/bin/java\" }\n" +
      root_with("java-17-openjdk-amd64", "kafka_2.13-4.3.1.jar") + R"(
      "/usr/lib/jvm/java-21-openjdk-amd64/bin/java" = { content = "", mode = "0755" }
      [stage.both]
      uses = "files"
      from = ["base", "below"]
)";
  bench_.write("pipeline.toml", "[pipeline]\nname = \"node-test\"\n" + root +
                                    "[stage.node]\nuses = \"kafka-node\"\nfrom = \"both\"\n" +
                                    kOneOfFour);
  const Outcome baked = bench_.baker({"run", "pipeline.toml"});
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(content("etc/systemd/system/kafka.service"),
              HasSubstr("/usr/lib/jvm/java-17-openjdk-amd64/bin/java @"));
}

TEST_F(KafkaNodeTest, TakesJava11ForKafka3) {
  const Outcome baked =
      bake(kOneOfFour, root_with("java-11-openjdk-amd64", "kafka_2.13-3.9.1.jar"));
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_TRUE(fs::exists(in_layer("etc/kafka/log4j.properties")));
}

TEST_F(KafkaNodeTest, RefusesACombinationThatKafkaWouldRefuse) {
  const Outcome baked =
      bake(std::string(kOneOfFour) + "config = { \"min.insync.replicas\" = \"4\" }\n");
  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(), AllOf(HasSubstr("node"), HasSubstr("min.insync.replicas is 4")));
}

TEST_F(KafkaNodeTest, SaysWhatANodeNeeds) {
  EXPECT_THAT(bake("hosts = [\"10.88.0.11\"]\ncluster = \"test\"\n").all(),
              HasSubstr("a node needs an `id`"));
  EXPECT_THAT(bake("hosts = [\"10.88.0.11\"]\nid = 1\n").all(),
              HasSubstr("a node needs to know its cluster"));
}

// Kafka's own tool, on the host, with a root that is Kafka and a node's configuration.
class KafkaNodeFormat : public KafkaNodeTest, public ::testing::WithParamInterface<int> {};

TEST_P(KafkaNodeFormat, IsAcceptedByKafka) {
  const std::string data = (bench_.path() / "data").string();
  const std::string below = root_with("java-17-openjdk-amd64", "unused.txt") +
                            "[stage.kafka]\nuses = \"kafka\"\nversion = \"4.3.1\"\nurls = []\n";
  bench_.write("pipeline.toml",
               "[pipeline]\nname = \"node-test\"\n" + below +
                   "[stage.node]\nuses = \"kafka-node\"\nfrom = [\"base\", \"kafka\"]\n"
                   "cluster = \"test\"\ndata = \"" +
                   data + "\"\nid = " + std::to_string(GetParam()) +
                   "\nhosts = [\"n1\", \"n2\", \"n3\", \"n4\"]\n");
  const Outcome baked = bench_.baker({"run", "pipeline.toml"});
  ASSERT_EQ(baked.exit_status, 0) << baked.all();

  const fs::path kafka = bench_.layer_of("pipeline.toml", "kafka") / "opt/kafka";
  const std::string script = content("usr/local/lib/kafka-node/format-once");
  const std::string id = script.substr(script.find("-t=") + 3, 22);
  const Outcome formatted = run_program({kafka / "bin/kafka-storage.sh", "format", "-t=" + id, "-c",
                                         in_layer("etc/kafka/server.properties")});

  EXPECT_EQ(formatted.exit_status, 0) << formatted.all();
  EXPECT_THAT(bench_.read("data/meta.properties"),
              AllOf(HasSubstr("cluster.id=" + id), HasSubstr("node.id=")));
}
INSTANTIATE_TEST_SUITE_P(ControllerAndBroker, KafkaNodeFormat, ::testing::Values(1, 4));

}  // namespace
}  // namespace baker::testing
