#include <gmock/gmock.h>

#include <algorithm>

#include "tests/support/http_server.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kNobody = "http://127.0.0.1:1/kafka";  // where no server listens

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

class KafkaTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }

  Outcome bake(const std::string& version, const std::vector<std::string>& bases,
               const std::string& options = "", const std::vector<std::string>& arguments = {}) {
    std::string urls;
    for (const std::string& base : bases) urls += quoted(base) + ", ";
    bench_.write("pipeline.toml",
                 "[pipeline]\nname = \"kafka-test\"\n[stage.kafka]\n"
                 "uses = \"kafka\"\nversion = " +
                     quoted(version) + "\nurls = [" + urls + "]\n" + options);
    std::vector<std::string> argv = {"run", "pipeline.toml"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return bench_.baker(argv);
  }
  fs::path layer() const { return bench_.layer_of("pipeline.toml", "kafka"); }
  fs::path in_layer(const std::string& path) const { return layer() / path; }
  void forget_the_cache() const { fs::remove_all(bench_.cache()); }
  void change_the_lock_file(const std::string& from, const std::string& to) const {
    std::string text = bench_.read("pipeline.lock.toml");
    ASSERT_NE(text.find(from), text.npos) << text;
    bench_.write("pipeline.lock.toml", text.replace(text.find(from), from.size(), to));
  }

  Workbench bench_;
};

// A web server that publishes something of the shape of a release.
class OfficialArchiveTest : public KafkaTest {
 protected:
  void SetUp() override {
    KafkaTest::SetUp();
    if (IsSkipped()) return;
    const std::string top = "packing/kafka_2.13-4.3.1/";
    for (const char* file : {"bin/kafka-run-class.sh", "bin/kafka-topics.sh",
                             "bin/windows/kafka-topics.bat", "config/server.properties",
                             "libs/kafka_2.13-4.3.1.jar", "site-docs/docs.tgz", "LICENSE"}) {
      bench_.write(top + file, file);
    }
    fs::permissions(bench_.path() / top / "bin/kafka-topics.sh", fs::perms(0700));
    fs::permissions(bench_.path() / top / "LICENSE", fs::perms(0600));
    fs::create_directories(archive_.parent_path());
    run_program({"tar", "-C", bench_.path() / "packing", "--owner=1234", "--group=1234", "-czf",
                 archive_, "kafka_2.13-4.3.1"});
    publish_checksum_of(archive_);
  }
  // As Apache does it.
  void publish_checksum_of(const fs::path& file) const {
    const Outcome digest = run_program({"gpg", "--print-md", "sha512", file.filename()},
                                       {{"GNUPGHOME", bench_.path()}}, file.parent_path());
    ASSERT_EQ(digest.exit_status, 0) << digest.all();
    bench_.write("published/4.3.1/kafka_2.13-4.3.1.tgz.sha512", digest.out);
  }
  std::string base() const { return server_.url("").substr(0, server_.url("").size() - 1); }

  fs::path archive_ = bench_.path() / "published/4.3.1/kafka_2.13-4.3.1.tgz";
  HttpServer server_{bench_.path() / "published"};
};

TEST_F(OfficialArchiveTest, IsUnpackedToOptWithoutWhatLinuxHasNoUseFor) {
  const Outcome baked = bake("4.3.1", {base()});
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_TRUE(fs::exists(in_layer("opt/kafka/libs/kafka_2.13-4.3.1.jar")));
  EXPECT_FALSE(fs::exists(in_layer("opt/kafka/bin/windows")));
  EXPECT_FALSE(fs::exists(in_layer("opt/kafka/site-docs")));
}

TEST_F(OfficialArchiveTest, BelongsToRootAndIsReadableByEveryone) {
  const Outcome baked = bake("4.3.1", {base()});
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  auto attributes = [&](const char* path) {
    return run_program({"stat", "--format=%a %u %g", in_layer(path)}).out;
  };
  EXPECT_EQ(attributes("opt/kafka/bin"), "755 0 0\n");
  EXPECT_EQ(attributes("opt/kafka/bin/kafka-topics.sh"), "755 0 0\n");
  EXPECT_EQ(attributes("opt/kafka/LICENSE"), "644 0 0\n");
}

TEST_F(OfficialArchiveTest, IsFoundAtTheFirstBaseThatAnswers) {
  const Outcome baked = bake("4.3.1", {kNobody, server_.url("elsewhere"), base() + "/"});
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(bench_.read("pipeline.lock.toml"),
              HasSubstr(base() + "/4.3.1/kafka_2.13-4.3.1.tgz\""));
}

TEST_F(OfficialArchiveTest, IsFetchedFromAnotherBaseWhereTheFirstHasItNoMore) {
  const fs::path first = bench_.path() / "published/first/4.3.1";
  fs::create_directories(first.parent_path());
  fs::copy(archive_.parent_path(), first);
  const std::vector<std::string> bases = {server_.url("first"), base()};
  ASSERT_EQ(bake("4.3.1", bases).exit_status, 0);
  fs::remove_all(first);
  forget_the_cache();
  const Outcome again = bake("4.3.1", bases, "", {"--locked"});
  EXPECT_EQ(again.exit_status, 0) << again.all();
}

TEST_F(OfficialArchiveTest, IsLookedForElsewhereWhereAPageComesInsteadOfAChecksum) {
  bench_.write("published/portal/4.3.1/kafka_2.13-4.3.1.tgz.sha512", "<html>please sign in</html>");
  const Outcome baked = bake("4.3.1", {server_.url("portal"), base()});
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
}

