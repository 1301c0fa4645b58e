// One entry of apt's sources, sources.list(5), as far as apt does not tell by `indextargets`.
#pragma once

#include <string>
#include <string_view>

namespace baker {

struct SourceEntry {
  std::string signed_by{};  // a path, or an armored key; empty: any key that the host trusts
  bool trusted = false;     // whatever it is signed with
};

// `number` as apt counts them: lines of a .list file, stanzas of a .sources file, from 1.
SourceEntry source_entry(std::string_view text, bool deb822, std::size_t number);

}  // namespace baker
