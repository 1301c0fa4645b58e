#include "engine/plan/key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace baker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Value text(const std::string& value) {
  return Value(value);
}
Value list(const std::vector<std::string>& values) {
  Value::List all;
  for (const std::string& each : values) all.emplace_back(each);
  return Value(std::move(all));
}

std::string key_of(const std::vector<std::pair<std::string, Value>>& fields) {
  KeyBuilder builder;
  for (const auto& [name, value] : fields) builder.add(name, value);
  return builder.key();
}

// What is told of one field that changed.
std::vector<std::string> told(const std::string& field, const Value& before, const Value& after) {
  KeyBuilder old_key, new_key;
  old_key.add(field, before);
  new_key.add(field, after);
  return differences(parse_key_text(old_key.text()), parse_key_text(new_key.text()));
}

Value pin(const std::string& name, const std::string& version, const std::string& digest = "d") {
  Value::Map map = {{"name", text(name)}, {"sha256", text(digest)}};
  if (!version.empty()) map.emplace("version", text(version));
  return Value(std::move(map));
}

TEST(Key, IsTheSameForTheSameFields) {
  EXPECT_EQ(key_of({{"a", text("x")}, {"b", text("y")}}),
            key_of({{"a", text("x")}, {"b", text("y")}}));
}

TEST(Key, TellsFieldsThatLookAlike) {
  const std::vector<std::vector<std::pair<std::string, Value>>> sets = {
      {{"a", text("x")}, {"b", text("y")}},
      {{"a", text("x\nb \"y\"")}},
      {{"a", text("x")}, {"b", text("")}},
      {{"a", text("x")}},
      {{"a", text("")}, {"x", text("y")}},
      {{"ab", text("x")}},
      {{"a", list({"x", "y"})}},
      {{"a", list({"xy"})}},
      {{"a", list({"x,y"})}},
      {{"a", text("[\"x\",\"y\"]")}},
      {{"a", text("1")}},
      {{"a", Value(std::int64_t{1})}},
      {{"a", text("true")}},
      {{"a", Value(true)}},
      {{"a", Value(Value::Map{})}},
      {{"a", Value(Value::List{})}},
      {{"a", Value(Value::Map{{"x", text("y")}})}},
  };
  std::map<std::string, size_t> keys;
  for (size_t i = 0; i < sets.size(); ++i) {
    auto [same, fresh] = keys.emplace(key_of(sets[i]), i);
    EXPECT_TRUE(fresh) << "sets " << same->second << " and " << i << " have one key";
  }
}

TEST(KeyText, HasALineForEveryField) {
  KeyBuilder builder;
  builder.add("option.text", text("two\nlines"));
  builder.add_text("type", "files");
  EXPECT_EQ(builder.text(), "option.text \"two\\nlines\"\ntype \"files\"\n");
}

TEST(KeyText, IsReadBackByField) {
  KeyBuilder builder;
  builder.add("root", list({"aa", "bb"}));
  builder.add_text("option.a b", "c d");
  EXPECT_THAT(root_layers(parse_key_text(builder.text())), ElementsAre("aa", "bb"));
}

TEST(Differences, AreNoneBetweenEqualKeys) {
  EXPECT_THAT(told("option.a", text("x"), text("x")), IsEmpty());
}

TEST(Differences, TellAnOptionWithBothValues) {
  EXPECT_THAT(told("option.version", text("4.2.1"), text("4.3.1")),
              ElementsAre("version 4.2.1 → 4.3.1"));
  EXPECT_THAT(told("option.id", Value(std::int64_t{1}), Value(std::int64_t{2})),
              ElementsAre("id 1 → 2"));
  EXPECT_THAT(told("option.text", text(""), text("x\n")), ElementsAre("text \"\" → x\\n"));
}

TEST(Differences, TellThatALongOptionChangedAndNotHow) {
  EXPECT_THAT(told("option.run", text(std::string(100, 'a')), text("x")),
              ElementsAre("run changed"));
}

TEST(Differences, TellAnOptionThatCameOrWent) {
  const KeyFields none;
  const KeyFields some = parse_key_text("option.mode \"0644\"\n");
  EXPECT_THAT(differences(none, some), ElementsAre("mode added: 0644"));
  EXPECT_THAT(differences(some, none), ElementsAre("mode removed"));
}

TEST(Differences, TellAListByItsElements) {
  EXPECT_THAT(told("option.packages", list({"a", "b"}), list({"b", "c"})),
              ElementsAre("packages +c -a"));
  EXPECT_THAT(told("option.packages", list({"a", "b"}), list({"b", "a"})),
              ElementsAre("packages in another order"));
}

TEST(Differences, TellATableByItsLeaves) {
  const Value before(
      Value::Map{{"/etc/motd", Value(Value::Map{{"content", text("a")}, {"mode", text("0644")}})}});
  const Value after(
      Value::Map{{"/etc/motd", Value(Value::Map{{"content", text("b")}, {"mode", text("0644")}})}});
  EXPECT_THAT(told("option.files", before, after), ElementsAre("files./etc/motd.content a → b"));
}

TEST(Differences, TellAListOfTablesByTheLeavesOfEach) {
  const auto source = [](const char* suite) {
    return Value(Value::Map{{"suite", text(suite)}, {"mirror", text("http://mirror")}});
  };
  const auto sources = [](std::vector<Value> each) { return Value(Value::List(std::move(each))); };
  const Value before = sources({source("jammy"), source("noble")});
  EXPECT_THAT(told("option.sources", before, sources({source("jammy"), source("focal")})),
              ElementsAre("sources[1].suite noble → focal"));
  EXPECT_THAT(told("option.sources", before, sources({source("noble"), source("jammy")})),
              ElementsAre("sources in another order"));
}

TEST(Differences, TellPinsByNameAndVersion) {
  EXPECT_THAT(told("pins", Value(Value::List{pin("bash", "5.1"), pin("dash", "1")}),
                   Value(Value::List{pin("bash", "5.2"), pin("zsh", "1")})),
              ElementsAre("pins: bash 5.1 → 5.2, -dash, +zsh"));
}

TEST(Differences, TellAPinOfWhichOnlyTheDigestChanged) {
  EXPECT_THAT(told("pins", Value(Value::List{pin("image", "", "d1")}),
                   Value(Value::List{pin("image", "", "d2")})),
              ElementsAre("pins: image has another digest"));
  EXPECT_THAT(told("pins", Value(Value::List{pin("bash", "5", "d1")}),
                   Value(Value::List{pin("bash", "5", "d2")})),
              ElementsAre("pins: bash has another digest"));
}

TEST(Differences, CountPinsWhereThereAreMany) {
  Value::List many;
  for (const char* name : {"a", "b", "c", "d", "e"}) many.push_back(pin(name, "1"));
  EXPECT_THAT(told("pins", Value(Value::List{}), Value(many)),
              ElementsAre("pins: +a, +b, +c and 2 more"));
}

TEST(Differences, TellInputsPluginAndEpoch) {
  EXPECT_THAT(told("input.my%20file.txt", text("a"), text("b")),
              ElementsAre("input my file.txt changed"));
  EXPECT_THAT(told("plugin", text("a"), text("b")), ElementsAre("plugin changed"));
  EXPECT_THAT(told("epoch", Value(std::int64_t{1}), Value(std::int64_t{2})),
              ElementsAre("source date epoch changed (baker update)"));
}

TEST(Differences, LeaveTheRootToItsStages) {
  EXPECT_THAT(told("root", list({"a"}), list({"b"})), IsEmpty());
}

}  // namespace
}  // namespace baker
