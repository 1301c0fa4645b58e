// The listing of a layer: one line per entry, sorted by path, from which the layer's digest is made
// (SHA-256 of the listing's bytes). docs/store-format.md describes the lines.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace baker {

struct ListingEntry {
  char type = 'f';  // f file, d directory, l symlink, h hard link, c b devices, p fifo, w whiteout
  unsigned mode = 0;
  unsigned uid = 0;
  unsigned gid = 0;
  std::uint64_t size = 0;  // of a file
  std::int64_t mtime = 0;  // seconds
  std::string device;      // "major:minor" of a device
  std::map<std::string, std::string> xattrs;
  std::string content;  // SHA-256 of a file, target of a symlink, first path of a hard link
  std::string path;     // relative to the tree, "." for the tree itself

  bool implied() const;
  bool opaque() const;
  // The same thing in the place of another layer's entry, except for times and hard links' paths.
  bool same_content(const ListingEntry& other) const;
  // The same mode, owner and xattrs, leaving aside what is only a layer's mark.
  bool same_attributes(const ListingEntry& other) const;
};

// What the entry says of the file, leaving aside what it says of the layer.
ListingEntry without_marks(ListingEntry entry);

// Its line, with the newline.
std::string line_of(const ListingEntry& entry);

// Keeps the text and where its lines begin; an entry is made of its line when it is asked for, so
// that a million entries cost little more than their lines.
class Listing {
 public:
  Listing() = default;
  // Both throw Error, with the number of the line, for what is not a listing: lines of other
  // fields, or out of order. What a field says is read by at() and find().
  static Listing parse(std::string text);
  // Stays valid when the file is removed, but the file must not be changed.
  static Listing map_file(const std::string& path);
  // Sorted by path.
  static Listing of(const std::vector<ListingEntry>& entries);

  // Good as long as this listing or a copy of it lives.
  std::string_view text() const { return text_; }
  size_t size() const { return starts_.size(); }
  // These throw Error where the line says what no entry can be.
  ListingEntry at(size_t index) const;
  std::optional<ListingEntry> find(std::string_view path) const;

  std::string path_at(size_t index) const;
  // The first entry whose path is not less; size() where there is none.
  size_t lower_bound(std::string_view path) const;
  // Directories that are only implied, by their indices.
  std::vector<size_t> implied() const;
  // The path of the first entry whose owner or group is not less; nothing where there is none.
  std::optional<std::string> first_with_id_from(std::uint32_t id) const;
  std::uint64_t content_bytes() const;

  // A hint that what was read so far need not stay in memory. Costs nothing but reading it again.
  void forget_pages() const;

 private:
  class Text;
  explicit Listing(std::shared_ptr<const Text> owner);
  std::string_view line(size_t index) const;

  std::shared_ptr<const Text> owner_;
  std::string_view text_;
  std::vector<std::uint64_t> starts_;  // of the lines
};

}  // namespace baker
