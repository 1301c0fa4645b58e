// Stage types that a test describes itself.
#pragma once

#include "engine/pipeline/pipeline.h"
#include "tests/support/workbench.h"

#include <map>
#include <string>

namespace baker::testing {

class DescribedTypes final : public StageTypes {
 public:
  explicit DescribedTypes(const Workbench& bench) : bench_(bench) {}

  void add(const std::string& type, const std::string& descriptor) {
    const std::string file = bench_.write("types/" + type + ".stage.toml", descriptor);
    types_[type] = read_descriptor(file, type);
  }
  Descriptor& at(const std::string& type) { return types_.at(type); }

  const Descriptor* find(const std::string& type) override {
    auto found = types_.find(type);
    return found == types_.end() ? nullptr : &found->second;
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (const auto& [name, type] : types_) names.push_back(name);
    return names;
  }

 private:
  const Workbench& bench_;
  std::map<std::string, Descriptor> types_;
};

}  // namespace baker::testing
