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
  // The layer, from the first kRecordHeadSize bytes of a record, or nothing where they are damaged
  // or the record's file is not as large as they say. Does not check the checksum. `bytes`: of the
  // layer.
  static std::optional<Digest> parse_head(std::string_view head, std::uint64_t file_size,
                                          std::uint64_t* bytes = nullptr);
};

// Holds a digest, a checksum and six numbers, each on a line of its own.
inline constexpr std::size_t kRecordHeadSize = 512;

}  // namespace baker
