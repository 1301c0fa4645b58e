// A pipeline as the engine works with it: params put in, for-each unrolled, options checked,
// stages sorted so that each comes after those it stands on.
#pragma once

#include "engine/pipeline/descriptor.h"
#include "engine/pipeline/option_check.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace baker {

struct Stage {
  std::string name;   // "node.2"
  std::string group;  // "node": its name before for-each
  const Descriptor* type = nullptr;
  Value::Map options;
  std::vector<DeclaredInput> inputs;
  std::vector<size_t> from;   // indices into Pipeline::stages
  std::vector<size_t> needs;  // order without a root
  std::vector<size_t> root;   // layer stages of its root, bottom first, itself left out
  std::int64_t timeout_seconds = 0;
  bool preserve = false;  // owners, modes, links and attributes of its inputs count
  Position at;
};

// The name of the machine that a stage describes; empty where it describes none.
std::string machine_of(const Stage& stage);

// How its tree is to be placed (Form::kPlace); empty where its type has no such option.
std::string place_option(const Stage& stage);

struct Pipeline {
  std::string name;
  std::string file;    // as the user gave it
  std::string folder;  // absolute; declared inputs are relative to it
  std::map<std::string, Value> params;
  std::vector<Stage> stages;  // sorted

  const Stage* find(const std::string& name) const;
  std::string input_path(const DeclaredInput& input) const;  // absolute
};

// The stage types that there are.
class StageTypes {
 public:
  virtual ~StageTypes() = default;
  virtual const Descriptor* find(const std::string& type) = 0;  // null: none; lives as long as this
  virtual std::vector<std::string> names() const = 0;
};

// `settings` are the NAME=VALUE of --set. Throws Error (kInvalid) with all mistakes at once.
Pipeline read_pipeline(const std::string& file, const std::vector<std::string>& settings,
                       StageTypes& types);

// What `from` and order make of the stages: fills `root` and sorts. Mistakes are diagnostics.
void arrange(std::vector<Stage>& stages, Diagnostics& diagnostics);

}  // namespace baker
