// Content on its way into the store: a locked file in STORE/partial, hashed while it grows.
#pragma once

#include "engine/base/digest.h"
#include "engine/io/hasher.h"
#include "engine/io/unique_fd.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace baker {

// The size of content that the store has.
std::optional<std::uint64_t> size_in_store(const std::string& store, const Digest& digest);

class PartialFile {
 public:
  // Goes on from what an earlier process left, all of which it hashes. Nothing while somebody else
  // holds the file; whoever gets it must look into the store again. Throws Error, as all below.
  static std::optional<PartialFile> try_lock(const std::string& store, const Digest& digest);

  PartialFile(PartialFile&&) = default;
  PartialFile& operator=(PartialFile&&) = default;
  ~PartialFile();  // what has come so far stays for the next process; an empty file goes

  std::uint64_t size() const { return size_; }

  // Throws where the file system has no room for so many bytes more.
  void require_space(std::uint64_t bytes) const;
  // `still_to_come`, these bytes among them, is for the message where the disk turns out full.
  void append(std::string_view bytes, std::uint64_t still_to_come);
  void restart();

  // To be called once, when everything has come.
  Digest digest() { return hasher_.finish(); }
  // On return the content is in the store, whoever put it there, and the lock is free. Where it is
  // to be durable, it is on the disk as well, and this waits for an fsync.
  void publish(bool durable = true);
  void discard();  // the lock is free then

 private:
  PartialFile(std::string store, const Digest& digest, UniqueFd file);

  std::string store_;
  std::string name_;
  std::string path_;
  UniqueFd file_;
  HashAlgorithm algorithm_;
  Hasher hasher_;
  std::uint64_t size_ = 0;
};

}  // namespace baker
