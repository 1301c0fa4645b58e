#include "engine/io/posix_acl.h"

#include "engine/base/error.h"
#include "engine/base/text.h"

#include <endian.h>
#include <linux/posix_acl_xattr.h>

#include <algorithm>
#include <charconv>
#include <tuple>

namespace baker {
namespace {

constexpr std::uint16_t kUser = 0x02;
constexpr std::uint16_t kGroup = 0x08;
constexpr std::uint32_t kNoId = 0xFFFFFFFF;

bool names_somebody(const AclEntry& entry) {
  return entry.tag == kUser || entry.tag == kGroup;
}

std::uint32_t id_by_name(const RootDir& root, const char* database, const std::string& name) {
  std::string text = root.status(database) ? root.read_file(database) : "";
  for (const std::string& line : split(text, '\n')) {
    std::vector<std::string> fields = split(line, ':');
    if (fields.size() < 3 || fields[0] != name) continue;
    std::uint32_t id = 0;
    const std::string& digits = fields[2];
    auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
    if (problem == std::errc() && end == digits.data() + digits.size()) return id;
  }
  throw Error("its ACL names " + json_quote(name) + ", which is not in the root's " + database +
              "; make the archive with --numeric-owner");
}

template <typename T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace

bool has_names_alone(const std::vector<AclEntry>& acl) {
  return std::any_of(acl.begin(), acl.end(),
                     [](const AclEntry& entry) { return names_somebody(entry) && !entry.id; });
}

std::string encode_posix_acl(std::vector<AclEntry> acl, const RootDir& root) {
  for (AclEntry& entry : acl) {
    if (!names_somebody(entry)) {
      entry.id = kNoId;
    } else if (!entry.id) {
      entry.id = id_by_name(root, entry.tag == kUser ? "/etc/passwd" : "/etc/group", entry.name);
    }
  }
  std::sort(acl.begin(), acl.end(), [](const AclEntry& a, const AclEntry& b) {
    return std::tie(a.tag, *a.id) < std::tie(b.tag, *b.id);
  });
  std::string bytes;
  append(bytes, htole32(POSIX_ACL_XATTR_VERSION));
  for (const AclEntry& entry : acl) {
    append(bytes, htole16(entry.tag));
    append(bytes, htole16(entry.permissions));
    append(bytes, htole32(*entry.id));
  }
  return bytes;
}

}  // namespace baker
