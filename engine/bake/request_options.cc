#include "engine/bake/request_options.h"

#include "engine/base/error.h"

namespace baker {

nlohmann::json to_json(const Value& value) {
  if (const auto* text = value.string()) return *text;
  if (const auto* number = value.integer()) return *number;
  if (const auto* truth = value.boolean()) return *truth;
  if (const auto* list = value.list()) {
    nlohmann::json json = nlohmann::json::array();
    for (const Value& each : *list) json.push_back(to_json(each));
    return json;
  }
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [key, each] : *value.map()) json[key] = to_json(each);
  return json;
}

Value from_json(const nlohmann::json& json) {
  if (json.is_string()) return {json.get<std::string>()};
  if (json.is_number_integer()) return {json.get<std::int64_t>()};
  if (json.is_boolean()) return {json.get<bool>()};
  if (json.is_array()) {
    Value::List list;
    for (const nlohmann::json& each : json) list.push_back(from_json(each));
    return {std::move(list)};
  }
  if (json.is_object()) {
    Value::Map map;
    for (const auto& [key, each] : json.items()) map.emplace(key, from_json(each));
    return {std::move(map)};
  }
  throw Error(
      "the stage resolved a pin that is neither text, integer, truth value, list nor table: " +
      json.dump());
}

void add_options(const Pipeline& pipeline, const Stage& stage, StageRequest& request) {
  const bool bakes = request.step == "run";
  const bool resolves = request.step == "resolve";
  request.options = to_json(Value(resolves ? StageKeys::asked_options(stage) : stage.options));
  for (const DeclaredInput& input : stage.inputs) {
    if (bakes && input.resolving) continue;  // its pins stand for it
    if (resolves && !request.options.contains(input.where.front())) continue;
    const std::string host_path = pipeline.input_path(input);
    const std::string name = std::to_string(request.inputs.size());
    nlohmann::json* at = &request.options;
    for (const std::string& key : input.where)
      at = at->is_array() ? &(*at)[std::stoul(key)] : &(*at)[key];
    *at = bakes ? "/baker/inputs/" + name : host_path;
    request.inputs.push_back({host_path, name, input.written});
  }
}

std::map<std::string, std::string> commands_about(const Invocation& invocation,
                                                  const std::string& stage) {
  return {{"up", command_line(invocation, "up")},
          {"down", command_line(invocation, "down")},
          {"update", command_line(invocation, "update", {stage})}};
}

nlohmann::json downloads_for(const std::vector<Value>& pins) {
  nlohmann::json downloads = nlohmann::json::array();
  for (const Value& pin : pins) {
    const nlohmann::json json = to_json(pin);
    if (!json.contains("url")) continue;
    const std::string url = json["url"].get<std::string>();
    nlohmann::json urls = json.value("mirrors", nlohmann::json::array());
    urls.insert(urls.begin(), url);
    nlohmann::json download = {{"name", url.substr(url.rfind('/') + 1)}, {"urls", urls}};
    for (const char* algorithm : {"sha256", "sha512"}) {
      if (json.contains(algorithm)) download[algorithm] = json[algorithm];
    }
    downloads.push_back(std::move(download));
  }
  return downloads;
}

}  // namespace baker
