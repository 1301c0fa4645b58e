#include "apt_output.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <regex>
#include <sstream>

namespace baker::apt {
namespace {

// apt shows progress by writing a line again and again: only what stands there in the end counts.
std::string last_state_of(std::string line) {
  if (line.ends_with('\r')) line.pop_back();
  return line.substr(line.rfind('\r') + 1);
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) lines.push_back(last_state_of(line));
  return lines;
}

// "Debian:12.11/stable, Debian-Security:12/stable-security" → {"stable", "stable-security"}
std::vector<std::string> archives_of(const std::string& origins) {
  static const std::regex archive(R"(/([^,]*))");
  std::vector<std::string> archives;
  for (std::sregex_iterator each(origins.begin(), origins.end(), archive), end; each != end;
       ++each) {
    archives.push_back((*each)[1]);
  }
  return archives;
}

void read_plan_line(const std::string& line, Plan& plan) {
  static const std::regex unpack(R"(Inst (\S+)(?: \[([^\]]*)\])? \((\S+)(.*?) \[([^\]]+)\]\).*)");
  static const std::regex configure(R"(Conf (\S+) .*)");
  static const std::regex remove(R"((?:Remv|Purg) (\S+) \[([^\]]*)\].*)");
  static const std::regex selected(R"(Note, selecting '([^']+)' .*)");
  static const std::regex now_manual(R"((\S+) set to manually installed\.)");
  std::smatch part;
  if (std::regex_match(line, part, unpack)) {
    plan.steps.push_back({.action = PlanStep::Action::kUnpack,
                          .name = part[1],
                          .old_version = part[2],
                          .version = part[3],
                          .architecture = part[5],
                          .archives = archives_of(part[4])});
  } else if (std::regex_match(line, part, configure)) {
    plan.steps.push_back({.action = PlanStep::Action::kConfigure, .name = part[1]});
  } else if (std::regex_match(line, part, remove)) {
    plan.steps.push_back(
        {.action = PlanStep::Action::kRemove, .name = part[1], .old_version = part[2]});
  } else if (std::regex_match(line, part, selected)) {
    plan.selected.push_back(part[1]);
  } else if (std::regex_match(line, part, now_manual)) {
    plan.now_manual.push_back(part[1]);
  }
}

}  // namespace

Plan parse_plan(std::string_view text) {
  Plan plan;
  for (const std::string& line : lines_of(text)) read_plan_line(line, plan);
  return plan;
}

std::vector<PackageUri> parse_uris(std::string_view text) {
  static const std::regex package(R"('([^']+)' (\S+) (\d+) (?:SHA256:([0-9a-f]{64}))?.*)");
  std::vector<PackageUri> uris;
  for (const std::string& line : lines_of(text)) {
    std::smatch part;
    if (!std::regex_match(line, part, package)) continue;
    uris.push_back({part[1], decode_path(part[2].str()), std::stoull(part[3]), part[4]});
  }
  return uris;
}

std::vector<Repository> parse_repositories(std::string_view text) {
  static const std::regex target("([^\t]+)\t([^\t]+)\t([^\t]*)");
  std::vector<Repository> repositories;
  for (const std::string& line : lines_of(text)) {
    std::smatch part;
    if (!std::regex_match(line, part, target)) continue;
    Repository found{part[1], part[2], part[3]};
    if (std::find(repositories.begin(), repositories.end(), found) == repositories.end()) {
      repositories.push_back(found);
    }
  }
  return repositories;
}

std::string encode_path(std::string_view path) {
  constexpr std::string_view kPlain = "/.-_";
  std::string encoded;
  for (char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || kPlain.find(c) != kPlain.npos) {
      encoded += c;
    } else {
      constexpr std::string_view kHex = "0123456789abcdef";
      encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return encoded;
}

std::string decode_path(std::string_view path) {
  std::string decoded;
  for (size_t i = 0; i < path.size(); ++i) {
    unsigned char byte = 0;
    const char* digits = path.data() + i + 1;
    if (path[i] == '%' && i + 2 < path.size() &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      decoded += static_cast<char>(byte);
      i += 2;
    } else {
      decoded += path[i];
    }
  }
  return decoded;
}

std::string complaint_of(std::string_view output) {
  static const std::regex progress(
      R"((Reading |Building |Calculating |Get:|Hit:|Ign:|Fetched |NOTE: this is only a sim).*|\s*)");
  // So apt speaks of each compressed form of a local index, and then reads the plain one.
  static const std::regex other_form(R"(Err:\d+ file:.*\n  Method gave a blank filename\n)");
  constexpr size_t kMostLines = 30;
  std::vector<std::string> lines =
      lines_of(std::regex_replace(std::string(output), other_form, ""));
  std::erase_if(lines, [](const std::string& line) { return std::regex_match(line, progress); });
  std::string complaint;
  for (size_t i = lines.size() > kMostLines ? lines.size() - kMostLines : 0; i < lines.size();
       ++i) {
    complaint += (complaint.empty() ? "" : "\n") + lines[i];
  }
  return complaint;
}

}  // namespace baker::apt
