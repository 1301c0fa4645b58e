#include "engine/report/printable.h"

#include <locale.h>

#include <cwchar>

namespace baker {
namespace {

constexpr char kEscape = '\x1b';
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "…";

// The C library knows characters and their widths only in a locale that has them, and the user's
// may be any.
class Utf8Locale {
 public:
  Utf8Locale() : previous_(uselocale(utf8())) {}
  ~Utf8Locale() { uselocale(previous_); }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  static locale_t utf8() {
    static const locale_t kUtf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return kUtf8;
  }
  locale_t previous_;
};

struct Character {
  size_t bytes = 1;
  int columns = -1;  // -1: not printable
  bool valid = true;
};

bool turns_direction(wchar_t character) {
  return character == 0x061C || character == 0x200E || character == 0x200F ||
         (character >= 0x202A && character <= 0x202E) ||
         (character >= 0x2066 && character <= 0x2069);
}

// The first character of text that is not empty; needs a Utf8Locale.
Character first_character(std::string_view text) {
  const auto byte = static_cast<unsigned char>(text[0]);
  if (byte < 0x80) return {1, byte < 0x20 || byte == 0x7F ? -1 : 1, true};
  wchar_t wide = 0;
  std::mbstate_t state{};
  const size_t bytes = std::mbrtowc(&wide, text.data(), text.size(), &state);
  if (bytes == 0 || bytes > text.size()) return {1, -1, false};
  return {bytes, turns_direction(wide) ? -1 : wcwidth(wide), true};
}

bool is_between(char byte, char first, char last) {
  return byte >= first && byte <= last;
}

// Bytes of a string sequence (a window's title, for one) up to and with its end.
size_t string_sequence_length(std::string_view text) {
  for (size_t i = 2; i < text.size(); ++i) {
    if (text[i] == '\a') return i + 1;
    if (text[i] == kEscape && i + 1 < text.size() && text[i + 1] == '\\') return i + 2;
  }
  return text.size();
}

// Bytes of the escape sequence that the text begins with (ECMA-48).
size_t escape_length(std::string_view text) {
  if (text.size() < 2) return text.size();
  if (std::string_view("]PX^_").find(text[1]) != std::string_view::npos) {
    return string_sequence_length(text);
  }
  size_t i = 1;
  if (text[1] == '[') {
    i = 2;
    while (i < text.size() && is_between(text[i], 0x30, 0x3F)) ++i;
  }
  while (i < text.size() && is_between(text[i], 0x20, 0x2F)) ++i;
  return i < text.size() && is_between(text[i], 0x30, 0x7E) ? i + 1 : i;
}

std::string_view last_face(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  const size_t overwritten = line.rfind('\r');
  return overwritten == std::string_view::npos ? line : line.substr(overwritten + 1);
}

}  // namespace

std::string printable(std::string_view text) {
  const Utf8Locale locale;
  std::string clean;
  text = last_face(text);
  while (!text.empty()) {
    if (text[0] == kEscape) {
      text.remove_prefix(escape_length(text));
      continue;
    }
    const Character next = first_character(text);
    if (!next.valid) {
      clean += kReplacement;
    } else if (next.columns >= 0) {
      clean += text.substr(0, next.bytes);
    } else if (text[0] == '\t' || text[0] == '\n') {
      clean += ' ';
    }
    text.remove_prefix(next.bytes);
  }
  return clean;
}

size_t display_width(std::string_view text) {
  const Utf8Locale locale;
  size_t columns = 0;
  while (!text.empty()) {
    const Character next = first_character(text);
    if (next.columns > 0) columns += static_cast<size_t>(next.columns);
    text.remove_prefix(next.bytes);
  }
  return columns;
}

std::string cut_to_width(std::string_view text, size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return "";
  const Utf8Locale locale;
  size_t bytes = 0;
  size_t used = 0;
  while (bytes < text.size()) {
    const Character next = first_character(text.substr(bytes));
    const size_t wanted = next.columns > 0 ? static_cast<size_t>(next.columns) : 0;
    if (used + wanted > columns - 1) break;  // one is for the ellipsis
    used += wanted;
    bytes += next.bytes;
  }
  return std::string(text.substr(0, bytes)) + std::string(kEllipsis);
}

}  // namespace baker
