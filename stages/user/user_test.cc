#include <gmock/gmock.h>

#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kPasswd =
    "root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/false\n";
constexpr const char* kGroup = "root:x:0:\nwww-data:x:33:\naudio:x:29:\n";
constexpr const char* kShadow = "root:*:19000:0:99999:7:::\nwww-data:*:19000:0:99999:7:::\n";
constexpr const char* kGshadow = "root:*::\nwww-data:*::\naudio:*::\n";

// The stage stands on a root that has nothing but the four files.
class UserTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
    bench_.write("etc/passwd", kPasswd);
    bench_.write("etc/group", kGroup);
    bench_.write("etc/shadow", kShadow);
    bench_.write("etc/gshadow", kGshadow);
  }

  static constexpr const char* kShadowFile =
      "\"/etc/shadow\" = { source = \"etc/shadow\", mode = \"0640\", gid = 42 }\n";

  Outcome bake(const std::string& options, const std::string& shadow = kShadowFile) {
    bench_.write("pipeline.toml", R"(
      [pipeline]
      name = "user-test"
      [stage.base]
      uses = "files"
      directories = { "/var" = {} }
      [stage.base.files]
      "/etc/passwd" = { source = "etc/passwd" }
      "/etc/group" = { source = "etc/group" }
      "/etc/gshadow" = { source = "etc/gshadow", mode = "0640", gid = 42 }
)" + shadow + R"(
      [stage.it]
      uses = "user"
      from = "base"
      )" + options);
    return bench_.baker({"run", "pipeline.toml"});
  }
  std::string in_layer(const std::string& path) {
    return bench_.layer_of("pipeline.toml", "it") / path;
  }
  std::string content(const std::string& path) { return run_program({"cat", in_layer(path)}).out; }
  std::string attributes(const std::string& path) {
    return run_program({"stat", "--format=%a %u %g", in_layer(path)}).out;
  }

  Workbench bench_;
};

TEST_F(UserTest, AddsAUserWithAGroupOfItsOwnAndALockedPassword) {
  const Outcome baked =
      bake("users = { web = { uid = 2001, gecos = \"The web\", shell = \"/bin/sh\" } }");
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(content("etc/passwd"),
            std::string(kPasswd) + "web:x:2001:2001:The web:/nonexistent:/bin/sh\n");
  EXPECT_EQ(content("etc/group"), std::string(kGroup) + "web:x:2001:\n");
  EXPECT_EQ(content("etc/gshadow"), std::string(kGshadow) + "web:!::\n");
  EXPECT_THAT(content("etc/shadow"), ::testing::ContainsRegex("\nweb:!:[0-9]+:0:99999:7:::\n"));
}

TEST_F(UserTest, KeepsModesAndOwnersOfTheFiles) {
  ASSERT_EQ(bake("users = { web = { uid = 2001 } }").exit_status, 0);
  EXPECT_EQ(attributes("etc/passwd"), "644 0 0\n");
  EXPECT_EQ(attributes("etc/shadow"), "640 0 42\n");
}

TEST_F(UserTest, PutsUsersIntoGroups) {
  const Outcome baked = bake(R"(
    groups = { media = { gid = 2000 } }
    users = { web = { uid = 2001, group = "www-data", groups = ["media", "audio"] } })");
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(content("etc/passwd"), EndsWith("\nweb:x:2001:33::/nonexistent:/usr/sbin/nologin\n"));
  EXPECT_EQ(content("etc/group"), "root:x:0:\nwww-data:x:33:\naudio:x:29:web\nmedia:x:2000:web\n");
  EXPECT_EQ(content("etc/gshadow"), "root:*::\nwww-data:*::\naudio:*::web\nmedia:!::web\n");
}

TEST_F(UserTest, MakesAHomeThatBelongsToTheUser) {
  const Outcome baked =
      bake("users = { web = { uid = 2001, gid = 2002, home = \"/srv/web\", create-home = true } }");
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(attributes("srv/web"), "750 2001 2002\n");
}

TEST_F(UserTest, GivesAUserThePasswordOfAHash) {
  ASSERT_EQ(bake("users = { web = { uid = 2001, password = \"$6$salt$hash\" } }").exit_status, 0);
  EXPECT_THAT(content("etc/shadow"), HasSubstr("\nweb:$6$salt$hash:"));
}

TEST_F(UserTest, PutsAHashWhereTheRootKeepsThem) {
  std::filesystem::remove(bench_.path() / "etc/shadow");
  const std::string options = "users = { web = { uid = 2001, password = \"$6$salt$hash\" } }";
  bench_.write("etc/passwd", std::string(kPasswd) + "me:$6$my$own:1000:33::/:/bin/sh\n");
  const Outcome baked = bake(options, "");
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(content("etc/passwd"), HasSubstr("\nweb:$6$salt$hash:2001:"));
  EXPECT_THAT(content("etc/passwd"), HasSubstr("\nme:$6$my$own:1000:"));
}

