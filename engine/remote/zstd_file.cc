#include "engine/remote/zstd_file.h"

#include "engine/base/error.h"
#include "engine/io/files.h"

#include <fcntl.h>

namespace baker {
namespace {

constexpr int kLevel = 3;

void require(size_t code) {
  if (ZSTD_isError(code)) throw Error(std::string("compressing: ") + ZSTD_getErrorName(code));
}

}  // namespace

ZstdFile::ZstdFile(std::string path, int threads)
    : path_(std::move(path)),
      file_(open_or_throw(path_, O_WRONLY | O_CREAT | O_TRUNC, 0600)),
      context_(ZSTD_createCCtx()),
      buffer_(ZSTD_CStreamOutSize()) {
  if (!context_) throw Error("not enough memory to compress");
  require(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kLevel));
  require(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1));
  require(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_nbWorkers, threads));
}

void ZstdFile::write(std::string_view bytes) {
  plain_.update(bytes);
  compress(bytes, ZSTD_e_continue);
}

void ZstdFile::compress(std::string_view bytes, ZSTD_EndDirective how) {
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  for (;;) {
    ZSTD_outBuffer out{buffer_.data(), buffer_.size(), 0};
    const size_t left = ZSTD_compressStream2(context_.get(), &out, &in, how);
    require(left);
    const std::string_view made(buffer_.data(), out.pos);
    write_all(file_.get(), made, path_);
    compressed_.update(made);
    size_ += made.size();
    if (how == ZSTD_e_end ? left == 0 : in.pos == in.size) return;
  }
}

ZstdFile::Written ZstdFile::finish() {
  compress({}, ZSTD_e_end);
  return {plain_.finish(), compressed_.finish(), size_};
}

}  // namespace baker
