#include "jar_classes.h"

#include <archive.h>
#include <archive_entry.h>
#include <baker/sdk/error.h>

#include <algorithm>
#include <memory>
#include <string_view>

namespace baker::kafka {

void add_classes_of_jar(const std::string& file, std::set<std::string>& classes) {
  constexpr std::string_view suffix = ".class";
  const std::unique_ptr<archive, decltype(&archive_read_free)> jar(archive_read_new(),
                                                                   archive_read_free);
  auto require = [&](int result) {
    if (result >= ARCHIVE_WARN) return;
    throw StageError(file + " can't be read as a jar: " + archive_error_string(jar.get()));
  };
  require(archive_read_support_format_zip_seekable(jar.get()));
  require(archive_read_open_filename(jar.get(), file.c_str(), 1 << 16));
  archive_entry* entry = nullptr;
  for (int result; (result = archive_read_next_header(jar.get(), &entry)) != ARCHIVE_EOF;) {
    require(result);
    std::string name = archive_entry_pathname(entry);
    if (!name.ends_with(suffix)) continue;
    name.resize(name.size() - suffix.size());
    std::replace(name.begin(), name.end(), '/', '.');
    classes.insert(std::move(name));
  }
}

}  // namespace baker::kafka