TEST_F(OfficialArchiveTest, WithAnotherDigestEndsTheBakeAtOnce) {
  bench_.write("other/kafka_2.13-4.3.1.tgz", "something else");
  publish_checksum_of(bench_.path() / "other/kafka_2.13-4.3.1.tgz");

  const Outcome baked = bake("4.3.1", {base()});

  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(), AllOf(HasSubstr("kafka_2.13-4.3.1.tgz"), Not(HasSubstr("Maven"))));
}

TEST_F(OfficialArchiveTest, MustHaveTheDigestThatIsGivenByHand) {
  const Outcome baked = bake("4.3.1", {base()}, "sha512 = " + quoted(std::string(128, 'a')));
  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(), HasSubstr("find out which of them is right"));
}

TEST_F(OfficialArchiveTest, ThatIsNoKafkaIsRefused) {
  fs::remove_all(bench_.path() / "packing/kafka_2.13-4.3.1/libs");
  run_program({"tar", "-C", bench_.path() / "packing", "-czf", archive_, "kafka_2.13-4.3.1"});
  publish_checksum_of(archive_);
  const Outcome baked = bake("4.3.1", {base()});
  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(), HasSubstr("the archive is not a release of Kafka"));
}

TEST_F(KafkaTest, WithoutAnySourceNamesThemAll) {
  const Outcome baked = bake("4.3.1", {kNobody, "http://127.0.0.1:2/dist"}, "maven = false");
  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(), AllOf(HasSubstr(kNobody), HasSubstr("http://127.0.0.1:2/dist"),
                                 HasSubstr("Maven: ruled out by the option `maven`")));
}

TEST_F(KafkaTest, ThatWasNeverReleasedSaysWhatMavenSaid) {
  const Outcome baked = bake("4.99.0", {kNobody});
  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(), AllOf(HasSubstr("Kafka 4.99.0 is not available"), HasSubstr(kNobody),
                                 HasSubstr("Maven: "), HasSubstr("kafka_2.13:jar:4.99.0")));
}

TEST_F(KafkaTest, BeforeVersion39IsNoOption) {
  EXPECT_EQ(bake("3.2.3", {kNobody}).exit_status, 2);
}

class KafkaFromMaven : public KafkaTest, public ::testing::WithParamInterface<std::string> {
 protected:
  Outcome tool(const std::string& name, const std::string& argument) const {
    return run_program({in_layer("opt/kafka/bin/" + name), argument});
  }
};

TEST_P(KafkaFromMaven, RunsTheOfficialTools) {
  const Outcome baked = bake(GetParam(), {kNobody});
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(baked.all(), HasSubstr("Kafka " + GetParam() + " comes from Maven Central"));

  const Outcome storage = tool("kafka-storage.sh", "random-uuid");
  EXPECT_EQ(storage.exit_status, 0) << storage.all();
  EXPECT_THAT(storage.err, IsEmpty()) << "tools only log warnings";
  EXPECT_EQ(tool("kafka-topics.sh", "--version").out.substr(0, GetParam().size()), GetParam());
  for (const char* name :
       {"kafka-server-start.sh", "kafka-server-stop.sh", "kafka-acls.sh", "kafka-configs.sh",
        "kafka-console-producer.sh", "kafka-console-consumer.sh", "kafka-dump-log.sh",
        "kafka-metadata-quorum.sh", "kafka-metadata-shell.sh", "kafka-broker-api-versions.sh",
        "kafka-consumer-groups.sh", "kafka-reassign-partitions.sh", "kafka-producer-perf-test.sh",
        "connect-distributed.sh", "connect-standalone.sh"}) {
    EXPECT_TRUE(fs::exists(in_layer("opt/kafka/bin") / name)) << name;
  }
}
INSTANTIATE_TEST_SUITE_P(Releases, KafkaFromMaven, ::testing::Values("3.9.1", "4.2.1"),
                         [](const auto& version) {
                           std::string name = "v" + version.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST_F(KafkaTest, FromMavenIsTheSameTwiceFromAnEmptyStore) {
  const Outcome first = bake("4.3.1", {kNobody});
  ASSERT_EQ(first.exit_status, 0) << first.all();
  const fs::path layer_then = layer();
  forget_the_cache();

  const Outcome second = bake("4.3.1", {kNobody}, "", {"--locked"});

  ASSERT_EQ(second.exit_status, 0) << second.all();
  EXPECT_EQ(layer(), layer_then) << "a layer lies under its digest";
}

TEST_F(KafkaTest, FromMavenSaysWhatToDoWhenAPinnedJarIsGoneOrAnother) {
  ASSERT_EQ(bake("4.2.1", {kNobody}).exit_status, 0);
  const std::string locked = bench_.read("pipeline.lock.toml");
  forget_the_cache();

  change_the_lock_file("org.apache.kafka:kafka-tools:4.2.1", "org.apache.kafka:kafka-tools:4.2.99");
  const Outcome gone = bake("4.2.1", {kNobody}, "", {"--locked"});
  EXPECT_EQ(gone.exit_status, 1);
  EXPECT_THAT(gone.all(),
              AllOf(HasSubstr("kafka-tools:jar:4.2.99"),
                    ContainsRegex("`[^`]*baker update [^`]*pipeline.toml kafka [^`]*`")));

  bench_.write("pipeline.lock.toml", locked);
  const auto digest = locked.find("sha256 = \"") + 10;
  change_the_lock_file(locked.substr(digest, 64), std::string(64, 'a'));
  const Outcome other = bake("4.2.1", {kNobody}, "", {"--locked"});
  EXPECT_EQ(other.exit_status, 1);
  EXPECT_THAT(other.all(),
              AllOf(HasSubstr("where its publisher has changed it"),
                    ContainsRegex("`[^`]*baker update [^`]*pipeline.toml kafka [^`]*`")));
}

}  // namespace
}  // namespace baker::testing
