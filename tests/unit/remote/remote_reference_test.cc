// What names a shared cache, and what does not.
#include "engine/remote/remote_reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/error.h"

namespace baker {
namespace {

using ::testing::HasSubstr;

std::string mistake_in(const std::string& text) {
  try {
    RemoteReference::parse(text);
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalid);
    return error.describe();
  }
}

TEST(RemoteReferenceTest, IsARegistryWithARepository) {
  const RemoteReference reference =
      RemoteReference::parse("oci://registry.example:5000/team/baker");
  EXPECT_EQ(reference.transport, RemoteReference::Transport::kOci);
  EXPECT_EQ(reference.origin(), "https://registry.example:5000");
  EXPECT_EQ(reference.path, "team/baker");
}

TEST(RemoteReferenceTest, IsAServerOfFiles) {
  const RemoteReference reference = RemoteReference::parse("https://files.example/cache/baker/");
  EXPECT_EQ(reference.transport, RemoteReference::Transport::kHttp);
  EXPECT_EQ(reference.origin(), "https://files.example");
  EXPECT_EQ(reference.path, "cache/baker");
}

TEST(RemoteReferenceTest, GoesWithoutTlsOnlyToThisHostOrWhereTheUserSaysSo) {
  for (const char* here : {"oci://127.0.0.1:5000/a", "oci://localhost/a", "oci://[::1]:5000/a"})
    EXPECT_TRUE(RemoteReference::parse(here).may_lack_tls) << here;
  for (const char* away : {"oci://10.0.0.1/a", "oci://127.0.0.1.example/a", "https://127.0.0.1/a"})
    EXPECT_FALSE(RemoteReference::parse(away).may_lack_tls) << away;
  EXPECT_EQ(RemoteReference::parse("oci+http://10.0.0.1/a").origin(), "http://10.0.0.1");
}

TEST(RemoteReferenceTest, SaysWhatIsWrong) {
  EXPECT_THAT(mistake_in("registry.example/baker"), HasSubstr("begins with none of oci://"));
  EXPECT_THAT(mistake_in(""), HasSubstr("begins with none of oci://"));
  EXPECT_THAT(mistake_in("oci://registry.example"), HasSubstr("names a repository"));
  EXPECT_THAT(mistake_in("oci://registry.example/"), HasSubstr("names a repository"));
  EXPECT_THAT(mistake_in("oci:///baker"), HasSubstr("\"\" is no host"));
  EXPECT_THAT(mistake_in("oci://a b/baker"), HasSubstr("is no host"));
  EXPECT_THAT(mistake_in("oci://host:99999/baker"), HasSubstr("99999 is no port"));
  EXPECT_THAT(mistake_in("oci://host:0/baker"), HasSubstr("0 is no port"));
  EXPECT_THAT(mistake_in("oci://host/Baker"), HasSubstr("is no repository"));
  EXPECT_THAT(mistake_in("oci://host/a//b"), HasSubstr("is no repository"));
  EXPECT_THAT(mistake_in("oci://user:secret@host/a"), HasSubstr("passwords belong"));
  EXPECT_THAT(mistake_in("https://host/../etc"), HasSubstr("is no path"));
  EXPECT_THAT(mistake_in("https://host/a?b"), HasSubstr("is no path"));
}

}  // namespace
}  // namespace baker
