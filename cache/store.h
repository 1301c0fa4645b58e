// The store: layers, action records and downloads under one folder. No daemon, no database; it
// knows nothing of stages. docs/store-format.md describes what lies where.
//
//   layers/<digest>/{tree,listing}   immutable, in overlayfs form, mountable as it lies
//   actions/<key>                    the only commit point
//   downloads/<algorithm>-<hex>      pinned content
//   locks/<key>                      one bake of a key at a time, across processes
//   tmp/<boot id>-<pid>-<n>/         work in progress, owned through a held lock
#pragma once

#include "cache/action_record.h"
#include "cache/file_ops.h"
#include "cache/running_use.h"
#include "engine/base/digest.h"
#include "engine/io/lock.h"
#include "engine/io/unique_fd.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace baker {

// A folder in tmp/. When the object goes, it is removed with all that was not moved away. Where
// baker is killed, a later sweep() removes it.
class WorkFolder {
 public:
  WorkFolder(std::string path, FileLock lock, FileOps& files);
  WorkFolder(WorkFolder&& other) noexcept;
  WorkFolder& operator=(WorkFolder&&) = delete;
  ~WorkFolder();
  const std::string& path() const { return path_; }
  // It stays for a sweep(), which removes it while nobody waits.
  void leave() { path_.clear(); }

 private:
  std::string path_;  // empty: it is no longer ours to remove
  FileLock lock_;
  FileOps* files_;
};

// One layer and its record on their way into the store.
struct Commit {
  std::string work_layer;  // folder that holds tree and listing; empty: only the record is new
  Digest layer;
  std::string key;  // hex
  ActionRecord record;
};

// One thread may commit while another does anything else but prepare().
class Store {
 public:
  // Touches nothing. `files` outlives the store and its work folders. Where the folders are made
  // later, find() and has_layer() see them only after prepare(). Throws Error for a store of a
  // newer format.
  Store(std::string folder, FileOps& files);

  const std::string& folder() const { return folder_; }
  std::string layer_path(const Digest& layer) const;
  std::string downloads_folder() const { return folder_ + "/downloads"; }
  std::string download_path(const Digest& content) const;
  std::string record_path(const std::string& key) const;
  // Notes that spare work and may be lost at any time.
  std::string memo_path(const std::string& name) const { return folder_ + "/" + name; }

  // Makes the folders; throws Error where they can't be written, or where the file system lacks
  // what a store needs. Only root gets at layers, roots and downloads: what lies in them can be
  // setuid, a device, or secret.
  void prepare();
  // Removes what dead processes left in tmp/, in a process that may go on after this one; nothing
  // while somebody else sweeps or makes a work folder.
  void sweep();
  // The same, and waits for it. Returns what can't be removed, in words.
  std::vector<std::string> sweep_all();
  // From then on garbage collection takes nothing that find() and has_download() have found, nor
  // what comes into the store, for as long as this object lives. Does nothing before prepare().
  // Throws Error.
  void begin_use();
  // When nothing is to be built any more, and what was used is noted elsewhere.
  void end_use() { use_.reset(); }
  // Waits while somebody sweeps. May be called by several threads.
  WorkFolder make_work_folder();

  // The layer under a key. A record that is damaged or whose layer is missing counts as absent;
  // `damage` then says what was found.
  std::optional<Digest> find(const std::string& key, std::string* damage = nullptr) const;
  // Nothing where it is absent or damaged; does not look for the layer.
  std::optional<ActionRecord> record(const std::string& key) const;
  // One that was marked as damaged counts as absent.
  bool has_layer(const Digest& layer) const;
  bool has_download(const std::string& name) const;  // as its file is called

  // Nothing where somebody else bakes this key at the moment.
  std::optional<FileLock> try_lock_key(const std::string& key);
  std::string key_lock_path(const std::string& key) const { return folder_ + "/locks/" + key; }

  // The same, and reads all of it; one that is not what was baked is marked. Throws Error.
  bool has_whole_layer(const Digest& layer);
  // A layer that is not what was baked is no longer used for anything new, and is baked again; the
  // machines that stand on it keep it. Durable. Throws Error.
  void mark_damaged(const Digest& layer);
  // A record or a download leaves the store, and stays in quarantine/. Throws Error.
  void set_aside(const std::string& path);

  // Waits for one syncfs, then layers appear, then records; on return all is on the disk. Throws
  // Error. After that, or a crash at any point, a part may be there, but each record names a whole
  // layer.
  void commit(const std::vector<Commit>& commits);

  // Records that nothing stands on, not synced: they name layers that are in the store, and a power
  // cut may take them. Throws Error.
  void note(const std::vector<Commit>& commits);

 private:
  std::vector<std::string> take_dead_folders();
  std::optional<Digest> find_record(const std::string& key, std::string* damage) const;
  void open_folders();
  void check_format() const;
  void try_file_system();
  void protect_layers();
  void put_layer(const Commit& commit);
  void write_records(const WorkFolder& folder, const std::vector<Commit>& commits);
  void put_records(const WorkFolder& folder, const std::vector<Commit>& commits);

  std::string folder_;
  FileOps& files_;
  // Held, so that looking up thousands of keys walks no long path. Invalid where they don't exist.
  UniqueFd layers_;
  UniqueFd actions_;
  std::unique_ptr<RunningUse> use_;      // empty: whoever looks only looks
  std::atomic<unsigned> next_work_ = 0;  // work folders are made by several threads
};

}  // namespace baker
