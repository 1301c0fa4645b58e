// Owning a libarchive reader.
#pragma once

#include "engine/base/error.h"

#include <archive.h>

#include <memory>
#include <string>

namespace baker {

struct FreeArchive {
  void operator()(archive* reader) const { ::archive_read_free(reader); }
};
using ArchiveHandle = std::unique_ptr<archive, FreeArchive>;

inline ArchiveHandle new_archive_reader() {
  ArchiveHandle reader(::archive_read_new());
  if (!reader) throw Error("not enough memory to read an archive");
  return reader;
}

inline std::string archive_message(archive* reader) {
  const char* message = ::archive_error_string(reader);
  return message ? message : "no reason is given";
}

}  // namespace baker
