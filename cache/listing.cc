#include "cache/listing.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/content_xattrs.h"
#include "engine/io/files.h"
#include "engine/io/root_dir.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ranges>

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

std::string text_of(const std::map<std::string, std::string>& xattrs) {
  if (xattrs.empty()) return "-";
  std::string text;
  for (const auto& [name, value] : xattrs) {
    if (!text.empty()) text += ',';
    text += xattr_name_of(name) + '=' + hex_encode(value);
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
                                           : hex_decode(std::string_view(pair).substr(equals + 1));
    if (!value) throw Error("not an extended attribute: " + pair);
    xattrs[decoded(pair.substr(0, equals))] = *value;
  }
  return xattrs;
}

// A whole listing has no other paths; one that somebody has written must lead nobody out of the
// tree.
std::string inside(std::string path) {
  const bool leaves = path.empty() || path.front() == '/' ||
                      (path.find("..") != std::string::npos &&
                       ("/" + path + "/").find("/../") != std::string::npos);
  if (leaves) throw Error("the path " + percent_encode(path) + " leaves the layer");
  return path;
}

ListingEntry entry_of(std::string_view line) {
  std::string_view fields[kFields];
  for (size_t i = 0; i < kFields; ++i) {
    const size_t end = i + 1 < kFields ? line.find(' ') : line.size();
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
  if (entry.type == 'h') entry.content = inside(entry.content);
  entry.path = inside(decoded(fields[9]));
  return entry;
}

// The last field of a line, as it is written. Throws Error where the line has other fields.
std::string_view written_path(std::string_view line) {
  for (size_t i = 1; i < kFields; ++i) {
    const size_t end = line.find(' ');
    if (end == std::string_view::npos) throw Error("a field is missing");
    line.remove_prefix(end + 1);
  }
  if (line.find(' ') != std::string_view::npos) throw Error("there is a field too many");
  return line;
}

}  // namespace

// A listing's bytes: its own, or those of a file.
class Listing::Text {
 public:
  explicit Text(std::string text) : own_(std::move(text)), bytes_(own_) {}
  Text(int fd, const std::string& path) {
    struct stat status {};
    if (fstat(fd, &status) != 0) throw system_error("cannot look at " + path);
    const auto size = static_cast<size_t>(status.st_size);
    if (size == 0) return;
    mapped_ = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (mapped_ == MAP_FAILED) throw system_error("cannot map " + path);
    bytes_ = {static_cast<const char*>(mapped_), size};
  }
  ~Text() {
    if (mapped_) munmap(mapped_, bytes_.size());
  }
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;

  std::string_view bytes() const { return bytes_; }
  void forget_pages() const {
    if (mapped_) madvise(mapped_, bytes_.size(), MADV_DONTNEED);
  }

 private:
  std::string own_;
  void* mapped_ = nullptr;
  std::string_view bytes_;
};

std::string line_of(const ListingEntry& entry) {
  return fmt::format("{} {:o} {} {} {} {} {} {} {} {}\n", entry.type, entry.mode, entry.uid,
                     entry.gid, entry.size, entry.mtime, entry.device.empty() ? "-" : entry.device,
                     text_of(entry.xattrs), field_of(entry.content), percent_encode(entry.path));
}

ListingEntry without_marks(ListingEntry entry) {
  std::erase_if(entry.xattrs, [](const auto& xattr) { return is_layer_mark(xattr.first); });
  return entry;
}

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

bool ListingEntry::same_attributes(const ListingEntry& other) const {
  return mode == other.mode && uid == other.uid && gid == other.gid &&
         without_marks(*this).xattrs == without_marks(other).xattrs;
}

Listing::Listing(std::shared_ptr<const Text> owner)
    : owner_(std::move(owner)), text_(owner_->bytes()) {
  constexpr size_t kLinesBetween = 1 << 15;
  std::string before;
  for (size_t at = 0; at < text_.size();) {
    const size_t end = text_.find('\n', at);
    if (end == std::string_view::npos) throw Error("the listing of the layer is cut off");
    starts_.push_back(at);
    try {
      std::string path = decoded(written_path(text_.substr(at, end - at)));
      if (at > 0 && path <= before) throw Error("out of order: " + path);
      before = std::move(path);
    } catch (Error& error) {
      throw error.during(fmt::format("line {} of the listing of the layer", starts_.size()));
    }
    at = end + 1;
    if (starts_.size() % kLinesBetween == 0) forget_pages();
  }
}

Listing Listing::parse(std::string text) {
  return Listing(std::make_shared<const Text>(std::move(text)));
}

Listing Listing::map_file(const std::string& path) {
  const UniqueFd file = open_or_throw(path, O_RDONLY | O_NONBLOCK);
  return Listing(std::make_shared<const Text>(file.get(), path));
}

Listing Listing::of(const std::vector<ListingEntry>& entries) {
  std::string text;
  for (const ListingEntry& entry : entries) text += line_of(entry);
  return parse(std::move(text));
}

std::string_view Listing::line(size_t index) const {
  const std::uint64_t end = index + 1 < starts_.size() ? starts_[index + 1] : text_.size();
  return text_.substr(starts_[index], end - starts_[index] - 1);
}

ListingEntry Listing::at(size_t index) const {
  try {
    return entry_of(line(index));
  } catch (Error& error) {
    throw error.during(fmt::format("line {} of the listing of the layer", index + 1));
  }
}

std::string Listing::path_at(size_t index) const {
  return decoded(line(index).substr(line(index).rfind(' ') + 1));
}

size_t Listing::lower_bound(std::string_view path) const {
  const auto indices = std::views::iota(size_t{0}, size());
  const auto found =
      std::ranges::lower_bound(indices, path, {}, [this](size_t index) { return path_at(index); });
  return static_cast<size_t>(found - indices.begin());
}

std::optional<ListingEntry> Listing::find(std::string_view path) const {
  const size_t index = lower_bound(path);
  if (index == size() || path_at(index) != path) return std::nullopt;
  return at(index);
}

std::vector<size_t> Listing::implied() const {
  std::vector<size_t> found;
  size_t after = 0;
  const std::string_view mark = kImpliedMark;
  for (;;) {
    const void* mentioned =
        memmem(text_.data() + after, text_.size() - after, mark.data(), mark.size());
    if (!mentioned) break;
    const auto at = static_cast<size_t>(static_cast<const char*>(mentioned) - text_.data());
    const auto next = std::ranges::upper_bound(starts_, at);
    const auto index = static_cast<size_t>(next - starts_.begin()) - 1;
    if (this->at(index).implied()) found.push_back(index);
    after = next == starts_.end() ? text_.size() : *next;
  }
  return found;
}

std::optional<std::string> Listing::first_with_id_from(std::uint32_t least) const {
  for (size_t i = 0; i < size(); ++i) {
    std::string_view rest = line(i);
    for (int field = 0; field < 4; ++field) {
      const size_t end = std::min(rest.find(' '), rest.size());
      if (field >= 2 && number_of<std::uint32_t>(rest.substr(0, end)) >= least) return path_at(i);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return std::nullopt;
}

std::uint64_t Listing::content_bytes() const {
  std::uint64_t bytes = 0;
  for (size_t i = 0; i < size(); ++i) bytes += at(i).size;
  return bytes;
}

void Listing::forget_pages() const {
  if (owner_) owner_->forget_pages();
}

}  // namespace baker
