// Small things done with text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace baker {

std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

// The candidate nearest to what was written, if it is near enough to be what was meant.
std::optional<std::string> did_you_mean(std::string_view written,
                                        const std::vector<std::string>& candidates);

// Bytes that would break a line- or tab-separated record, or are not printable ASCII, as %XX.
// decode undoes any %XX; it returns nothing where a `%` stands for no byte, or a byte stands bare
// that encode never leaves so.
std::string percent_encode(std::string_view bytes);
std::optional<std::string> percent_decode(std::string_view text);

// A whole number in decimal digits; nothing for any other text, or for one that is too large.
std::optional<std::uint64_t> decimal_number(std::string_view text);

// Two digits for each byte, lower case; decode returns nothing for any other text.
std::string hex_encode(std::string_view bytes);
std::optional<std::string> hex_decode(std::string_view hex);

bool is_utf8(std::string_view text);

// A JSON string literal; bytes that are not UTF-8 become U+FFFD.
std::string json_quote(std::string_view text);
void append_json_quoted(std::string& to, std::string_view text);

// Of "20G", "500 MB", "1.5GiB": decimal units, but for those with an i. Nothing for any other text.
std::optional<std::uint64_t> bytes_of(std::string_view text);

// "1.2 GB", "17 KB": decimal units, for a person.
std::string human_bytes(unsigned long long bytes);

}  // namespace baker
