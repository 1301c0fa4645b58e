#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

using ::testing::HasSubstr;

class FilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }

  // A pipeline with one stage that stands on nothing.
  Outcome bake(const std::string& options) {
    bench_.write("pipeline.toml",
                 "[pipeline]\nname = \"files-test\"\n[params]\nport = \"8080\"\n"
                 "[stage.it]\nuses = \"files\"\n" +
                     options);
    return bench_.baker({"run", "pipeline.toml"});
  }
  std::filesystem::path in_layer(const std::string& path) {
    return bench_.layer_of("pipeline.toml", "it") / path;
  }
  std::string content(const std::string& path) { return run_program({"cat", in_layer(path)}).out; }
  // "mode uid gid", as stat prints them.
  std::string attributes(const std::string& path) {
    return run_program({"stat", "--format=%a %u %g", in_layer(path)}).out;
  }

  Workbench bench_;
};

TEST_F(FilesTest, WritesContentThatThePipelineHolds) {
  const Outcome baked = bake("files = { \"/etc/motd\" = { content = \"port ${port}\\n\" } }");
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(content("etc/motd"), "port 8080\n");
}

TEST_F(FilesTest, KeepsAFileOfThePipelinesFolderToTheByte) {
  const std::string bytes("${port} $${x}\r\n\0\xff", 16);
  bench_.write("some file", bytes);
  const Outcome baked = bake("files = { \"/srv/file\" = { source = \"some file\" } }");
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(content("srv/file"), bytes);
}

TEST_F(FilesTest, GivesModesAndOwners) {
  bench_.write("tool", "#!/bin/sh\n");
  chmod((bench_.path() / "tool").c_str(), 0700);
  const Outcome baked = bake(R"(
    directories = { "/srv/www" = { mode = "2775", uid = 1, gid = 33 } }
    files = { "/secret" = { content = "x", mode = "0600", uid = 5, gid = 6 }, "/tool" = { source = "tool" } })");
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(attributes("secret"), "600 5 6\n");
  EXPECT_EQ(attributes("srv/www"), "2775 1 33\n");
  EXPECT_EQ(attributes("tool"), "755 0 0\n") << "an executable source stays executable";
}

TEST_F(FilesTest, CopiesAFolderWithAllThatIsInIt) {
  bench_.write("site/index.html", "<p>");
  bench_.write("site/css/a.css", "p {}");
  const Outcome baked = bake("files = { \"/srv\" = { source = \"site\", uid = 33, gid = 33 } }");
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(content("srv/css/a.css"), "p {}");
  EXPECT_EQ(attributes("srv/index.html"), "644 33 33\n");
}

TEST_F(FilesTest, MakesSymlinks) {
  const Outcome baked = bake("symlinks = { \"/etc/localtime\" = \"/usr/share/zoneinfo/UTC\" }");
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(std::filesystem::read_symlink(in_layer("etc/localtime")), "/usr/share/zoneinfo/UTC");
}

TEST_F(FilesTest, FillsATemplateAgainWhenAValueChanges) {
  bench_.write("app.conf", "port=${port}\nhome=$${HOME}\n");
  const std::string stage =
      "files = { \"/app.conf\" = { source = \"app.conf\", template = true, values = { port = "
      "\"${port}\" } } }";
  ASSERT_EQ(bake(stage).exit_status, 0);
  ASSERT_EQ(content("app.conf"), "port=8080\nhome=${HOME}\n");

  const Outcome again = bench_.baker({"run", "pipeline.toml", "--set", "port=9090"});
  ASSERT_EQ(again.exit_status, 0) << again.all();
  EXPECT_EQ(content("app.conf"), "port=9090\nhome=${HOME}\n");
}

TEST_F(FilesTest, BakesAgainWhenASourceChanges) {
  bench_.write("site/index.html", "old");
  const std::string stage = "files = { \"/srv\" = { source = \"site\" } }";
  ASSERT_EQ(bake(stage).exit_status, 0);
  bench_.write("site/index.html", "new");
  ASSERT_EQ(bake(stage).exit_status, 0);
  EXPECT_EQ(content("srv/index.html"), "new");
}

TEST_F(FilesTest, NamesTheLineOfATemplatesUnknownName) {
  bench_.write("app.conf", "a\nport=${prot}\n");
  const Outcome baked = bake(
      "files = { \"/app.conf\" = { source = \"app.conf\", template = true, values = { port = \"1\" "
      "} } }");
  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(),
              HasSubstr("the template of \"/app.conf\", line 2: \"${prot}\" has no value"));
}

TEST_F(FilesTest, RefusesAnEntryWithoutContentAndARelativePath) {
  EXPECT_THAT(bake("files = { \"/a\" = { mode = \"0644\" } }").all(),
              HasSubstr("files[/a] needs one of \"source\", \"content\""));
  EXPECT_THAT(bake("files = { \"a\" = { content = \"\" } }").all(),
              HasSubstr("option \"files\" can't be \"a\": it is not an absolute path"));
}

TEST_F(FilesTest, NeverWritesOutsideTheRoot) {
  const std::string outside = (bench_.path() / "outside").string();
  std::filesystem::create_directory(outside);
  const Outcome baked = bake("symlinks = { \"/way\" = \"" + outside +
                             "\" }\n"
                             "[stage.above]\nuses = \"files\"\nfrom = \"it\"\n"
                             "files = { \"/way/file\" = { content = \"x\" } }");
  EXPECT_TRUE(std::filesystem::is_empty(outside)) << baked.all();
}

}  // namespace
}  // namespace baker::testing
