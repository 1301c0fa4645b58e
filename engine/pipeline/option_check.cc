#include "engine/pipeline/option_check.h"

#include "engine/base/text.h"

#include <fmt/core.h>

#include <algorithm>

namespace baker {
namespace {

class Checker {
 public:
  Checker(Diagnostics& diagnostics, std::vector<DeclaredInput>& inputs)
      : diagnostics_(diagnostics), inputs_(inputs) {}

  Value::Map table(const Value::Map& written, const std::vector<OptionSchema>& schemas,
                   const Rules& rules, const Scope& scope, const std::string& what, Position at) {
    Value::Map result;
    for (const auto& [key, value] : written) {
      auto schema = std::ranges::lower_bound(schemas, key, {}, &OptionSchema::name);
      if (schema == schemas.end() || schema->name != key) {
        unknown(key, schemas, what, value.at());
        continue;
      }
      result.emplace(key, within(key, [&] { return option(value, *schema, schema->type, scope); }));
    }
    company(result, schemas, rules, what, at);
    for (const OptionSchema& schema : schemas) {
      if (result.contains(schema.name)) continue;
      if (schema.default_value) {
        result.emplace(schema.name, within(schema.name, [&] {
                         return option(*schema.default_value, schema, schema.type, Scope({}));
                       }));
      } else if (schema.required) {
        diagnostics_.add(at, what + " needs \"" + schema.name + "\"", schema.help);
      }
    }
    return result;
  }

  // That a schema's own defaults are what it asks of others.
  void defaults(const std::vector<OptionSchema>& schemas) {
    for (const OptionSchema& schema : schemas) {
      if (schema.default_value) option(*schema.default_value, schema, schema.type, Scope({}));
      defaults(schema.fields);
    }
  }

 private:
  // Which of the options are given together.
  void company(const Value::Map& given, const std::vector<OptionSchema>& schemas,
               const Rules& rules, const std::string& what, Position at) {
    const auto count = [&given](const std::vector<std::string>& group) {
      return std::ranges::count_if(group,
                                   [&](const std::string& name) { return given.contains(name); });
    };
    const auto quoted = [](const std::vector<std::string>& group) {
      return "\"" + join(group, "\", \"") + "\"";
    };
    for (const std::vector<std::string>& group : rules.exactly_one)
      if (count(group) != 1)
        diagnostics_.add(at, what + (count(group) == 0 ? " needs one of " : " takes only one of ") +
                                 quoted(group));
    for (const std::vector<std::string>& group : rules.at_least_one)
      if (count(group) == 0) diagnostics_.add(at, what + " needs at least one of " + quoted(group));
    for (const OptionSchema& schema : schemas) {
      if (!given.contains(schema.name)) continue;
      for (const std::string& needed : schema.needs)
        if (!given.contains(needed))
          diagnostics_.add(given.at(schema.name).at(),
                           "option \"" + schema.name + "\" needs \"" + needed + "\" beside it");
    }
  }

  void require_form(const std::optional<Form>& form, const std::string& text,
                    const OptionSchema& schema, Position at) {
    const bool may_be_empty = schema.default_value && schema.default_value->string() &&
                              schema.default_value->string()->empty();
    if (!form || (text.empty() && may_be_empty)) return;
    if (const std::string mistake = mistake_in(*form, text); !mistake.empty())
      diagnostics_.add(at, "option \"" + schema.name + "\" can't be \"" + text + "\": " + mistake);
  }

  template <typename Function>
  Value within(const std::string& key, Function function) {
    where_.push_back(key);
    Value value = function();
    where_.pop_back();
    return value;
  }

  void unknown(const std::string& key, const std::vector<OptionSchema>& schemas,
               const std::string& what, Position at) {
    std::vector<std::string> names;
    for (const OptionSchema& schema : schemas) names.push_back(schema.name);
    if (where_.empty())
      names.insert(names.end(), {"uses", "from", "needs", "for-each", "timeout", "preserve"});
    diagnostics_.add(at, "unknown option \"" + key + "\" of " + what, suggestion(key, names));
  }

  Value option(const Value& written, const OptionSchema& schema, OptionType type,
               const Scope& scope) {
    switch (type) {
      case OptionType::kList:
        return list(written, schema, scope);
      case OptionType::kMap:
        return map(written, schema, scope);
      case OptionType::kTable:
        return inner_table(written, schema, scope);
      default:
        return scalar(written, schema, type, scope);
    }
  }

  Value wrong_type(const Value& value, const OptionSchema& schema, std::string_view wanted) {
    diagnostics_.add(value.at(), "option \"" + schema.name + "\" takes " + std::string(wanted) +
                                     ", not " +
                                     std::string(value.type_name() == "integer" ? "an " : "a ") +
                                     std::string(value.type_name()));
    return value;
  }

  Value scalar(const Value& written, const OptionSchema& schema, OptionType type,
               const Scope& scope) {
    const size_t mistakes = diagnostics_.count();
    Value value = schema.literal ? written : interpolate_value(written, scope, diagnostics_);
    if (diagnostics_.count() > mistakes) return value;  // what it came to says nothing
    if (type == OptionType::kInteger)
      return value.integer() ? in_range(value, schema) : wrong_type(value, schema, "an integer");
    if (type == OptionType::kBoolean)
      return value.boolean() ? value : wrong_type(value, schema, "true or false");
    // `${each}` is a number where it runs over a range; where text is wanted it is its text.
    if (written.string() && !value.string() && !value.list() && !value.map())
      value = Value(value.plain(), value.at());
    if (!value.string())
      return wrong_type(value, schema, type == OptionType::kPath ? "a path" : "a string");
    if (type == OptionType::kPath && value.string()->empty()) {
      diagnostics_.add(value.at(), "option \"" + schema.name + "\" is a path, and empty",
                       "\".\" is the pipeline's whole folder");
    }
    if (type == OptionType::kPath)
      inputs_.push_back({where_, *value.string(), schema.resolving, value.at()});
    return matching(value, schema);
  }

