// A file that is compressed while it is written, with the digests of what goes in and what comes
// out.
#pragma once

#include "engine/base/digest.h"
#include "engine/io/hasher.h"
#include "engine/io/unique_fd.h"

#include <zstd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace baker {

class ZstdFile {
 public:
  // Makes the file anew. How many threads compress makes no difference to the bytes. All functions
  // throw Error.
  ZstdFile(std::string path, int threads);

  void write(std::string_view bytes);

  struct Written {
    Digest plain;
    Digest compressed;
    std::uint64_t size = 0;  // compressed, in bytes
  };
  // To be called once, after everything was written. Nothing is synced.
  Written finish();

 private:
  void compress(std::string_view bytes, ZSTD_EndDirective how);

  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  std::string path_;
  UniqueFd file_;
  std::unique_ptr<ZSTD_CCtx, Free> context_;
  std::vector<char> buffer_;
  Hasher plain_;
  Hasher compressed_;
  std::uint64_t size_ = 0;
};

}  // namespace baker
