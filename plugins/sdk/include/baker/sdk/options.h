// Read-only view of a stage's options. Defaults are applied and types are checked against the
// descriptor before any code of the plugin runs. So each call throws StageError only for a mistake
// of the plugin: a name that the descriptor does not have, an option without a default that was not
// given (ask `has` first), or another type than the descriptor's.
#pragma once

#include <baker/sdk/error.h>

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace baker {

using Json = nlohmann::json;

class Options {
 public:
  explicit Options(Json values) : values_(std::move(values)) {}

  // False if the option has no default and was not given.
  bool has(const std::string& name) const { return values_.contains(name); }

  // Of the types string, integer, boolean, list of string, and map of string.
  std::string string(const std::string& name) const { return get<std::string>(name); }
  std::int64_t integer(const std::string& name) const { return get<std::int64_t>(name); }
  bool boolean(const std::string& name) const { return get<bool>(name); }
  std::vector<std::string> strings(const std::string& name) const {
    return get<std::vector<std::string>>(name);
  }
  std::map<std::string, std::string> string_map(const std::string& name) const {
    return get<std::map<std::string, std::string>>(name);
  }
  // Of type path: where the declared input can be read, a file or a folder.
  std::string path(const std::string& name) const { return get<std::string>(name); }

  // Of the types table, list of table, and map of table.
  Options table(const std::string& name) const { return Options(at(name)); }
  std::vector<Options> tables(const std::string& name) const {
    std::vector<Options> all;
    for (const Json& value : at(name)) all.emplace_back(value);
    return all;
  }
  std::map<std::string, Options> table_map(const std::string& name) const {
    std::map<std::string, Options> all;
    for (const auto& [key, value] : at(name).items()) all.emplace(key, Options(value));
    return all;
  }
  // All options, as JSON.
  const Json& json() const { return values_; }

 private:
  const Json& at(const std::string& name) const {
    auto found = values_.find(name);
    if (found == values_.end())
      throw StageError("the stage reads an option \"" + name +
                       "\" that was not given and has no default");
    return *found;
  }
  template <typename T>
  T get(const std::string& name) const {
    const Json& value = at(name);
    try {
      return value.get<T>();
    } catch (const Json::exception&) {
      throw StageError("the stage reads option \"" + name +
                       "\" as another type than its descriptor says");
    }
  }

  Json values_;
};

}  // namespace baker
