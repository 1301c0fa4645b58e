#include "checksum.h"

#include <algorithm>
#include <sstream>

#include "text/text.h"

namespace baker::kafka {
namespace {

std::optional<std::string> sha512_of(std::string_view digits) {
  std::string hex;
  for (char each : digits) {
    const auto c = static_cast<unsigned char>(each);
    if (std::isspace(c)) continue;
    if (!std::isxdigit(c)) return std::nullopt;
    hex += each;
  }
  return hex.size() == 128 ? std::optional(lower_case(hex)) : std::nullopt;
}

// "*./dir/kafka.tgz" as sha512sum writes it names kafka.tgz.
bool names(std::string_view written, std::string_view file) {
  if (written.starts_with('*')) written.remove_prefix(1);
  if (auto slash = written.rfind('/'); slash != written.npos) written.remove_prefix(slash + 1);
  return written == file;
}

std::optional<std::string> from_line(const std::string& line, std::string_view file) {
  std::istringstream words(line);
  std::string digits, name;
  words >> digits >> name;
  if (!name.empty() && !names(name, file)) return std::nullopt;
  return sha512_of(digits);
}

}  // namespace

std::optional<std::string> stated_sha512(std::string_view text, std::string_view file) {
  if (auto colon = text.find(':'); colon != text.npos) {
    if (!names(text.substr(0, colon), file)) return std::nullopt;
    return sha512_of(text.substr(colon + 1));
  }
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    if (auto found = from_line(line, file)) return found;
  }
  return std::nullopt;
}

}  // namespace baker::kafka
