#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/pipeline/pipeline.h"
#include "engine/pipeline/toml_value.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

namespace baker {
namespace {

constexpr std::string_view kNameCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

bool is_name(const std::string& text) {
  return !text.empty() && text.front() != '.' && text.front() != '-' &&
         text.find_first_not_of(kNameCharacters) == std::string::npos;
}

// A stage as it stands in the file, before for-each.
struct WrittenStage {
  std::string name;
  Position at;
  Value::Map keys;     // baker's own: uses, from, …
  Value::Map options;  // the stage type's
};

constexpr const char* kStageKeys[] = {"uses", "from", "needs", "for-each", "timeout"};

WrittenStage sort_keys(std::string name, Position at, Value::Map table) {
  WrittenStage stage{std::move(name), at, {}, std::move(table)};
  for (const char* key : kStageKeys) {
    if (auto node = stage.options.extract(key)) stage.keys.insert(std::move(node));
  }
  return stage;
}

class Reader {
 public:
  Reader(const std::string& file, StageTypes& types) : diagnostics_(file), types_(types) {
    pipeline_.file = file;
  }

  Pipeline read(const std::vector<std::string>& settings) {
    std::vector<WrittenStage> written = read_file_tables(settings);
    const Scope scope(scope_values());
    for (const WrittenStage& stage : written) unroll(stage, scope);
    link();
    check_rootless();
    check_claims();
    arrange(pipeline_.stages, diagnostics_);
    diagnostics_.throw_if_any();
    return std::move(pipeline_);
  }

 private:
  // The toml tree is gone when this returns: with thousands of stages it is the largest thing here.
  std::vector<WrittenStage> read_file_tables(const std::vector<std::string>& settings) {
    std::optional<std::string> text = read_file_if_exists(pipeline_.file);
    if (!text)
      throw Error(ErrorCode::kInvalid,
                  "cannot read the pipeline " + pipeline_.file + ": no such file");
    pipeline_.folder = parent_path(absolute_path(pipeline_.file));
    const toml::table file = parse_toml(*text, pipeline_.file);
    TableReader reader(file, "a pipeline", diagnostics_);
    if (const toml::table* params = reader.table("params")) read_params(*params);
    apply_settings(settings);
    read_header(reader);
    std::vector<WrittenStage> stages;
    if (const toml::table* tables = reader.table("stage")) stages = read_stage_tables(*tables);
    if (stages.empty())
      diagnostics_.add({1, 1}, "the pipeline has no stages",
                       "a stage is a table [stage.NAME] with `uses`");
    reader.finish();
    return stages;
  }

  void read_header(TableReader& reader) {
    const toml::table* table = reader.table("pipeline");
    if (!table) {
      diagnostics_.add({1, 1}, "[pipeline] with a `name` is missing");
      return;
    }
    TableReader header(*table, "[pipeline]", diagnostics_);
    if (std::optional<std::string> name = header.string("name")) {
      pipeline_.name =
          interpolate(*name, Scope(pipeline_.params), header.key_position("name"), diagnostics_);
    }
    if (!is_name(pipeline_.name)) {
      diagnostics_.add(header.key_position("name"),
                       "the pipeline needs a name of letters, digits, \"_\", \"-\" and \".\"");
    }
    header.finish();
  }

  void read_params(const toml::table& table) {
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      Value value = to_value(node, diagnostics_);
      if (name == "each" || name == "pipeline")
        diagnostics_.add(value.at(), "a param can't be called \"" + name + "\": the name is taken");
      if (value.canonical().find("${") != std::string::npos)
        diagnostics_.add(
            value.at(),
            "the default of param \"" + name + "\" is taken as it is: nothing is put in for \"${\"",
            "options and names can put params together");
      pipeline_.params.emplace(name, std::move(value));
    }
  }

  void apply_settings(const std::vector<std::string>& settings) {
    std::vector<std::string> names;
    for (const auto& [name, value] : pipeline_.params) names.push_back(name);
    for (const std::string& setting : settings) {
      const size_t equals = setting.find('=');
      const std::string name = setting.substr(0, equals);
      auto param = pipeline_.params.find(name);
      if (equals == std::string::npos) {
        diagnostics_.add({"", {}, "--set " + setting + ": give it as NAME=VALUE", ""});
      } else if (param == pipeline_.params.end()) {
        diagnostics_.add({"",
                          {},
                          "--set " + setting + ": the pipeline has no param \"" + name + "\"",
                          suggestion(name, names)});
      } else {
        set_param(param->second, name, setting.substr(equals + 1));
      }
    }
  }

