#include "cache/action_record.h"

#include "engine/base/text.h"
#include "engine/io/hasher.h"

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

}  // namespace

// layer digest / checksum of the rest / numbers / key text / log
std::string ActionRecord::text() const {
  std::string rest = "duration-ms " + std::to_string(duration_ms) + "\nfinished " +
                     std::to_string(finished) + "\nbytes " + std::to_string(bytes) + "\nentries " +
                     std::to_string(entries) + "\nkey " + std::to_string(key_text.size()) +
                     "\nlog " + std::to_string(log.size()) + "\n" + key_text + log;
  return layer.hex() + "\nbaker-record-1 " + digest_of(layer.hex() + rest).hex() + "\n" + rest;
}

std::optional<Digest> ActionRecord::parse_first_line(std::string_view text) {
  std::optional<std::string_view> line = take_line(text);
  return line ? Digest::from_hex(*line) : std::nullopt;
}

std::optional<ActionRecord> ActionRecord::parse(std::string_view text) {
  std::optional<Digest> layer = parse_first_line(text);
  if (!layer) return std::nullopt;
  take_line(text);
  std::optional<std::string_view> header = take_line(text);
  if (!header || *header != "baker-record-1 " + digest_of(layer->hex() + std::string(text)).hex())
    return std::nullopt;

  ActionRecord record{.layer = *layer, .key_text = {}, .log = {}};
  size_t key_size = 0;
  size_t log_size = 0;
  if (!take_number(text, "duration-ms", record.duration_ms) ||
      !take_number(text, "finished", record.finished) ||
      !take_number(text, "bytes", record.bytes) || !take_number(text, "entries", record.entries) ||
      !take_number(text, "key", key_size) || !take_number(text, "log", log_size) ||
      text.size() != key_size + log_size) {
    return std::nullopt;
  }
  record.key_text = text.substr(0, key_size);
  record.log = text.substr(key_size);
  return record;
}

}  // namespace baker
