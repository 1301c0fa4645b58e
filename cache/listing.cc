#include "cache/listing.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/root_dir.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace baker {
namespace {

constexpr size_t kFields = 10;
constexpr std::string_view kTypes = "fdlhcbpw";

// A field of a line. "-" is an empty one, so that content "-" (where a symlink may lead) needs
// other words; a comma would end an extended attribute.
std::string field_of(const std::string& bytes) {
  if (bytes.empty()) return "-";
  return bytes == "-" ? "%2D" : percent_encode(bytes);
}

std::string xattr_name_of(const std::string& name) {
  std::vector<std::string> parts = split(name, ',');
  for (std::string& part : parts) part = percent_encode(part);
  return join(parts, "%2C");
}

std::string hex_of(std::string_view bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string hex;
  for (char c : bytes) {
    auto byte = static_cast<unsigned char>(c);
    hex += {kHex[byte >> 4], kHex[byte & 15]};
  }
  return hex;
}

std::optional<std::string> bytes_of(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size() + 1; i += 2) {
    unsigned value = 0;
    if (i + 2 > hex.size() ||
        std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16).ptr != hex.data() + i + 2) {
      return std::nullopt;
    }
    bytes.push_back(static_cast<char>(value));
  }
  return bytes;
}

std::string text_of(const std::map<std::string, std::string>& xattrs) {
  if (xattrs.empty()) return "-";
  std::string text;
  for (const auto& [name, value] : xattrs) {
    if (!text.empty()) text += ',';
    text += xattr_name_of(name) + '=' + hex_of(value);
  }
  return text;
}

template <typename Number>
Number number_of(std::string_view text, int base = 10) {
  Number value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size())
    throw Error("not a number: " + std::string(text));
  return value;
}

std::string decoded(std::string_view text) {
  std::optional<std::string> bytes = percent_decode(text);
  if (!bytes) throw Error("not percent-encoded: " + std::string(text));
  return *std::move(bytes);
}

std::map<std::string, std::string> xattrs_of(std::string_view text) {
  std::map<std::string, std::string> xattrs;
  if (text == "-") return xattrs;
  for (const std::string& pair : split(text, ',')) {
    size_t equals = pair.rfind('=');
    std::optional<std::string> value = equals == std::string::npos
                                           ? std::nullopt
                                           : bytes_of(std::string_view(pair).substr(equals + 1));
    if (!value) throw Error("not an extended attribute: " + pair);
    xattrs[decoded(pair.substr(0, equals))] = *value;
  }
  return xattrs;
}

ListingEntry entry_of(std::string_view line) {
  std::string_view fields[kFields];
  for (size_t i = 0; i < kFields; ++i) {
    size_t end = i + 1 < kFields ? line.find(' ') : line.size();
    if (end == std::string_view::npos) throw Error("a field is missing");
    fields[i] = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  if (fields[0].size() != 1 || kTypes.find(fields[0]) == std::string_view::npos)
    throw Error("unknown type: " + std::string(fields[0]));
  ListingEntry entry;
  entry.type = fields[0][0];
  entry.mode = number_of<unsigned>(fields[1], 8);
  entry.uid = number_of<unsigned>(fields[2]);
  entry.gid = number_of<unsigned>(fields[3]);
  entry.size = number_of<std::uint64_t>(fields[4]);
  entry.mtime = number_of<std::int64_t>(fields[5]);
  if (fields[6] != "-") entry.device = fields[6];
  entry.xattrs = xattrs_of(fields[7]);
  if (fields[8] != "-") entry.content = decoded(fields[8]);
  entry.path = decoded(fields[9]);
  return entry;
}

}  // namespace

bool ListingEntry::implied() const {
  return type == 'd' && xattrs.contains(kImpliedMark);
}

bool ListingEntry::opaque() const {
  auto mark = xattrs.find("trusted.overlay.opaque");
  return type == 'd' && mark != xattrs.end() && mark->second == "y";
}

bool ListingEntry::same_content(const ListingEntry& other) const {
  return type == other.type && mode == other.mode && uid == other.uid && gid == other.gid &&
         size == other.size && device == other.device && xattrs == other.xattrs &&
         content == other.content;
}

Listing Listing::parse(std::string_view text) {
  Listing listing;
  for (size_t line = 1; !text.empty(); ++line) {
    size_t end = text.find('\n');
    if (end == std::string_view::npos) throw Error("the listing of the layer is cut off");
    try {
      ListingEntry entry = entry_of(text.substr(0, end));
      if (!listing.entries_.empty() && entry.path <= listing.entries_.back().path)
        throw Error("out of order: " + entry.path);
      listing.entries_.push_back(std::move(entry));
    } catch (Error& error) {
      throw error.during("line " + std::to_string(line) + " of the listing of the layer");
    }
    text.remove_prefix(end + 1);
  }
  return listing;
}

std::string Listing::text() const {
  std::string text;
  char numbers[160];
  for (const ListingEntry& entry : entries_) {
    std::snprintf(numbers, sizeof numbers, "%c %o %u %u %llu %lld ", entry.type, entry.mode,
                  entry.uid, entry.gid, static_cast<unsigned long long>(entry.size),
                  static_cast<long long>(entry.mtime));
    text += numbers;
    text += entry.device.empty() ? "-" : entry.device;
    text += ' ' + text_of(entry.xattrs) + ' ';
    text += field_of(entry.content) + ' ' + percent_encode(entry.path) + '\n';
  }
  return text;
}

const ListingEntry* Listing::find(std::string_view path) const {
  auto found = std::lower_bound(
      entries_.begin(), entries_.end(), path,
      [](const ListingEntry& entry, std::string_view wanted) { return entry.path < wanted; });
  return found != entries_.end() && found->path == path ? &*found : nullptr;
}

std::span<const ListingEntry> Listing::entries_below(const std::string& path) const {
  const std::string first = path + "/", after = path + "0";  // the character after '/'
  auto at = [this](const std::string& wanted) {
    return std::ranges::lower_bound(entries_, wanted, {}, &ListingEntry::path);
  };
  return {at(first), at(after)};
}

std::uint64_t Listing::content_bytes() const {
  std::uint64_t bytes = 0;
  for (const ListingEntry& entry : entries_) bytes += entry.size;
  return bytes;
}

}  // namespace baker
