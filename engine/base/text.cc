#include "engine/base/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <regex>

namespace baker {
namespace {

// Letters that are missing, too many or wrong, and neighbours that changed places.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    std::swap(before, last);
    std::swap(last, row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substitution = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, substitution});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row.back();
}

// What percent_encode leaves as it is.
bool is_plain(char c) {
  return c > 0x20 && c < 0x7F && c != '%';
}

// What JSON takes as it is, but for the letters beyond ASCII.
bool is_ordinary(char c) {
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

// `ten` is the digit of ten: what is decoded is written in one way alone.
int hex_value(char c, char ten) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= ten && c < ten + 6) return c - ten + 10;
  return -1;
}

// Length of the UTF-8 sequence that starts at text[at], 0 where it is not valid.
size_t utf8_length(std::string_view text, size_t at) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char lead = byte(at);
  size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
  if (length == 0 || lead > 0xF4 || at + length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  }
  if (length > 2) {  // no overlong forms, no surrogates, nothing above U+10FFFF
    unsigned char second = byte(at + 1);
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
        (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) {
      return 0;
    }
  }
  return length;
}

}  // namespace

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  size_t start = 0;
  for (size_t end; (end = text.find(separator, start)) != std::string_view::npos; start = end + 1) {
    parts.emplace_back(text.substr(start, end - start));
  }
  parts.emplace_back(text.substr(start));
  return parts;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string joined;
  for (const std::string& part : parts) {
    if (&part != &parts.front()) joined += separator;
    joined += part;
  }
  return joined;
}

std::optional<std::string> did_you_mean(std::string_view written,
                                        const std::vector<std::string>& candidates) {
  size_t nearest =
      std::max<size_t>(written.size() / 3, 1) + 1;  // farther than this is another word
  std::optional<std::string> best;
  for (const std::string& candidate : candidates) {
    size_t distance = edit_distance(written, candidate);
    if (distance < nearest && distance < candidate.size()) {
      nearest = distance;
      best = candidate;
    }
  }
  return best;
}

std::string percent_encode(std::string_view bytes) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string text;
  text.reserve(bytes.size());
  for (char c : bytes) {
    auto byte = static_cast<unsigned char>(c);
    if (is_plain(c)) {
      text.push_back(c);
    } else {
      text += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return text;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  if (std::ranges::all_of(text, is_plain)) return bytes.assign(text);
  for (size_t i = 0; i < text.size(); ++i) {
    if (is_plain(text[i])) {
      bytes.push_back(text[i]);
      continue;
    }
    if (text[i] != '%') return std::nullopt;
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_value(text[i + 1], 'A');
    const int low = hex_value(text[i + 2], 'A');
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return bytes;
}

std::optional<std::uint64_t> decimal_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string hex_encode(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex(2 * bytes.size(), '0');
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    hex[2 * i] = kDigits[byte >> 4];
    hex[2 * i + 1] = kDigits[byte & 15];
  }
  return hex;
}

std::optional<std::string> hex_decode(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (size_t i = 0; i < hex.size(); i += 2) {
    const int high = hex_value(hex[i], 'a');
    const int low = hex_value(hex[i + 1], 'a');
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const size_t length = utf8_length(text, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

void append_json_quoted(std::string& quoted, std::string_view text) {
  quoted += '"';
  for (size_t i = 0; i < text.size();) {
    size_t ordinary = i;
    while (ordinary < text.size() && is_ordinary(text[ordinary])) ++ordinary;
    quoted += text.substr(i, ordinary - i);
    i = ordinary;
    if (i == text.size()) break;
    auto byte = static_cast<unsigned char>(text[i]);
    size_t length = utf8_length(text, i);
    if (length == 0) {
      quoted += "\xEF\xBF\xBD";
      ++i;
      continue;
    }
    if (byte == '"' || byte == '\\') {
      quoted += {'\\', text[i]};
    } else if (byte == '\n') {
      quoted += "\\n";
    } else if (byte == '\t') {
      quoted += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", byte);
      quoted += escaped;
    } else {
      quoted += text.substr(i, length);
    }
    i += length;
  }
  quoted += '"';
}

std::string json_quote(std::string_view text) {
  std::string quoted;
  append_json_quoted(quoted, text);
  return quoted;
}

std::optional<std::uint64_t> bytes_of(std::string_view text) {
  static const std::regex kSize(R"(\s*(\d+(?:\.\d+)?)\s*([kKmMgGtT]?)(i?)[bB]?\s*)");
  std::cmatch part;
  if (!std::regex_match(text.data(), text.data() + text.size(), part, kSize)) return std::nullopt;
  const std::string unit = part[2];
  const double factor = part[3].length() > 0 ? 1024 : 1000;
  if (unit.empty() && part[3].length() > 0) return std::nullopt;
  const std::size_t power =
      unit.empty() ? 0 : std::string_view("kmgt").find(static_cast<char>(unit[0] | 0x20)) + 1;
  const double bytes = std::stod(part[1]) * std::pow(factor, static_cast<double>(power));
  constexpr double kTooMany = 9e18;
  return bytes < kTooMany ? std::optional(static_cast<std::uint64_t>(bytes)) : std::nullopt;
}

std::string human_bytes(unsigned long long bytes) {
  static constexpr const char* kUnits[] = {"B", "KB", "MB", "GB", "TB", "PB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 999.5 && unit < 5) {  // what would be shown as 1000
    value /= 1000;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, value < 9.95 && unit > 0 ? "%.1f %s" : "%.0f %s", value,
                kUnits[unit]);
  return text;
}

}  // namespace baker
