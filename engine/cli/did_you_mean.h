// Where nothing near is known, no list either: of all commands, or all pipelines of a host.
#pragma once

#include "engine/base/text.h"

#include <string>
#include <string_view>
#include <vector>

namespace baker {

// `text (did you mean "run"?)`, or the text alone where no candidate is near to what was written.
inline std::string with_suggestion(std::string text, std::string_view written,
                                   const std::vector<std::string>& candidates) {
  if (const auto meant = did_you_mean(written, candidates))
    text += " (did you mean \"" + *meant + "\"?)";
  return text;
}

}  // namespace baker
