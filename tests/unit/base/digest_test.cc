#include "engine/base/digest.h"

#include <gtest/gtest.h>

namespace baker {
namespace {

TEST(Digest, IsReadFromUpperCaseAndWrittenInLowerCase) {
  EXPECT_EQ(Digest::from_hex(std::string(64, 'A'))->hex(), std::string(64, 'a'));
}

TEST(Digest, IsKnownByItsLength) {
  EXPECT_EQ(Digest::from_hex(std::string(64, '0'))->algorithm(), "sha256");
  EXPECT_EQ(Digest::from_hex(std::string(128, '0'))->algorithm(), "sha512");
}

TEST(Digest, IsNothingElse) {
  for (const std::string& text :
       {std::string(), std::string(63, '0'), std::string(65, '0'), std::string(40, '0'),
        std::string(63, '0') + "g", std::string(63, '0') + " ", "0x" + std::string(62, '0')}) {
    EXPECT_FALSE(Digest::from_hex(text)) << text;
  }
}

TEST(Digest, NamesItsFileByAlgorithm) {
  EXPECT_EQ(Digest::from_hex(std::string(64, 'f'))->file_name(), "sha256-" + std::string(64, 'f'));
}

}  // namespace
}  // namespace baker
