#include "engine/pipeline/form.h"

#include "engine/base/text.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>

namespace baker {
namespace {

constexpr int kLongestPrefix = 32;       // bits of an IPv4 address
constexpr size_t kLongestHostName = 63;  // of a label (RFC 1123), which systemd makes of it

const std::map<std::string, Form>& forms() {
  static const std::map<std::string, Form> all = {{"root-path", Form::kRootPath},
                                                  {"host-path", Form::kHostPath},
                                                  {"mode", Form::kMode},
                                                  {"address", Form::kAddress},
                                                  {"interface-address", Form::kInterface},
                                                  {"machine-name", Form::kMachineName},
                                                  {"place", Form::kPlace}};
  return all;
}

bool is_absolute(const std::string& path) {
  return path.starts_with('/') && path.find('\0') == std::string::npos;
}

bool leads_up(const std::string& path) {
  const std::vector<std::string> parts = split(path, '/');
  return std::ranges::find(parts, "..") != parts.end();
}

bool is_mode(const std::string& text) {
  return (text.size() == 3 || text.size() == 4) &&
         text.find_first_not_of("01234567") == std::string::npos;
}

bool is_address(const std::string& text) {
  in_addr address{};
  return inet_pton(AF_INET, text.c_str(), &address) == 1;
}

bool is_interface_address(const std::string& text) {
  const size_t slash = text.find('/');
  if (slash == std::string::npos || !is_address(text.substr(0, slash))) return false;
  int length = -1;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, length);
  return error == std::errc() && stop == end && length >= 0 && length <= kLongestPrefix;
}

bool is_machine_name(const std::string& text) {
  const auto is_part = [](unsigned char c) { return c < 0x80 && (std::isalnum(c) || c == '-'); };
  return !text.empty() && text.size() <= kLongestHostName && text.front() != '-' &&
         text.back() != '-' && std::ranges::all_of(text, is_part);
}

}  // namespace

std::optional<Form> form_named(const std::string& name) {
  const auto found = forms().find(name);
  return found == forms().end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> form_names() {
  std::vector<std::string> names;
  for (const auto& [name, form] : forms()) names.push_back(name);
  return names;
}

const std::vector<std::string>& place_words() {
  static const std::vector<std::string> words = {"auto", "mount", "snapshot", "reflink", "copy"};
  return words;
}

std::string mistake_in(Form form, const std::string& text) {
  switch (form) {
    case Form::kRootPath:
      return is_absolute(text) && !leads_up(text)
                 ? ""
                 : "it is not an absolute path inside the root, such as \"/etc/motd\"";
    case Form::kHostPath:
      return is_absolute(text) ? "" : "it is not an absolute path, such as \"/srv/data\"";
    case Form::kMode:
      return is_mode(text) ? "" : "it is not an octal mode, such as \"0644\"";
    case Form::kAddress:
      return is_address(text) ? "" : "it is not an IPv4 address, such as \"10.88.0.11\"";
    case Form::kInterface:
      return is_interface_address(text)
                 ? ""
                 : "it is not an IPv4 address with a prefix length, such as \"10.88.0.11/24\"";
    case Form::kMachineName:
      return is_machine_name(text) ? ""
                                   : "it is not a machine name: letters, digits and dashes, at "
                                     "most 63, such as \"kafka-node1\"";
    case Form::kPlace:
      return std::ranges::find(place_words(), text) != place_words().end()
                 ? ""
                 : "it is not auto, mount, snapshot, reflink or copy";
  }
  return "";
}

}  // namespace baker
