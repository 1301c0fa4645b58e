#include "engine/io/archive_unpacker.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/io/archive_reader.h"
#include "engine/io/entry_writer.h"
#include "engine/io/whiteouts.h"

#include <sys/stat.h>

#include <optional>

namespace baker {
namespace {

// Where a name of the archive lies in the root; nothing where stripping leaves nothing of it.
std::optional<std::string> path_in_root(std::string_view name, const UnpackOptions& options) {
  std::string path = options.to;
  while (path.ends_with('/')) path.pop_back();
  unsigned to_strip = options.strip;
  bool kept_any = false;
  while (!name.empty()) {
    size_t slash = name.find('/');
    std::string_view part = name.substr(0, slash);
    name.remove_prefix(slash == std::string_view::npos ? name.size() : slash + 1);
    if (part == "..") throw Error("its path contains \"..\" and could leave its folder");
    if (part.empty() || part == ".") continue;
    kept_any = to_strip == 0;
    if (kept_any) {
      path.append("/").append(part);
    } else {
      --to_strip;
    }
  }
  if (options.strip > 0 && !kept_any) return std::nullopt;
  return path.empty() ? "/" : path;
}

class Unpacking {
 public:
  Unpacking(RootDir& root, const UnpackOptions& options)
      : options_(options),
        writer_(root, options.whiteouts == WhiteoutNames::kRemove
                          ? EntryWriter::Conflicts::kReplace
                          : EntryWriter::Conflicts::kCareful) {
    if (options.whiteouts == WhiteoutNames::kRemove) whiteouts_.emplace(root);
  }

  void take(const ArchiveEntry& entry, ArchiveReader& reader) {
    std::optional<std::string> path = path_in_root(entry.path, options_);
    if (!path) return;
    bool is_top = path == path_in_root("", {.to = options_.to});
    if (is_top && (entry.type != S_IFDIR || entry.hardlink)) {
      throw Error("its path names the place that the archive is unpacked to");
    }
    std::string_view name = ParentCache::name_in(*path);
    if (options_.whiteouts == WhiteoutNames::kLeaveOut && Whiteouts::is_whiteout(name)) return;
    if (whiteouts_ && Whiteouts::is_whiteout(name)) {
      whiteouts_->apply(*path);
      writer_.parents().forget();
    } else {
      result_.bytes += writer_.write(*path, entry, link_in_root(entry), reader);
      if (whiteouts_ && !is_top) whiteouts_->keep(writer_.parents().of(*path), name);
    }
    ++result_.entries;
  }

  UnpackResult finish() {
    writer_.finish();
    return result_;
  }

 private:
  std::string link_in_root(const ArchiveEntry& entry) const {
    if (!entry.hardlink) return "";
    std::optional<std::string> link;
    try {
      link = path_in_root(*entry.hardlink, options_);
    } catch (Error& error) {
      throw error.during("its hard link to " + json_quote(*entry.hardlink));
    }
    if (!link) {
      throw Error("it is a hard link to " + json_quote(*entry.hardlink) + ", which is left out");
    }
    return *link;
  }

  UnpackOptions options_;
  EntryWriter writer_;
  std::optional<Whiteouts> whiteouts_;
  UnpackResult result_;
};

}  // namespace

UnpackResult unpack_archive(const std::string& archive_file, const std::string& name, RootDir& root,
                            const UnpackOptions& options) try {
  ArchiveReader reader(archive_file);
  Unpacking unpacking(root, options);
  if (options.to != "/") root.place(options.to + "/any");
  ArchiveEntry entry;
  while (reader.next(entry)) {
    try {
      unpacking.take(entry, reader);
    } catch (Error& error) {
      throw error.during("entry " + json_quote(entry.path));
    }
  }
  return unpacking.finish();
} catch (Error& error) {
  throw error.during("unpacking " + name);
}

}  // namespace baker
