#include "engine/pipeline/key_depth.h"

#include <gtest/gtest.h>

#include <string>

namespace baker {
namespace {

// "a.a.…", of so many parts.
std::string key_of(int parts) {
  std::string key = "a";
  for (int i = 1; i < parts; ++i) key += ".a";
  return key;
}

TEST(KeyDepth, IsBounded) {
  EXPECT_FALSE(key_that_is_too_deep(key_of(kMostKeyParts) + " = 1\n"));
  const auto found = key_that_is_too_deep("x = 1\n" + key_of(kMostKeyParts + 1) + " = 1\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->line, 2u);
}

TEST(KeyDepth, IsFoundWhereverAKeyCanStand) {
  const std::string deep = key_of(30'000);
  for (const std::string& text : {"[" + deep + "]\n", "[[" + deep + "]]\n",
                                  "t = { " + deep + " = 1 }\n", "l = [{ \n" + deep + " = 1 }]\n"})
    EXPECT_TRUE(key_that_is_too_deep(text)) << text.substr(0, 10);
  std::string spaced = "\"a b\"";
  for (int i = 0; i < 200; ++i) spaced += " . 'c.d'";
  EXPECT_TRUE(key_that_is_too_deep(spaced + " = 1\n"));
}

TEST(KeyDepth, IsNoBusinessOfTextAndComments) {
  const std::string dots(500, '.');
  const std::string three(3, '\'');
  for (const std::string& text :
       {"# " + dots + "\n", "x = \"" + dots + "\"\n", "x = '" + dots + "'\n",
        "x = " + std::string(3, '"') + "\n" + dots + "\"\n" + dots + std::string(3, '"'),
        "x = " + three + "\n" + dots + three, "x = \"\\\"" + dots + "\"\n"})
    EXPECT_FALSE(key_that_is_too_deep(text)) << text.substr(0, 10);
  std::string floats = "x = [";
  for (int i = 0; i < 500; ++i) floats += "1.5, ";
  EXPECT_FALSE(key_that_is_too_deep(floats + "]\n"));
}

}  // namespace
}  // namespace baker
