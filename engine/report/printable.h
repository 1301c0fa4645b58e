// Text of strangers, made fit for a person's terminal or log.
#pragma once

#include <string>
#include <string_view>

namespace baker {

// One line without control characters: escape sequences vanish whole, tabs and line ends become
// spaces, of a line that a carriage return wrote over only its last face stays, and bytes that are
// not UTF-8 become U+FFFD. Marks that turn the direction of writing are dropped.
std::string printable(std::string_view text);

// Columns that printable text takes on a terminal.
size_t display_width(std::string_view text);

// Printable text in at most so many columns; "…" stands for what was cut off.
std::string cut_to_width(std::string_view text, size_t columns);

}  // namespace baker
