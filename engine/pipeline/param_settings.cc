#include "engine/pipeline/param_settings.h"

#include "engine/pipeline/key_depth.h"

#include "engine/base/text.h"
#include "engine/pipeline/toml_value.h"

#include <charconv>

namespace baker {
namespace {

class Setter {
 public:
  Setter(std::map<std::string, Value>& params, Diagnostics& diagnostics)
      : params_(params), diagnostics_(diagnostics) {
    for (const auto& [name, value] : params_) names_.push_back(name);
  }

  void apply(const std::string& setting) {
    const size_t equals = setting.find('=');
    const std::string name = setting.substr(0, equals);
    auto param = params_.find(name);
    if (equals == std::string::npos) {
      diagnostics_.add({"", {}, "--set " + setting + ": give it as NAME=VALUE", ""});
    } else if (param == params_.end()) {
      diagnostics_.add({"",
                        {},
                        "--set " + setting + ": the pipeline has no param \"" + name + "\"",
                        suggestion(name, names_)});
    } else {
      set_param(param->second, name, setting.substr(equals + 1));
    }
  }

 private:
  // Read as the type of its default.
  void set_param(Value& param, const std::string& name, const std::string& text) {
    const Position at = param.at();
    auto refuse = [&](std::string_view wanted) {
      diagnostics_.add(
          {"", {}, "--set " + name + "=" + text + ": the param takes " + std::string(wanted), ""});
    };
    if (!is_utf8(text)) {
      refuse("text in UTF-8");
    } else if (param.string()) {
      param = Value(text, at);
    } else if (param.integer()) {
      std::int64_t number = 0;
      auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error != std::errc{} || end != text.data() + text.size()) return refuse("an integer");
      param = Value(number, at);
    } else if (param.boolean()) {
      if (text != "true" && text != "false") return refuse("true or false");
      param = Value(text == "true", at);
    } else {
      set_structured(param, text, refuse);
    }
  }

  template <typename Refuse>
  void set_structured(Value& param, const std::string& text, Refuse refuse) {
    const std::string wanted = "a " + std::string(param.type_name()) + " in TOML";
    const std::string assignment = "value = " + text;
    if (key_that_is_too_deep(assignment)) return refuse(wanted);
    try {
      const toml::table parsed = toml::parse(assignment);
      if (parsed.size() != 1) return refuse(wanted);
      Value value = to_value(*parsed.get("value"), diagnostics_);
      if (value.type_name() != param.type_name()) return refuse(wanted);
      value.set_at(param.at());
      param = std::move(value);
    } catch (const toml::parse_error&) {
      refuse(wanted);
    }
  }

  std::map<std::string, Value>& params_;
  Diagnostics& diagnostics_;
  std::vector<std::string> names_;
};

}  // namespace

void apply_settings(const std::vector<std::string>& settings, std::map<std::string, Value>& params,
                    Diagnostics& diagnostics) {
  Setter setter(params, diagnostics);
  for (const std::string& setting : settings) setter.apply(setting);
}

}  // namespace baker
