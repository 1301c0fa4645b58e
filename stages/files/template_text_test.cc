#include "template_text.h"

#include <baker/sdk/error.h>
#include <gmock/gmock.h>

namespace baker {
namespace {

using ::testing::HasSubstr;

std::string mistake_in(const std::string& text, const std::map<std::string, std::string>& values) {
  try {
    fill_template(text, values, "the template");
  } catch (const StageError& error) {
    return error.what();
  }
  return "none";
}

TEST(TemplateText, ReplacesEveryNameByItsValue) {
  EXPECT_EQ(fill_template("${a}-${b}-${a}\n", {{"a", "1"}, {"b", "${a}"}}, "t"), "1-${a}-1\n");
}

TEST(TemplateText, LeavesTextWithoutNamesAsItIs) {
  EXPECT_EQ(fill_template("cost: $5 {a} $ $$ }\n", {{"a", "1"}}, "t"), "cost: $5 {a} $ $$ }\n");
}

TEST(TemplateText, KeepsAnEscapedMark) {
  EXPECT_EQ(fill_template("$${a} ${a} $${", {{"a", "1"}}, "t"), "${a} 1 ${");
}

TEST(TemplateText, NamesTheLineOfANameWithoutValue) {
  EXPECT_THAT(
      mistake_in("one\ntwo ${prot}\n", {{"host", ""}, {"port", ""}}),
      HasSubstr("the template, line 2: \"${prot}\" has no value (the values are host, port)"));
}

TEST(TemplateText, NamesTheLineOfAMarkThatIsNotClosed) {
  EXPECT_THAT(mistake_in("one\n\n${port\n}", {{"port", "1"}}),
              HasSubstr("the template, line 3: \"${\" without \"}\""));
}

}  // namespace
}  // namespace baker
