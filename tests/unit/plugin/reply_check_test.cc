#include "engine/plugin/runner/reply_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/error.h"

namespace baker {
namespace {

using ::testing::HasSubstr;

// Empty: the reply is as it should be.
std::string mistake_in(const std::string& step, const std::string& reply,
                       const std::string& machine = "") {
  try {
    check_reply(step, reply, machine);
  } catch (const Error& error) {
    return error.describe();
  }
  return "";
}

TEST(Reply, IsJson) {
  EXPECT_THAT(mistake_in("run", "{"), HasSubstr("it is not JSON"));
  EXPECT_THAT(mistake_in("run", "[]"), HasSubstr("it is not a table"));
  EXPECT_EQ(mistake_in("run", "{}"), "");
}

TEST(Reply, OfResolveIsAListOfTables) {
  EXPECT_EQ(mistake_in("resolve", R"([{"name": "a"}])"), "");
  EXPECT_THAT(mistake_in("resolve", "{}"), HasSubstr("the pins are not a list"));
  EXPECT_THAT(mistake_in("resolve", R"(["a"])"), HasSubstr("a pin is not a table"));
}

TEST(Reply, OfApplyIsTheMachineThatTheStageClaims) {
  const std::string reply = R"({"machines": [{"name": "a", "tree": "/t", "settings": "[Exec]"}]})";
  EXPECT_EQ(mistake_in("apply", reply, "a"), "");
  EXPECT_THAT(mistake_in("apply", reply, "b"),
              HasSubstr(R"(it prepared a machine "a", and claims "b")"));
  EXPECT_THAT(mistake_in("apply", "{}", "a"), HasSubstr("it prepared 0 machines, and claims 1"));
  EXPECT_THAT(mistake_in("apply", R"({"machines": [{"name": "a", "tree": "/t"}]})", "a"),
              HasSubstr(R"(a machine has no "settings")"));
  EXPECT_THAT(mistake_in("apply", R"({"machines": {}})"), HasSubstr(R"("machines" is not a list)"));
  EXPECT_THAT(mistake_in("apply", R"({"data": [1]})"),
              HasSubstr(R"("data" contains something that is not text)"));
}

TEST(Reply, OfAProbeSaysWhatItSaw) {
  EXPECT_EQ(mistake_in("probe", R"({"seen": "all", "replace-last": ["a"], "facts": {}})"), "");
  EXPECT_THAT(mistake_in("probe", R"({"seen": 1})"), HasSubstr(R"("seen" is not text)"));
  EXPECT_THAT(mistake_in("observe", R"({"facts": []})"), HasSubstr(R"("facts" is not a table)"));
}

TEST(Reply, OfAReviewIsObjections) {
  EXPECT_EQ(mistake_in("review", R"({"objections": [{"text": "no", "allow": ""}]})"), "");
  EXPECT_THAT(mistake_in("review", R"({"objections": [1]})"),
              HasSubstr("an objection is not a table"));
}

}  // namespace
}  // namespace baker
