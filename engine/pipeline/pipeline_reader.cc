#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/pipeline/pipeline.h"
#include "engine/pipeline/written_pipeline.h"

#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>

namespace baker {
namespace {

constexpr size_t kMostStages = 100'000;

class Reader {
 public:
  Reader(const std::string& file, StageTypes& types) : diagnostics_(file), types_(types) {
    pipeline_.file = file;
  }

  Pipeline read(const std::vector<std::string>& settings) {
    WrittenPipeline written = read_written_pipeline(pipeline_.file, settings, diagnostics_);
    pipeline_.name = std::move(written.name);
    pipeline_.folder = std::move(written.folder);
    pipeline_.params = std::move(written.params);
    const Scope scope(scope_values());
    for (const WrittenStage& stage : written.stages) unroll(stage, scope);
    link();
    check_rootless();
    check_claims();
    arrange(pipeline_.stages, diagnostics_);
    diagnostics_.throw_if_any();
    return std::move(pipeline_);
  }

 private:
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
        diagnostics_.add(repeated->second.at(), "\"" + name + "\" is not a valid stage name");
      add_stage(written, name, Scope({{"each", each}}, &scope));
    }
  }

  void add_stage(const WrittenStage& written, const std::string& name, const Scope& scope) {
    if (pipeline_.stages.size() == kMostStages) {
      diagnostics_.add(written.at,
                       fmt::format("the pipeline has more than {} stages", kMostStages));
      diagnostics_.throw_if_any();
    }
    Stage stage;
    stage.name = name;
    stage.group = written.name;
    stage.at = written.at;
    stage.type = type_of(written);
    if (stage.type) {
      CheckedOptions checked = check_options(
          written.options, stage.type->options, stage.type->rules, scope,
          "stage \"" + written.name + "\" (" + stage.type->type + ")", written.at, diagnostics_);
      stage.options = std::move(checked.values);
      stage.inputs = std::move(checked.inputs);
      stage.timeout_seconds = timeout_of(written, *stage.type, scope);
      stage.preserve = preserve_of(written, stage, scope);
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

  bool preserve_of(const WrittenStage& written, const Stage& stage, const Scope& scope) {
    auto preserve = written.keys.find("preserve");
    if (preserve == written.keys.end()) return false;
    const Value value = interpolate_value(preserve->second, scope, diagnostics_);
    if (!value.boolean()) {
      diagnostics_.add(preserve->second.at(),
                       "`preserve` of stage \"" + written.name + "\" takes true or false");
      return false;
    }
    const bool reads = std::ranges::any_of(
        stage.inputs, [](const DeclaredInput& input) { return !input.resolving; });
    if (*value.boolean() && !reads)
      diagnostics_.add(preserve->second.at(), "`preserve` of stage \"" + written.name +
                                                  "\" is about inputs, and it has none");
    return *value.boolean();
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
    const size_t mistakes = diagnostics_.count();
    const Value value = interpolate_value(found->second, scope, diagnostics_);
    if (diagnostics_.count() > mistakes) return {};  // the names would be wrong ones
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
                                                stage.name + "\" have the same " + claim + ": \"" +
                                                option->second.plain() + "\"");
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

std::string machine_of(const Stage& stage) {
  if (stage.type->claim.empty() || stage.type->at_up) return "";
  auto option = stage.options.find(stage.type->claim);
  return option == stage.options.end() ? "" : option->second.plain();
}

std::string place_option(const Stage& stage) {
  for (const OptionSchema& option : stage.type->options) {
    const auto given = stage.options.find(option.name);
    if (option.form == Form::kPlace && given != stage.options.end()) return given->second.plain();
  }
  return "";
}

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
