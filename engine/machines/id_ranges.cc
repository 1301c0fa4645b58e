#include "engine/machines/id_ranges.h"

#include "engine/base/digest.h"
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/io/hasher.h"
#include "engine/io/id_map.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace baker {
namespace {

constexpr std::uint32_t kFirst = 0x00080000;
constexpr std::uint32_t kLast = 0x6FFF0000;
constexpr std::uint32_t kRanges = (kLast - kFirst) / kIdsOfAMachine + 1;

class Taken {
 public:
  void add(std::uint64_t first, std::uint64_t count) {
    if (count == 0) return;
    const std::uint64_t last = first + count - 1;
    if (last < kFirst || first >= std::uint64_t{kFirst} + std::uint64_t{kRanges} * kIdsOfAMachine)
      return;
    const std::uint64_t from = first < kFirst ? 0 : (first - kFirst) / kIdsOfAMachine;
    const std::uint64_t to = std::min<std::uint64_t>((last - kFirst) / kIdsOfAMachine, kRanges - 1);
    for (std::uint64_t i = from; i <= to; ++i) ranges_.insert(static_cast<std::uint32_t>(i));
  }

  // Lines of fields between colons: the first id in one, how many in another, or just one.
  void add_file(const char* path, size_t first, std::optional<size_t> count) {
    for (const std::string& line : split(read_file_if_exists(path).value_or(""), '\n')) {
      const std::vector<std::string> fields = split(line, ':');
      if (fields.size() <= std::max(first, count.value_or(0))) continue;
      const auto begin = decimal_number(fields[first]);
      const auto many = count ? decimal_number(fields[*count]) : 1;
      if (begin && many) add(*begin, *many);
    }
  }

  bool has(std::uint32_t range) const { return ranges_.contains(range); }

 private:
  std::set<std::uint32_t> ranges_;
};

}  // namespace

std::uint32_t free_ids(const std::string& machine, const std::set<std::uint32_t>& taken) {
  Taken all;
  for (std::uint32_t first : taken) all.add(first, kIdsOfAMachine);
  for (const char* file : {"/etc/subuid", "/etc/subgid"}) all.add_file(file, 1, 2);
  for (const char* file : {"/etc/passwd", "/etc/group"}) all.add_file(file, 2, std::nullopt);
  for (const std::string& name : list_directory("/run/systemd/nspawn-uid"))
    if (const auto first = decimal_number(name)) all.add(*first, kIdsOfAMachine);
  const std::string digest = digest_of(machine).hex();
  std::uint32_t start = 0;
  std::from_chars(digest.data(), digest.data() + 8, start, 16);
  for (std::uint32_t i = 0; i < kRanges; ++i) {
    const std::uint32_t range = (start % kRanges + i) % kRanges;
    if (!all.has(range)) return kFirst + range * kIdsOfAMachine;
  }
  throw Error("no range of ids is free for the users of machine \"" + machine +
              "\": /etc/subuid, /etc/subgid and other machines have all of them");
}

}  // namespace baker