  // Read as the type of its default.
  void set_param(Value& param, const std::string& name, const std::string& text) {
    const Position at = param.at();
    auto refuse = [&](std::string_view wanted) {
      diagnostics_.add(
          {"", {}, "--set " + name + "=" + text + ": the param takes " + std::string(wanted), ""});
    };
    if (param.string()) {
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
    try {
      const toml::table parsed = toml::parse("value = " + text);
      Value value = to_value(*parsed.get("value"), diagnostics_);
      if (value.type_name() != param.type_name()) return refuse(wanted);
      value.set_at(param.at());
      param = std::move(value);
    } catch (const toml::parse_error&) {
      refuse(wanted);
    }
  }

  std::vector<WrittenStage> read_stage_tables(const toml::table& tables) {
    std::vector<WrittenStage> stages;
    for (const auto& [key, node] : tables) {
      const std::string name(key.str());
      const Position at{key.source().begin.line, key.source().begin.column};
      Value value = to_value(node, diagnostics_);
      if (!is_name(name))
        diagnostics_.add(at, "\"" + name + "\" is no name for a stage",
                         "letters, digits, \"_\", \"-\" and \".\"");
      if (Value::Map* map = value.map()) {
        stages.push_back(sort_keys(name, at, std::move(*map)));
      } else {
        diagnostics_.add(at, "stage \"" + name + "\" must be a table");
      }
    }
    std::ranges::stable_sort(stages, {}, [](const WrittenStage& stage) {
      return std::pair(stage.at.line, stage.at.column);
    });
    return stages;
  }

  std::map<std::string, Value> scope_values() const {
    std::map<std::string, Value> values = pipeline_.params;
    values.emplace("pipeline", Value(pipeline_.name));
    return values;
  }

  void unroll(const WrittenStage& written, const Scope& scope) {
    auto repeated = written.keys.find("for-each");
    if (repeated == written.keys.end()) return add_stage(written, written.name, scope);
    groups_[written.name];  // known even where it is empty
    for (const Value& each : for_each_values(repeated->second, scope, diagnostics_)) {
      const std::string name = written.name + "." + each.plain();
      if (!is_name(name))
        diagnostics_.add(repeated->second.at(), "\"" + name + "\" is no name for a stage");
      add_stage(written, name, Scope({{"each", each}}, &scope));
    }
  }

  void add_stage(const WrittenStage& written, const std::string& name, const Scope& scope) {
    Stage stage;
    stage.name = name;
    stage.group = written.name;
    stage.at = written.at;
    stage.type = type_of(written);
    if (stage.type) {
      CheckedOptions checked = check_options(
          written.options, stage.type->options, scope,
          "stage \"" + written.name + "\" (" + stage.type->type + ")", written.at, diagnostics_);
      stage.options = std::move(checked.values);
      stage.inputs = std::move(checked.inputs);
      stage.timeout_seconds = timeout_of(written, *stage.type, scope);
      for (const DeclaredInput& input : stage.inputs) {
        if (!path_exists(pipeline_.input_path(input)))
          diagnostics_.add(input.at, "there is no \"" + input.written + "\" (" +
                                         pipeline_.input_path(input) + ")");
      }
    }
    if (!index_.emplace(name, pipeline_.stages.size()).second) {
      diagnostics_.add(written.at, "two stages are called \"" + name + "\"");
    }
    groups_[written.name].push_back(pipeline_.stages.size());
    references_.push_back({names_in(written, "from", scope), names_in(written, "needs", scope)});
    pipeline_.stages.push_back(std::move(stage));
  }

  const Descriptor* type_of(const WrittenStage& written) {
    auto uses = written.keys.find("uses");
    if (uses == written.keys.end() || !uses->second.string()) {
      diagnostics_.add(written.at,
                       "stage \"" + written.name + "\" needs `uses`, the name of a stage type");
      return nullptr;
    }
    const std::string& type = *uses->second.string();
    const Descriptor* found = types_.find(type);
    if (!found)
      diagnostics_.add(uses->second.at(), "unknown stage type \"" + type + "\"",
                       suggestion(type, types_.names()));
    return found;
  }

  std::int64_t timeout_of(const WrittenStage& written, const Descriptor& type, const Scope& scope) {
    auto timeout = written.keys.find("timeout");
    if (timeout == written.keys.end()) return type.timeout_seconds;
    const Value value = interpolate_value(timeout->second, scope, diagnostics_);
    if (value.integer() && *value.integer() > 0) return *value.integer();
    diagnostics_.add(timeout->second.at(), "`timeout` of stage \"" + written.name +
                                               "\" takes seconds, an integer above 0");
    return type.timeout_seconds;
  }

  struct Reference {
    std::string name;
    Position at;
  };
  struct References {
    std::vector<Reference> from, needs;
  };

  std::vector<Reference> names_in(const WrittenStage& written, const std::string& key,
                                  const Scope& scope) {
    auto found = written.keys.find(key);
    if (found == written.keys.end()) return {};
    const size_t mistakes = diagnostics_.all().size();
    const Value value = interpolate_value(found->second, scope, diagnostics_);
    if (diagnostics_.all().size() > mistakes) return {};  // the names would be wrong ones
    std::vector<Reference> names;
    if (const std::string* name = value.string()) {
      names.push_back({*name, value.at()});
    } else if (const Value::List* list = value.list()) {
      for (const Value& each : *list) {
        if (!each.string()) diagnostics_.add(each.at(), "`" + key + "` takes names of stages");
        names.push_back({each.plain(), each.at()});
      }
    } else {
      diagnostics_.add(value.at(), "`" + key + "` takes the name of a stage, or a list of names");
    }
    return names;
  }

  // A name is a stage, or all stages of a for-each.
  std::vector<size_t> targets_of(const Stage& stage, const std::vector<Reference>& names,
                                 const std::string& key) {
    std::vector<size_t> targets;
    for (const Reference& reference : names) {
      if (auto one = index_.find(reference.name); one != index_.end()) {
        targets.push_back(one->second);
      } else if (auto group = groups_.find(reference.name); group != groups_.end()) {
        targets.insert(targets.end(), group->second.begin(), group->second.end());
      } else {
        std::vector<std::string> known;
        for (const auto& [name, members] : groups_) known.push_back(name);
        if (known.size() < 200) {
          for (const auto& [name, index] : index_) known.push_back(name);
        }
        std::ranges::sort(known);
        known.erase(std::unique(known.begin(), known.end()), known.end());
        diagnostics_.add(reference.at,
                         "`" + key + "` of stage \"" + stage.group + "\" names no stage: \"" +
                             reference.name + "\"",
                         suggestion(reference.name, known));
      }
    }
    return targets;
  }

  void link() {
    for (size_t i = 0; i < pipeline_.stages.size(); ++i) {
      Stage& stage = pipeline_.stages[i];
      stage.from = targets_of(stage, references_[i].from, "from");
      stage.needs = targets_of(stage, references_[i].needs, "needs");
    }
  }

  void check_rootless() {
    for (const Stage& stage : pipeline_.stages) {
      if (!stage.type) continue;
      const std::string what = "stage \"" + stage.group + "\" (" + stage.type->type + ")";
      if (stage.type->root == RootNeed::kRequired && stage.from.empty()) {
        diagnostics_.add(stage.at, what + " needs a root",
                         "name the stages that it stands on in `from`");
      }
      if (stage.type->root == RootNeed::kForbidden && !stage.from.empty()) {
        diagnostics_.add(stage.at, what + " bakes an independent layer and takes no `from`");
      }
      for (size_t below : stage.from) {
        const Stage& other = pipeline_.stages[below];
        if (other.type && other.type->kind != StageKind::kLayer) {
          diagnostics_.add(stage.at,
                           what + " can't stand on \"" + other.name + "\", which bakes no layer",
                           "`needs` gives order without a root");
        }
      }
    }
  }

  void check_claims() {
    std::map<std::pair<std::string, std::string>, const Stage*> owners;
    for (const Stage& stage : pipeline_.stages) {
      if (!stage.type || stage.type->claim.empty()) continue;
      const std::string& claim = stage.type->claim;
      auto option = stage.options.find(claim);
      if (option == stage.options.end()) continue;
      auto [owner, first] = owners.emplace(std::pair(claim, option->second.plain()), &stage);
      if (first) continue;
      diagnostics_.add(option->second.at(), "stages \"" + owner->second->name + "\" and \"" +
                                                stage.name + "\" have one " + claim +
                                                " between them: \"" + option->second.plain() +
                                                "\"");
    }
  }

  Pipeline pipeline_;
  Diagnostics diagnostics_;
  StageTypes& types_;
  std::unordered_map<std::string, size_t> index_;
  std::map<std::string, std::vector<size_t>> groups_;
  std::vector<References> references_;
};

}  // namespace

const Stage* Pipeline::find(const std::string& wanted) const {
  auto found = std::ranges::find(stages, wanted, &Stage::name);
  return found == stages.end() ? nullptr : &*found;
}

std::string Pipeline::input_path(const DeclaredInput& input) const {
  return absolute_path(input.written.starts_with('/') ? input.written
                                                      : folder + "/" + input.written);
}

Pipeline read_pipeline(const std::string& file, const std::vector<std::string>& settings,
                       StageTypes& types) {
  return Reader(file, types).read(settings);
}

}  // namespace baker
