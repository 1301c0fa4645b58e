#include "engine/pipeline/written_pipeline.h"

#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/pipeline/param_settings.h"
#include "engine/pipeline/scope.h"
#include "engine/pipeline/toml_value.h"

#include <sys/stat.h>

#include <algorithm>

namespace baker {
namespace {

constexpr off_t kLargestPipeline = 16'000'000;  // bytes

constexpr std::string_view kNameCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
constexpr const char* kStageKeys[] = {"uses", "from", "needs", "for-each", "timeout", "preserve"};

WrittenStage sort_keys(std::string name, Position at, Value::Map table) {
  WrittenStage stage{std::move(name), at, {}, std::move(table)};
  for (const char* key : kStageKeys) {
    if (auto node = stage.options.extract(key)) stage.keys.insert(std::move(node));
  }
  return stage;
}

struct Header {
  std::string name;  // params are not yet put in
  Position name_at;
  std::string like;  // path; empty: the file has its own stages
};

Header read_header(TableReader& file, const std::string& path, Diagnostics& diagnostics) {
  Header header;
  const toml::table* table = file.table("pipeline");
  if (!table) {
    diagnostics.add({1, 1}, "[pipeline] with a `name` is missing");
    return header;
  }
  TableReader reader(*table, "[pipeline]", diagnostics);
  header.name = reader.string("name").value_or("");
  header.name_at = reader.key_position("name");
  if (const std::string like = reader.string("like").value_or(""); !like.empty())
    header.like = like.front() == '/' ? like : parent_path(path) + "/" + like;
  reader.finish();
  return header;
}

std::map<std::string, Value> read_params(TableReader& file, Diagnostics& diagnostics) {
  std::map<std::string, Value> params;
  const toml::table* table = file.table("params");
  if (!table) return params;
  for (const auto& [key, node] : *table) {
    const std::string name(key.str());
    Value value = to_value(node, diagnostics);
    if (name == "each" || name == "pipeline")
      diagnostics.add(value.at(), "a param can't be called \"" + name + "\": the name is taken");
    if (value.canonical().find("${") != std::string::npos)
      diagnostics.add(
          value.at(),
          "the default of param \"" + name + "\" is used literally: \"${\" is not replaced in it",
          "options and names can put params together");
    params.emplace(name, std::move(value));
  }
  return params;
}

std::vector<WrittenStage> read_stages(TableReader& file, Diagnostics& diagnostics) {
  std::vector<WrittenStage> stages;
  const toml::table* tables = file.table("stage");
  if (tables) {
    for (const auto& [key, node] : *tables) {
      const std::string name(key.str());
      const Position at{key.source().begin.line, key.source().begin.column};
      Value value = to_value(node, diagnostics);
      if (!is_name(name))
        diagnostics.add(at, "\"" + name + "\" is not a valid stage name",
                        "letters, digits, \"_\", \"-\" and \".\"");
      if (Value::Map* map = value.map()) {
        stages.push_back(sort_keys(name, at, std::move(*map)));
      } else {
        diagnostics.add(at, "stage \"" + name + "\" must be a table");
      }
    }
  }
  if (stages.empty())
    diagnostics.add({1, 1}, "the pipeline has no stages",
                    "a stage is a table [stage.NAME] with `uses`");
  std::ranges::stable_sort(stages, {}, [](const WrittenStage& stage) {
    return std::pair(stage.at.line, stage.at.column);
  });
  return stages;
}

std::string read_text(const std::string& file, const std::string& what) {
  struct stat status;
  if (stat(file.c_str(), &status) != 0)
    throw Error(ErrorCode::kInvalid, "cannot read " + what + " " + file + ": no such file");
  if (!S_ISREG(status.st_mode))
    throw Error(ErrorCode::kInvalid, "cannot read " + what + " " + file +
                                         ": it is not a regular file, and is read several times");
  if (status.st_size > kLargestPipeline)
    throw Error(ErrorCode::kInvalid, "cannot read " + what + " " + file + ": it has " +
                                         human_bytes(static_cast<std::uint64_t>(status.st_size)) +
                                         ", and a pipeline at most " +
                                         human_bytes(kLargestPipeline));
  return read_file(file);
}

// The toml tree is gone when this returns: with thousands of stages it is the largest thing here.
void read_base(const std::string& file, const std::string& text, WrittenPipeline& pipeline,
               Diagnostics& diagnostics) {
  const toml::table tree = parse_toml(text, file);
  TableReader reader(tree, "a pipeline", diagnostics);
  const Header header = read_header(reader, file, diagnostics);
  if (!header.like.empty())
    diagnostics.add(header.name_at, "a pipeline that others are like has stages of its own",
                    "name the file that holds the stages in `like`");
  pipeline.folder = parent_path(absolute_path(file));
  pipeline.params = read_params(reader, diagnostics);
  pipeline.stages = read_stages(reader, diagnostics);
  reader.finish();
}

// The params of a pipeline that is like another take the place of the other's.
void replace_params(std::map<std::string, Value> own, const std::string& file,
                    WrittenPipeline& pipeline, Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const auto& [name, value] : pipeline.params) names.push_back(name);
  for (auto& [name, value] : own) {
    auto param = pipeline.params.find(name);
    if (param == pipeline.params.end()) {
      diagnostics.add({file, value.at(), diagnostics.file() + " has no param \"" + name + "\"",
                       suggestion(name, names)});
    } else if (param->second.type_name() != value.type_name()) {
      diagnostics.add({file, value.at(),
                       "param \"" + name + "\" takes " + std::string(param->second.type_name()) +
                           ", as in " + diagnostics.file(),
                       ""});
    } else {
      param->second = std::move(value);
    }
  }
}

}  // namespace

bool is_name(const std::string& text) {
  return !text.empty() && text.front() != '.' && text.front() != '-' &&
         text.find_first_not_of(kNameCharacters) == std::string::npos;
}

WrittenPipeline read_written_pipeline(const std::string& file,
                                      const std::vector<std::string>& settings,
                                      Diagnostics& diagnostics) {
  WrittenPipeline pipeline;
  Header header;
  const std::string text = read_text(file, "the pipeline");
  {
    const toml::table tree = parse_toml(text, file);
    TableReader reader(tree, "a pipeline", diagnostics);
    header = read_header(reader, file, diagnostics);
    std::map<std::string, Value> params = read_params(reader, diagnostics);
    pipeline.folder = parent_path(absolute_path(file));
    if (header.like.empty()) {
      pipeline.params = std::move(params);
      pipeline.stages = read_stages(reader, diagnostics);
      reader.finish();
    } else {
      reader.finish();
      diagnostics.set_file(header.like);
      read_base(header.like, read_text(header.like, "the pipeline that " + file + " is like,"),
                pipeline, diagnostics);
      replace_params(std::move(params), file, pipeline, diagnostics);
    }
  }
  apply_settings(settings, pipeline.params, diagnostics);
  Diagnostics naming(file);
  pipeline.name = interpolate(header.name, Scope(pipeline.params), header.name_at, naming);
  if (!is_name(pipeline.name))
    naming.add(header.name_at,
               "the pipeline needs a name of letters, digits, \"_\", \"-\" and \".\"");
  for (const Diagnostic& each : naming.all()) diagnostics.add(each);
  return pipeline;
}

}  // namespace baker
