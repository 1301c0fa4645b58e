// One entry of apt's sources, sources.list(5), as far as apt does not tell by `indextargets`.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace baker {

struct SourceEntry {
  // By the names that they have in a one-line entry: signed-by, trusted, arch, check-valid-until …
  std::map<std::string, std::string> options{};

  std::string signed_by() const;  // paths with commas between, or an armored key; empty: not said
  bool holds_its_key() const { return signed_by().starts_with("-----BEGIN"); }
  bool is_trusted() const;  // whatever it is signed with
};

// `number` as apt counts them: lines of a .list file, stanzas of a .sources file, from 1.
SourceEntry source_entry(std::string_view text, bool deb822, std::size_t number);

}  // namespace baker
