#include "engine/io/byte_source.h"

#include "engine/base/error.h"
#include "engine/io/archive_handle.h"
#include "engine/io/files.h"
#include "engine/io/system_error.h"

#include <fcntl.h>
#include <zlib.h>

#include <cerrno>

namespace baker {
namespace {

constexpr size_t kBlockSize = 1 << 20;

// By zlib itself: libarchive does not compare gzip's checksum.
class GzipSource final : public ByteSource {
 public:
  explicit GzipSource(UniqueFd file) : file_(::gzdopen(file.release(), "rb")) {
    if (!file_) throw Error("not enough memory to decompress it");
    ::gzbuffer(file_, kBlockSize);
  }
  ~GzipSource() override { ::gzclose(file_); }

  size_t read(std::span<char> buffer) override {
    size_t filled = 0;
    while (filled < buffer.size()) {
      int count =
          ::gzread(file_, buffer.data() + filled, static_cast<unsigned>(buffer.size() - filled));
      int reason = Z_OK;
      const char* message = ::gzerror(file_, &reason);
      if (reason == Z_ERRNO) throw system_error("cannot read it");
      if (reason == Z_BUF_ERROR) throw Error("it ends early: the gzip stream is truncated");
      if (count < 0 || reason != Z_OK)
        throw Error(std::string("its gzip stream is damaged: ") + message);
      if (count == 0) break;
      filled += static_cast<size_t>(count);
    }
    return filled;
  }
  bool compressed() const override { return true; }

 private:
  ::gzFile file_;
};

class FilterSource final : public ByteSource {
 public:
  explicit FilterSource(UniqueFd file) : file_(std::move(file)), archive_(new_archive_reader()) {
    archive* reader = archive_.get();
    ::archive_read_support_filter_xz(reader);
    ::archive_read_support_filter_lzma(reader);
    ::archive_read_support_filter_zstd(reader);
    ::archive_read_support_filter_bzip2(reader);
    ::archive_read_support_format_raw(reader);
    ::archive_read_support_format_empty(reader);
    archive_entry* entry = nullptr;
    if (::archive_read_open_fd(reader, file_.get(), kBlockSize) != ARCHIVE_OK) fail();
    int result = ::archive_read_next_header(reader, &entry);
    if (result == ARCHIVE_EOF) throw Error("it is empty");
    if (result != ARCHIVE_OK) fail();
  }

  size_t read(std::span<char> buffer) override {
    ssize_t count = ::archive_read_data(archive_.get(), buffer.data(), buffer.size());
    if (count < 0) fail();
    return static_cast<size_t>(count);
  }
  bool compressed() const override {
    return ::archive_filter_code(archive_.get(), 0) != ARCHIVE_FILTER_NONE;
  }

 private:
  [[noreturn]] void fail() {
    throw Error("it is damaged or ends early: " + archive_message(archive_.get()));
  }

  UniqueFd file_;
  ArchiveHandle archive_;
};

}  // namespace

std::unique_ptr<ByteSource> open_byte_source(const std::string& path) {
  UniqueFd file = open_or_throw(path, O_RDONLY);
  unsigned char magic[2] = {};
  ssize_t length = ::pread(file.get(), magic, sizeof magic, 0);
  if (length == 2 && magic[0] == 0x1F && magic[1] == 0x8B) {
    return std::make_unique<GzipSource>(std::move(file));
  }
  return std::make_unique<FilterSource>(std::move(file));
}

ReadAhead::ReadAhead(ByteSource& source) : source_(source), free_(3), thread_([this] { fill(); }) {}

ReadAhead::~ReadAhead() {
  {
    std::lock_guard lock(mutex_);
    abandoned_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::span<const char> ReadAhead::next() {
  std::unique_lock lock(mutex_);
  if (current_.capacity() > 0) free_.push_back(std::move(current_));
  current_ = {};
  changed_.notify_all();
  changed_.wait(lock, [&] { return !full_.empty() || ended_; });
  if (!full_.empty()) {
    current_ = std::move(full_.front());
    full_.pop_front();
    return current_;
  }
  if (failure_) std::rethrow_exception(failure_);
  return {};
}

void ReadAhead::fill() try {
  while (std::optional<Block> block = take_free_block()) {
    block->resize(kBlockSize);
    block->resize(source_.read(*block));
    bool last = block->size() < kBlockSize;
    std::lock_guard lock(mutex_);
    if (!block->empty()) full_.push_back(std::move(*block));
    ended_ = last;
    changed_.notify_all();
    if (last) return;
  }
} catch (...) {
  std::lock_guard lock(mutex_);
  failure_ = std::current_exception();
  ended_ = true;
  changed_.notify_all();
}

std::optional<ReadAhead::Block> ReadAhead::take_free_block() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !free_.empty() || abandoned_; });
  if (abandoned_) return std::nullopt;
  Block block = std::move(free_.front());
  free_.pop_front();
  return block;
}

}  // namespace baker
