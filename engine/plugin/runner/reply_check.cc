#include "engine/plugin/runner/reply_check.h"

#include "engine/base/error.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace baker {
namespace {

using Json = nlohmann::json;
using Kind = bool (Json::*)() const noexcept;

void require(bool holds, const std::string& what) {
  if (!holds) throw Error("the plugin's reply is wrong: " + what);
}

// Where the object has the field, it is of this kind.
void check_field(const Json& object, const char* name, Kind is_kind, const char* kind) {
  auto field = object.find(name);
  require(field == object.end() || (*field.*is_kind)(),
          std::string("\"") + name + "\" is not " + kind);
}

void check_texts(const Json& object, const char* name) {
  check_field(object, name, &Json::is_array, "a list");
  require(std::ranges::all_of(object.value(name, Json::array()), &Json::is_string),
          std::string("\"") + name + "\" contains something that is not text");
}

void check_pins(const Json& pins) {
  require(pins.is_array(), "the pins are not a list");
  require(std::ranges::all_of(pins, &Json::is_object), "a pin is not a table");
}

void check_machine(const Json& prepared, const std::string& machine) {
  require(prepared.is_object(), "a machine is not a table");
  for (const char* name : {"name", "tree", "settings"}) {
    require(prepared.contains(name), std::string("a machine has no \"") + name + "\"");
    check_field(prepared, name, &Json::is_string, "text");
  }
  check_field(prepared, "method", &Json::is_string, "text");
  check_texts(prepared, "data");
  check_field(prepared, "own-users", &Json::is_boolean, "a truth value");
  require(prepared["name"] == machine, "it prepared a machine \"" +
                                           prepared["name"].get<std::string>() +
                                           "\", and claims \"" + machine + "\"");
}

void check_applied(const Json& applied, const std::string& machine) {
  check_field(applied, "machines", &Json::is_array, "a list");
  const Json machines = applied.value("machines", Json::array());
  for (const Json& each : machines) check_machine(each, machine);
  const size_t claimed = machine.empty() ? 0 : 1;
  require(machines.size() == claimed,
          fmt::format("it prepared {} machines, and claims {}", machines.size(), claimed));
  check_texts(applied, "data");
}

void check_review(const Json& review) {
  check_field(review, "objections", &Json::is_array, "a list");
  for (const Json& each : review.value("objections", Json::array())) {
    require(each.is_object(), "an objection is not a table");
    check_field(each, "text", &Json::is_string, "text");
    check_field(each, "allow", &Json::is_string, "text");
  }
}

void check_probed(const Json& probed) {
  check_field(probed, "seen", &Json::is_string, "text");
  check_field(probed, "facts", &Json::is_object, "a table");
  check_texts(probed, "replace-last");
  check_texts(probed, "dispensable");
}

}  // namespace

void check_reply(const std::string& step, const std::string& reply, const std::string& machine) {
  const Json json = Json::parse(reply, nullptr, false);
  require(!json.is_discarded(), "it is not JSON");
  if (step == "resolve") return check_pins(json);
  require(json.is_object(), "it is not a table");
  if (step == "apply") return check_applied(json, machine);
  if (step == "review") return check_review(json);
  check_probed(json);
}

}  // namespace baker
