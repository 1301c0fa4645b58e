// A pipeline as it stands in its file, or in the one that it is like: params have their values,
// stages are as they were written.
#pragma once

#include "engine/pipeline/diagnostic.h"
#include "engine/pipeline/value.h"

#include <map>
#include <string>
#include <vector>

namespace baker {

// Before for-each.
struct WrittenStage {
  std::string name;
  Position at;
  Value::Map keys;     // baker's own: uses, from, …
  Value::Map options;  // the stage type's
};

struct WrittenPipeline {
  std::string name;
  std::string folder;  // absolute, of the file that holds the stages
  std::map<std::string, Value> params;
  std::vector<WrittenStage> stages;  // in their order there
};

// What the names of pipelines, stages and machines are made of.
bool is_name(const std::string& text);

// `settings` are the NAME=VALUE of --set. Mistakes go to `diagnostics`, which afterwards speaks of
// the file that holds the stages. Throws Error (kInvalid) where a file can't be read.
WrittenPipeline read_written_pipeline(const std::string& file,
                                      const std::vector<std::string>& settings,
                                      Diagnostics& diagnostics);

}  // namespace baker