  Value in_range(const Value& value, const OptionSchema& schema) {
    const std::int64_t number = *value.integer();
    if (schema.minimum && number < *schema.minimum) {
      diagnostics_.add(value.at(), fmt::format("option \"{}\" must be at least {}", schema.name,
                                               *schema.minimum));
    }
    if (schema.maximum && number > *schema.maximum) {
      diagnostics_.add(value.at(), fmt::format("option \"{}\" must be at most {}", schema.name,
                                               *schema.maximum));
    }
    return value;
  }

  Value matching(const Value& value, const OptionSchema& schema) {
    const std::string& text = *value.string();
    if (!schema.choices.empty() &&
        std::ranges::find(schema.choices, text) == schema.choices.end()) {
      diagnostics_.add(value.at(), "option \"" + schema.name + "\" can't be \"" + text + "\"",
                       suggestion(text, schema.choices));
    }
    if (schema.compiled_pattern && !schema.compiled_pattern->matches(text)) {
      diagnostics_.add(value.at(), "option \"" + schema.name + "\" can't be \"" + text + "\"",
                       schema.help);
    }
    require_form(schema.form, text, schema, value.at());
    return value;
  }

  // `${name}` may stand for a whole list or table, which then lies in `storage`.
  const Value* dereferenced(const Value& written, const Scope& scope, Value& storage) {
    if (!written.string()) return &written;
    storage = interpolate_value(written, scope, diagnostics_);
    return &storage;
  }

  Value list(const Value& written, const OptionSchema& schema, const Scope& scope) {
    Value storage;
    const Value& value = *dereferenced(written, scope, storage);
    if (!value.list()) return wrong_type(value, schema, "a list");
    Value::List result;
    for (const Value& each : *value.list()) {
      if (const Value::Map* repeated = repeated_element(each)) {
        for (const Value& one : for_each_values(repeated->at("for-each"), scope, diagnostics_)) {
          result.push_back(element(repeated->at("value"), schema, Scope({{"each", one}}, &scope),
                                   std::to_string(result.size())));
        }
      } else {
        result.push_back(element(each, schema, scope, std::to_string(result.size())));
      }
    }
    return {std::move(result), value.at()};
  }

  // { for-each = …, value = … } in a list stands for many elements.
  static const Value::Map* repeated_element(const Value& value) {
    const Value::Map* map = value.map();
    return map && map->size() == 2 && map->contains("for-each") && map->contains("value") ? map
                                                                                          : nullptr;
  }

  Value element(const Value& value, const OptionSchema& schema, const Scope& scope,
                const std::string& key) {
    return within(key, [&] {
      if (schema.element != OptionType::kList && schema.element != OptionType::kMap)
        return option(value, schema, schema.element, scope);
      OptionSchema inner = schema;  // lists in lists hold strings
      inner.element = OptionType::kString;
      return option(value, inner, schema.element, scope);
    });
  }

  Value map(const Value& written, const OptionSchema& schema, const Scope& scope) {
    Value storage;
    const Value& value = *dereferenced(written, scope, storage);
    if (!value.map()) return wrong_type(value, schema, "a table");
    Value::Map result;
    for (const auto& [key, each] : *value.map()) {
      const size_t mistakes = diagnostics_.count();
      const std::string name = interpolate(key, scope, each.at(), diagnostics_);
      if (diagnostics_.count() == mistakes) require_form(schema.key_form, name, schema, each.at());
      if (!result.emplace(name, element(each, schema, scope, name)).second) {
        diagnostics_.add(each.at(),
                         "two keys of option \"" + schema.name + "\" are \"" + name + "\"");
      }
    }
    return {std::move(result), value.at()};
  }

  // The option's own table, or the one of a list or map: sources[0], files[/etc/motd].
  std::string named(const OptionSchema& schema) const {
    return schema.type == OptionType::kTable ? "\"" + schema.name + "\""
                                             : schema.name + "[" + where_.back() + "]";
  }

  Value inner_table(const Value& written, const OptionSchema& schema, const Scope& scope) {
    Value storage;
    const Value& value = *dereferenced(written, scope, storage);
    if (!value.map()) return wrong_type(value, schema, "a table");
    return {table(*value.map(), schema.fields, schema.rules, scope, named(schema), value.at()),
            value.at()};
  }

  Diagnostics& diagnostics_;
  std::vector<DeclaredInput>& inputs_;
  std::vector<std::string> where_;
};

}  // namespace

CheckedOptions check_options(const Value::Map& written, const std::vector<OptionSchema>& schemas,
                             const Rules& rules, const Scope& scope, const std::string& what,
                             Position at, Diagnostics& diagnostics) {
  CheckedOptions checked;
  checked.values =
      Checker(diagnostics, checked.inputs).table(written, schemas, rules, scope, what, at);
  return checked;
}

void check_defaults(const std::vector<OptionSchema>& schemas, Diagnostics& diagnostics) {
  std::vector<DeclaredInput> inputs;
  Checker(diagnostics, inputs).defaults(schemas);
}

}  // namespace baker
