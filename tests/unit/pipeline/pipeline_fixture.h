// A pipeline file and stage types to read it with.
#pragma once

#include "engine/base/error.h"
#include "tests/unit/pipeline/described_types.h"

#include <gtest/gtest.h>

namespace baker::testing {

class PipelineFixture : public ::testing::Test {
 protected:
  PipelineFixture() {
    types_.add("thing", R"(kind = "layer"
[option.text]
type = "string"
[option.count]
type = "integer"
minimum = 1
maximum = 9
[option.on]
type = "boolean"
[option.names]
type = "list"
[option.values]
type = "map"
[option.script]
type = "string"
literal = true
[option.input]
type = "path"
[option.size]
type = "string"
pattern = "[0-9]+[kM]"
[option.color]
type = "string"
choices = ["red", "green"]
[option.parts]
type = "list"
of = "table"
[option.parts.option.id]
type = "integer"
[option.parts.option.name]
type = "string"
default = "part"
)");
    types_.add("alone", "kind = \"layer\"\nfrom = \"forbidden\"\n");
    types_.add("above", "kind = \"layer\"\nfrom = \"required\"\n");
    types_.add("host", "kind = \"host\"\n");
  }

  static std::string stage(const std::string& name, const std::string& more = "") {
    return "[stage." + name + "]\nuses = \"thing\"\n" + more + "\n";
  }

  // `body` comes after the pipeline's name: its first line is line 3.
  Pipeline read(const std::string& body, const std::vector<std::string>& settings = {}) {
    bench_.write("p.toml", "[pipeline]\nname = \"p\"\n" + body);
    return read_pipeline(bench_.path() / "p.toml", settings, types_);
  }
  // What is said of a wrong one, without the folder.
  std::string mistakes(const std::string& body, const std::vector<std::string>& settings = {}) {
    try {
      read(body, settings);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalid);
      std::string text = error.describe();
      const std::string folder = bench_.path().string() + "/";
      for (size_t at; (at = text.find(folder)) != std::string::npos;) text.erase(at, folder.size());
      return text;
    }
    return "";
  }
  // An option of the stage "s", given as `name = value`, after `[params]` of the test.
  Value option(const std::string& name, const std::string& value, const std::string& params = "",
               const std::vector<std::string>& settings = {}) {
    const Pipeline pipeline =
        read("[params]\n" + params + "[stage.s]\nuses = \"thing\"\n" + name + " = " + value + "\n",
             settings);
    return pipeline.find("s")->options.at(name);
  }
  static std::vector<std::string> names_of(const Pipeline& pipeline) {
    std::vector<std::string> names;
    for (const Stage& stage : pipeline.stages) names.push_back(stage.name);
    return names;
  }
  static std::vector<std::string> root_of(const Pipeline& pipeline, const std::string& stage) {
    std::vector<std::string> names;
    for (size_t below : pipeline.find(stage)->root) names.push_back(pipeline.stages[below].name);
    return names;
  }

  Workbench bench_;
  DescribedTypes types_{bench_};
};

}  // namespace baker::testing
