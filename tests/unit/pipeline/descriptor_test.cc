#include "engine/pipeline/descriptor.h"

#include "engine/base/error.h"
#include "tests/support/workbench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace baker {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class DescriptorTest : public ::testing::Test {
 protected:
  Descriptor read(const std::string& text) {
    return read_descriptor(bench_.write("x.stage.toml", text), "x");
  }
  std::string mistakes(const std::string& text) {
    try {
      read(text);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalid);
      return error.describe();
    }
    return "";
  }
  testing::Workbench bench_;
};

TEST_F(DescriptorTest, HasSensibleDefaults) {
  const Descriptor descriptor = read("");
  EXPECT_EQ(descriptor.kind, StageKind::kLayer);
  EXPECT_EQ(descriptor.root, RootNeed::kOptional);
  EXPECT_TRUE(descriptor.reproducible);
  EXPECT_FALSE(descriptor.resolve);
  EXPECT_EQ(descriptor.timeout_seconds, 3600);
}

TEST_F(DescriptorTest, SaysAllThatIsInTheFile) {
  const Descriptor descriptor = read(R"(kind = "host"
summary = "Does it."
from = "required"
reproducible = false
timeout = 60
claim = "machine"
programs = { skopeo = "skopeo" }
[resolve]
root = true
options = ["machine"]
programs = { mvn = "maven" }
[option.machine]
type = "list"
of = "table"
required = true
[option.machine.option.b]
type = "integer"
default = 3
[option.machine.option.a]
)");
  EXPECT_EQ(descriptor.kind, StageKind::kHost);
  EXPECT_EQ(descriptor.root, RootNeed::kRequired);
  EXPECT_FALSE(descriptor.reproducible);
  EXPECT_EQ(descriptor.programs.at("skopeo"), "skopeo");
  EXPECT_TRUE(descriptor.resolve->root);
  EXPECT_EQ(descriptor.resolve->programs.at("mvn"), "maven");
  const OptionSchema* machine = descriptor.option("machine");
  ASSERT_NE(machine, nullptr);
  EXPECT_EQ(machine->type_text(), "list of table");
  EXPECT_EQ(machine->fields.at(0).name, "a");
  EXPECT_EQ(machine->fields.at(1).default_value, Value(std::int64_t{3}));
}

TEST_F(DescriptorTest, TellsAllMistakesAtOnce) {
  const std::string text = mistakes(R"(kind = "layr"
from = "never"
sumary = "x"
timeout = "long"
[resolve]
rot = true
[option.a]
type = "strin"
[option.b]
pattern = "[a"
[option.c]
minimum = "1"
choices = [1]
[option.d]
default = 1.5
)");
  for (const char* mistake :
       {":1:", "\"kind\" can't be \"layr\"", "\"from\" can't be \"never\"",
        "unknown key \"sumary\" in the descriptor (did you mean \"summary\"?)",
        "\"timeout\" of the descriptor must be an integer", "unknown key \"rot\" in [resolve]",
        "unknown option type \"strin\" (did you mean \"string\"?)",
        ":10:1: \"[a\" is not a regular expression",
        "\"minimum\" of option \"c\" must be an integer",
        "\"choices\" of option \"c\" must be a list of strings", "a value must be a string"}) {
    EXPECT_THAT(text, HasSubstr(mistake));
  }
}

TEST_F(DescriptorTest, HasDefaultsThatItsOptionsTake) {
  EXPECT_THAT(mistakes("[option.count]\ntype = \"integer\"\ndefault = \"three\"\n"),
              HasSubstr(":3:11: option \"count\" takes an integer, not a string"));
}

TEST_F(DescriptorTest, SaysWhichOptionsGoTogether) {
  EXPECT_THAT(mistakes("exactly-one = [[\"a\", \"c\"]]\n[option.a]\n[option.b]\nneeds = [\"d\"]\n"),
              AllOf(HasSubstr("\"exactly-one\" names no option: \"c\""),
                    HasSubstr(":3:1: \"needs\" names no option: \"d\"")));
  EXPECT_THAT(mistakes("at-least-one = [\"a\"]\n[option.a]\n"),
              HasSubstr("\"at-least-one\" takes lists of names of options"));
  EXPECT_THAT(mistakes("[option.a]\nform = \"adress\"\n"),
              HasSubstr(":2:1: unknown form \"adress\" (did you mean \"address\"?)"));
}

TEST_F(DescriptorTest, LetsOnlyWhatIsResolvedBeReadByResolvingAlone) {
  const std::string option = "[option.tar]\ntype = \"path\"\nresolving = true\n";
  EXPECT_TRUE(read("[resolve]\noptions = [\"tar\"]\n" + option).option("tar")->resolving);
  EXPECT_THAT(mistakes(option), HasSubstr("only an input of an option that [resolve] lists can"));
}

TEST_F(DescriptorTest, NamesOnlyOptionsThatThereAre) {
  EXPECT_THAT(mistakes("claim = \"machin\"\n[option.machine]\n"),
              HasSubstr("\"claim\" names no option: \"machin\" (did you mean \"machine\"?)"));
  EXPECT_THAT(mistakes("[resolve]\noptions = [\"versio\"]\n[option.version]\n"),
              HasSubstr("\"options\" names no option: \"versio\" (did you mean \"version\"?)"));
}

}  // namespace
}  // namespace baker
