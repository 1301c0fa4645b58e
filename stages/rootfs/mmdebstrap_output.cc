#include "mmdebstrap_output.h"

#include <baker/stage.h>
#include <fmt/core.h>

#include <regex>

#include "host_tool.h"

namespace baker::rootfs {
namespace {

// "E: " and the like say which program's message it is, not what it says.
std::string without_mark(const std::string& line) {
  static const std::regex mark("^[EWN]: ");
  return std::regex_replace(line, mark, "");
}

// apt's words on an index that it could not get: the line after "Err:1 http://… jammy InRelease".
std::string answer_of_archive(const std::string& output) {
  static const std::regex failed("(?:^|\n)Err:[^\n]*\n +([^\n]+)");
  std::smatch words;
  return std::regex_search(output, words, failed) ? words[1].str() : "";
}

void throw_if_unverified(const std::string& suite, const std::string& output) {
  for (const char* words :
       {"NO_PUBKEY", "BADSIG", "EXPKEYSIG", "REVKEYSIG", "ERRSIG", "is not signed",
        "Clearsigned file isn't valid", "Hash Sum mismatch", "unexpected size"}) {
    if (!mentions_any(output, {words})) continue;
    std::string advice;
    if (mentions_any(output, {"NO_PUBKEY"})) {
      advice =
          ": no keyring that is trusted here has this key; where the archive is the one that "
          "is meant, give the source its `keyring`";
    }
    throw StageError("the archive of " + suite + " fails its verification: " +
                     without_mark(telling_line(output, {words})) + advice);
  }
  for (const char* words : {"is expired", "is not valid yet"}) {
    if (!mentions_any(output, {words})) continue;
    throw StageError("the index of " + suite +
                     "'s archive is not valid at the time of this host: " +
                     without_mark(telling_line(output, {words})));
  }
}

void throw_if_wrongly_asked(const std::string& suite, const std::string& output) {
  if (mentions_any(output, {"Unable to locate package", "has no installation candidate"})) {
    throw StageError("the archive of " + suite + " has no such package in these `components`: " +
                     without_mark(telling_line(
                         output, {"Unable to locate package", "has no installation candidate"})));
  }
  if (mentions_any(output, {"did not find any indices"})) {
    throw StageError("of the archive of " + suite + " there is no index of packages: " +
                     without_mark(telling_line(output, {"did not find any indices"})));
  }
}

}  // namespace

void throw_mmdebstrap_failure(const AskedSuite& asked, int exit_status, const std::string& output) {
  const std::string& suite = asked.name;
  if (mentions_any(output, {"No space left on device"})) {
    throw StageError(
        "the disk of the cache is full (No space left on device): a base "
        "root takes up to 1 GB there while it is made; --cache-dir names another place");
  }
  throw_if_unverified(suite, output);
  throw_if_wrongly_asked(suite, output);
  const std::string answer = answer_of_archive(output);
  if (mentions_any(output, {"does not have a Release file"})) {
    const std::string said = answer.empty() ? "" : " (" + answer + ")";
    if (!asked.known)
      throw Unreachable("no release of Debian or Ubuntu is called \"" + suite +
                        "\", and Debian's archive has no such suite" + said);
    if (answer.starts_with("404"))
      throw Unreachable("its archive has no suite \"" + suite + "\"" + said);
    throw Unreachable(without_mark(telling_line(output, {"does not have a Release file"})) + said);
  }
  if (mentions_any(output, {"Failed to fetch"}))
    throw Unreachable(without_mark(telling_line(output, {"Failed to fetch"})));
  throw StageError(fmt::format("mmdebstrap ended with exit status {}; its last lines:{}",
                               exit_status, last_lines(output, 20)));
}

}  // namespace baker::rootfs
