// The bytes of an archive file after decompression (gzip, xz, zstd, bzip2 or none), read ahead by a
// thread, so that decompressing and writing overlap as they do in `tar -xz`.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace baker {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills the buffer from its start; fewer bytes than asked for only at the end. Throws Error where
  // the file can't be read, is damaged, or ends early.
  virtual size_t read(std::span<char> buffer) = 0;
  virtual bool compressed() const = 0;
};

// Throws Error where the file can't be opened.
std::unique_ptr<ByteSource> open_byte_source(const std::string& path);

class ReadAhead {
 public:
  // From now on only its own thread may read `source`, which outlives it. The destructor waits for
  // that thread's current read.
  explicit ReadAhead(ByteSource& source);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // Waits for the next block, which is good until the next call and empty at the end. Throws what
  // the source threw, in its place.
  std::span<const char> next();

 private:
  using Block = std::vector<char>;
  void fill();
  std::optional<Block> take_free_block();

  ByteSource& source_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Block> free_;
  std::deque<Block> full_;
  Block current_;
  std::exception_ptr failure_;
  bool ended_ = false;
  bool abandoned_ = false;
  std::thread thread_;
};

}  // namespace baker
