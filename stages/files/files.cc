// `files`: content that is not made but brought: from the pipeline's folder, or from the pipeline.
#include <baker/stage.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "template_text.h"

namespace baker {
namespace {

namespace fs = std::filesystem;

std::string content_of(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw StageError("can't read the input " + file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

bool is_executable(const std::string& file) {
  return (fs::status(file).permissions() & fs::perms::owner_exec) != fs::perms::none;
}

FileAttributes attributes_of(const Options& options, std::uint32_t default_mode) {
  FileAttributes attributes;
  attributes.mode = options.has("mode")
                        ? static_cast<std::uint32_t>(std::stoul(options.string("mode"), nullptr, 8))
                        : default_mode;
  attributes.uid = static_cast<std::uint32_t>(options.integer("uid"));
  attributes.gid = static_cast<std::uint32_t>(options.integer("gid"));
  return attributes;
}

// What does not depend on the content of the source; said before anything is written.
void check_entry(const std::string& path, const Options& entry) {
  if (entry.boolean("template") && entry.has("content")) {
    throw StageError(
        "\"" + path +
        "\": `template` is for a source; `content` is filled in where it stands, in the pipeline");
  }
  if (!entry.boolean("template") && !entry.string_map("values").empty()) {
    throw StageError("\"" + path + "\" has `values` but is not a template: add `template = true`");
  }
}

void copy_folder(Root& root, const std::string& path, const Options& entry) {
  if (entry.has("mode") || entry.boolean("template")) {
    throw StageError("\"" + path +
                     "\" comes from a folder: `mode` and `template` are for single files");
  }
  root.copy_in(entry.string("source"), path, attributes_of(entry, 0755));
}

void write_entry(Root& root, const std::string& path, const Options& entry) {
  if (entry.has("content")) {
    root.write_file(path, entry.string("content"), attributes_of(entry, 0644));
    return;
  }
  const std::string source = entry.path("source");
  if (fs::is_directory(source)) {
    copy_folder(root, path, entry);
    return;
  }
  const FileAttributes attributes = attributes_of(entry, is_executable(source) ? 0755 : 0644);
  if (entry.boolean("template")) {
    const std::string filled = fill_template(content_of(source), entry.string_map("values"),
                                             "the template of \"" + path + "\"");
    root.write_file(path, filled, attributes);
  } else {
    root.copy_in(source, path, attributes);
  }
}

struct Files : LayerStage {
  void run(Root& root, const Options& options) override {
    const auto directories = options.table_map("directories");
    const auto files = options.table_map("files");
    const auto symlinks = options.string_map("symlinks");
    for (const auto& [path, entry] : files) check_entry(path, entry);

    for (const auto& [path, entry] : directories) {
      root.make_directory(path, attributes_of(entry, 0755));
    }
    for (const auto& [path, entry] : files) write_entry(root, path, entry);
    for (const auto& [path, target] : symlinks) root.make_symlink(path, target);
  }
};

}  // namespace

BAKER_STAGE(Files)

}  // namespace baker
