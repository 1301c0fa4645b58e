#include "package_pins.h"

#include <gtest/gtest.h>

namespace baker::rootfs {
namespace {

TEST(PackagePins, BecomePreferencesThatAptPutsAboveEverythingElse) {
  EXPECT_EQ(preferences_for(package_pins("login 1:4.13+dfsg1-1 amd64\n")),
            "Package: login\nPin: version 1:4.13+dfsg1-1\nPin-Priority: 1001\n\n");
}

TEST(PackagePins, PassOverOtherPins) {
  EXPECT_EQ(preferences_for({{{"kind", "mmdebstrap"}, {"sha256", "…"}}}), "");
}

TEST(PackagePins, DifferNowhereWhenAllThatIsPinnedIsThere) {
  EXPECT_EQ(differences(package_pins("a 1 all\n"), package_pins("a 1 all\nb 2 all\n")), "");
}

TEST(PackagePins, DifferInVersionsAndAbsence) {
  EXPECT_EQ(differences(package_pins("a 1 all\nb 2 all\nc 3 all\n"),
                        package_pins("a 1 all\nb 2.1 all\n")),
            "b 2 → 2.1, c 3 is not among them");
}

TEST(PackagePins, DifferInTooManyToNameThemAll) {
  EXPECT_TRUE(differences(package_pins("a 1 x b 1 x c 1 x d 1 x e 1 x f 1 x g 1 x"), {})
                  .ends_with("e 1 is not among them and 2 more"));
}

}  // namespace
}  // namespace baker::rootfs
