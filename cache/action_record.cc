#include "cache/action_record.h"

#include "engine/base/text.h"
#include "engine/io/hasher.h"

#include <fmt/core.h>

#include <charconv>
#include <vector>

namespace baker {
namespace {

std::optional<std::string_view> take_line(std::string_view& text) {
  size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

template <typename Number>
bool take_number(std::string_view& text, std::string_view name, Number& value) {
  std::optional<std::string_view> line = take_line(text);
  if (!line || !line->starts_with(name) || line->size() <= name.size()) return false;
  const char* start = line->data() + name.size() + 1;
  auto [end, error] = std::from_chars(start, line->data() + line->size(), value);
  return error == std::errc{} && end == line->data() + line->size();
}

struct Sizes {
  size_t key = 0;
  size_t log = 0;
};

bool take_numbers(std::string_view& text, ActionRecord& record, Sizes& sizes) {
  return take_number(text, "duration-ms", record.duration_ms) &&
         take_number(text, "finished", record.finished) &&
         take_number(text, "bytes", record.bytes) && take_number(text, "entries", record.entries) &&
         take_number(text, "key", sizes.key) && take_number(text, "log", sizes.log);
}

}  // namespace

// layer digest / checksum of the rest / numbers / key text / log
std::string ActionRecord::text() const {
  std::string rest = fmt::format(
      "duration-ms {}\n"
      "finished {}\n"
      "bytes {}\n"
      "entries {}\n"
      "key {}\n"
      "log {}\n"
      "{}{}",
      duration_ms, finished, bytes, entries, key_text.size(), log.size(), key_text, log);
  return layer.hex() + "\nbaker-record-1 " + digest_of(layer.hex() + rest).hex() + "\n" + rest;
}

std::optional<Digest> ActionRecord::parse_first_line(std::string_view text) {
  std::optional<std::string_view> line = take_line(text);
  return line ? Digest::from_hex(*line) : std::nullopt;
}

std::optional<Digest> ActionRecord::parse_head(std::string_view head, std::uint64_t file_size,
                                               std::uint64_t* bytes) {
  std::optional<Digest> layer = parse_first_line(head);
  std::string_view rest = head;
  ActionRecord numbers{.layer = layer.value_or(digest_of("")), .key_text = {}, .log = {}};
  Sizes sizes;
  if (!layer || !take_line(rest) || !take_line(rest) || !take_numbers(rest, numbers, sizes))
    return std::nullopt;
  if (bytes) *bytes = numbers.bytes;
  return head.size() - rest.size() + sizes.key + sizes.log == file_size ? layer : std::nullopt;
}

std::optional<ActionRecord> ActionRecord::parse(std::string_view text) {
  std::optional<Digest> layer = parse_first_line(text);
  if (!layer) return std::nullopt;
  take_line(text);
  std::optional<std::string_view> header = take_line(text);
  if (!header || *header != "baker-record-1 " + digest_of(layer->hex() + std::string(text)).hex())
    return std::nullopt;

  ActionRecord record{.layer = *layer, .key_text = {}, .log = {}};
  Sizes sizes;
  if (!take_numbers(text, record, sizes) || text.size() != sizes.key + sizes.log)
    return std::nullopt;
  record.key_text = text.substr(0, sizes.key);
  record.log = text.substr(sizes.key);
  return record;
}

}  // namespace baker
