// What several stage types do with text.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace baker {

std::string lower_case(std::string text);  // of ASCII

// Without its newlines; a last one without any counts, too.
std::vector<std::string> lines_of(const std::string& text);

std::string trimmed(std::string_view text);  // of blanks and line ends on both sides

bool has_word(const std::vector<std::string>& words, std::string_view word);

std::string joined(const std::vector<std::string>& words, std::string_view separator);

// A text with `@NAME@` in it, each replaced by the value of that name: capital letters, digits and
// underscores. Any other `@` stays. Throws std::logic_error for a name without a value, and for a
// value without a use: the texts are the program's own.
std::string filled(std::string_view text, const std::map<std::string, std::string>& values);

}  // namespace baker
