// Options as written become options as the stage gets them: interpolated, checked against the
// descriptor, with defaults applied.
#pragma once

#include "engine/pipeline/descriptor.h"
#include "engine/pipeline/scope.h"

#include <string>
#include <vector>

namespace baker {

// An option of type path, somewhere in the options of a stage.
struct DeclaredInput {
  std::vector<std::string> where;  // keys and indices that lead to it
  std::string written;             // relative to the pipeline's folder, or absolute
  bool resolving = false;          // as OptionSchema has it
  Position at;
};

struct CheckedOptions {
  Value::Map values;
  std::vector<DeclaredInput> inputs;
};

// `what` names the table in messages; `at` is where it stands.
CheckedOptions check_options(const Value::Map& written, const std::vector<OptionSchema>& schemas,
                             const Rules& rules, const Scope& scope, const std::string& what,
                             Position at, Diagnostics& diagnostics);
// Whether the defaults of a descriptor are values that it would take.
void check_defaults(const std::vector<OptionSchema>& schemas, Diagnostics& diagnostics);

}  // namespace baker
