// What the host's administrator sets for all pipelines.
#include "engine/pipeline/host_settings.h"

#include "engine/base/error.h"
#include "tests/support/workbench.h"

#include <gmock/gmock.h>

namespace baker::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class HostSettingsTest : public ::testing::Test {
 protected:
  HostSettings read(const std::string& text) {
    return read_host_settings(bench_.write("baker.toml", text));
  }
  Workbench bench_;
};

TEST_F(HostSettingsTest, SayHowMachinesArePlaced) {
  EXPECT_EQ(read("place = \"copy\"\n").place, "copy");
}

TEST_F(HostSettingsTest, SayWhatTheCacheKeeps) {
  const CacheSettings cache =
      read("[cache]\nkeep-days = 7\nmax-size = \"1.5G\"\nkeep-downloads = \"all\"\n").cache;
  EXPECT_EQ(cache.keep_days, 7U);
  EXPECT_EQ(cache.max_size, 1'500'000'000U);
  EXPECT_EQ(cache.downloads, KeptDownloads::kAll);
}

TEST_F(HostSettingsTest, MistakesAboutTheCacheAreToldToo) {
  EXPECT_THAT(
      [&] { read("[cache]\nkeep-days = -1\nmax-size = \"much\"\nkeep-downloads = \"no\"\n"); },
      ThrowsMessage<Error>(AllOf(HasSubstr("number of days, and not -1"), HasSubstr("much"),
                                 HasSubstr("\"all\", \"unbaked\" or a number"))));
}

TEST_F(HostSettingsTest, SayWhichCacheIsSharedAndWhoIsTrusted) {
  const RemoteSettings remote =
      read(
          "[remote]\nurl = \"oci://registry.example/baker\"\ntrust = [\"one\", \"two\"]\n"
          "key-file = \"/k\"\nauth-file = \"/a\"\nconnect-timeout = 3\nsilence-timeout = 20\n")
          .remote;
  EXPECT_EQ(remote.url, "oci://registry.example/baker");
  EXPECT_EQ(remote.trust, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(remote.key_file, "/k");
  EXPECT_EQ(remote.auth_file, "/a");
  EXPECT_EQ(remote.connect_timeout, 3U);
  EXPECT_EQ(remote.silence_timeout, 20U);
  EXPECT_THAT([&] { read("[remote]\nconnect-timeout = 0\ntrusted = []\n"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("number of seconds from 1 to 3600, and not 0"),
                                         HasSubstr("trusted"))));
}

TEST_F(HostSettingsTest, SayNothingWhereThereAreNone) {
  EXPECT_EQ(read_host_settings(bench_.path() / "nowhere.toml").place, "");
}

TEST_F(HostSettingsTest, MistakesAreToldTogetherWithTheirPlaces) {
  EXPECT_THAT([&] { read("place = \"link\"\ncolour = \"red\"\n"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("baker.toml:1:"),
                                         HasSubstr("not auto, mount, snapshot, reflink or copy"),
                                         HasSubstr("baker.toml:2:"), HasSubstr("colour"))));
}

}  // namespace
}  // namespace baker::testing
