#include "account_file.h"

#include <gmock/gmock.h>

namespace baker {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

constexpr const char* kGroups = "root:x:0:\n# by hand\naudio:x:29:pulse\nnogroup:x:65534\n";

TEST(AccountFile, FindsAnEntryByNameAndById) {
  const AccountFile groups(kGroups);
  EXPECT_THAT(groups.named("audio"), Optional(ElementsAre("audio", "x", "29", "pulse")));
  EXPECT_THAT(groups.entry_with(2, "65534"), Optional(ElementsAre("nogroup", "x", "65534")));
  EXPECT_EQ(groups.named("aud"), std::nullopt);
  EXPECT_EQ(groups.entry_with(2, "6553"), std::nullopt);
}

TEST(AccountFile, KeepsWhatIsNotTouchedToTheByte) {
  EXPECT_EQ(AccountFile(kGroups).text(), kGroups);
}

TEST(AccountFile, ReplacesAnEntryInItsPlaceAndAddsANewOneAtTheEnd) {
  AccountFile groups("root:x:0:\naudio:x:29:\n");
  groups.put({"root", "x", "0", "me"});
  groups.put({"media", "x", "2000", ""});
  EXPECT_EQ(groups.text(), "root:x:0:me\naudio:x:29:\nmedia:x:2000:\n");
}

TEST(AccountFile, AddsAMemberOnce) {
  EXPECT_EQ(with_member("", "web"), "web");
  EXPECT_EQ(with_member("webmaster", "web"), "webmaster,web");
  EXPECT_EQ(with_member("a,web,b", "web"), "a,web,b");
}

}  // namespace
}  // namespace baker