TEST_F(UserTest, RefusesAPasswordThatAnybodyCouldRead) {
  EXPECT_THAT(bake("users = { web = { uid = 2001, password = \"secret\" } }").all(),
              HasSubstr("`password` is the hash of one"));
}

TEST_F(UserTest, LocksAUserOfTheRootWhoKeepsAllElse) {
  bench_.write("etc/shadow", "root:$6$salt$hash:19000:0:99999:7:::\n");
  ASSERT_EQ(bake("users = { root = { locked = true } }").exit_status, 0);
  EXPECT_EQ(content("etc/shadow"), "root:!$6$salt$hash:19000:0:99999:7:::\n");
  EXPECT_FALSE(std::filesystem::exists(in_layer("etc/passwd"))) << "nothing else has changed";
}

TEST_F(UserTest, LetsAUserInWithKeys) {
  const Outcome baked = bake(R"(
    [stage.it.users.web]
    uid = 2001
    home = "/srv/web"
    create-home = true
    authorized-keys = ["ssh-ed25519 AAAAC3 me", "ssh-ed25519 AAAAC3 me"])");
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(content("srv/web/.ssh/authorized_keys"), "ssh-ed25519 AAAAC3 me\n");
  EXPECT_EQ(attributes("srv/web/.ssh"), "700 2001 2001\n");
  EXPECT_EQ(attributes("srv/web/.ssh/authorized_keys"), "600 2001 2001\n");
}

TEST_F(UserTest, SaysWhatIsNoKeyAndWhoHasNoHome) {
  EXPECT_THAT(
      bake("users = { web = { uid = 2001, home = \"/var\", authorized-keys = [\"me\"] } }").all(),
      HasSubstr("\"me\" is no public key"));
  EXPECT_THAT(
      bake("users = { web = { uid = 2001, authorized-keys = [\"ssh-rsa AAAA me\"] } }").all(),
      HasSubstr("\"/nonexistent\" is not in the root; `create-home = true` makes it"));
}

TEST_F(UserTest, AsksForTheIdOfAUserThatIsNotThere) {
  EXPECT_THAT(bake("users = { web = { locked = true } }").all(),
              HasSubstr("there is no user \"web\" in the root: give it a `uid`"));
}

TEST_F(UserTest, NeverTakesADirectoryFromSomeoneElse) {
  const Outcome baked =
      bake("users = { web = { uid = 2001, home = \"/var\", create-home = true } }");
  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(), HasSubstr("\"/var\", is in the root already and belongs to uid 0"));
}

TEST_F(UserTest, ChangesNothingWhereAllIsAsItShouldBe) {
  bench_.write("etc/passwd",
               std::string(kPasswd) + "web:x:2001:2001::/nonexistent:/usr/sbin/nologin\n");
  bench_.write("etc/group", std::string(kGroup) + "web:x:2001:\n");
  bench_.write("etc/shadow", std::string(kShadow) + "web:!:1:0:99999:7:::\n");
  bench_.write("etc/gshadow", std::string(kGshadow) + "web:!::\n");
  const Outcome baked = bake("users = { web = { uid = 2001 } }");
  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_TRUE(std::filesystem::is_empty(in_layer("")));
}

TEST_F(UserTest, RefusesIdsAndNamesThatSomeoneElseHas) {
  EXPECT_THAT(
      bake("users = { web = { uid = 33 } }").all(),
      HasSubstr("the user \"web\" can't have the id 33: in the root it belongs to \"www-data\""));
  EXPECT_THAT(
      bake("users = { www-data = { uid = 34 } }").all(),
      HasSubstr("the user \"www-data\" is in the root already, with the id 33 instead of 34"));
  EXPECT_THAT(
      bake("groups = { media = { gid = 29 } }").all(),
      HasSubstr("the group \"media\" can't have the id 29: in the root it belongs to \"audio\""));
}

TEST_F(UserTest, RefusesWhatWouldBreakTheFiles) {
  EXPECT_THAT(bake("users = { \"a:b\" = { uid = 2001 } }").all(),
              HasSubstr("\"a:b\" is not a valid name of a user or group"));
  EXPECT_NE(bake("users = { web = { uid = 2001, gecos = \"a:b\" } }").exit_status, 0);
}

TEST_F(UserTest, NamesAGroupThatDoesNotExist) {
  EXPECT_THAT(bake("users = { web = { uid = 2001, groups = [\"nobodys\"] } }").all(),
              HasSubstr("there is no group \"nobodys\" in the root"));
}

}  // namespace
}  // namespace baker::testing
