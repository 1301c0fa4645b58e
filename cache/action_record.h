// What is stored under an action key. The first line alone answers a plan.
#pragma once

#include "engine/base/digest.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace baker {

struct ActionRecord {
  Digest layer;
  std::string key_text;  // the plain text that the key is the digest of
  std::string log;       // what the stage printed
  std::int64_t duration_ms = 0;
  std::int64_t finished = 0;  // seconds since the epoch
  std::uint64_t bytes = 0;    // content of the layer
  std::uint64_t entries = 0;

  std::string text() const;
  // Nothing where the text is damaged.
  static std::optional<ActionRecord> parse(std::string_view text);
  static std::optional<Digest> parse_first_line(std::string_view text);
};

}  // namespace baker
