// Unpacks whatever it is given into a root of its own; first as a plain archive, then as an OCI
// layer on top. An Error is a good answer; anything that appears or disappears beside the
// root is not.
#include "engine/base/error.h"
#include "engine/io/archive_unpacker.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace {

namespace fs = std::filesystem;

// Of this process, on a file system in memory where there is one.
struct Playground {
  Playground() {
    fs::path base = fs::is_directory("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path();
    std::string name = (base / "baker-fuzz-XXXXXX").string();
    if (!::mkdtemp(name.data())) std::abort();
    path = name;
  }
  ~Playground() { baker::remove_tree(path.string()); }
  fs::path path;
};

void unpack(const fs::path& archive, const fs::path& root_path, bool oci_layer) {
  try {
    baker::RootDir root(root_path.string());
    baker::unpack_archive(
        archive.string(), "input", root,
        {.whiteouts = oci_layer ? baker::WhiteoutNames::kRemove : baker::WhiteoutNames::kPlain});
  } catch (const baker::Error&) {
  }
}

void expect_the_same_beside_the_root(const fs::path& playground) {
  if (!fs::exists(playground / "archive")) {
    std::fprintf(stderr, "what lay beside the root is gone\n");
    std::abort();
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(playground)) {
    if (entry.path().filename() == "archive" || entry.path().filename() == "root") continue;
    std::fprintf(stderr, "%s is outside the root\n", entry.path().c_str());
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  Playground playground;
  fs::path archive = playground.path / "archive";
  fs::path root = playground.path / "root";
  std::ofstream(archive, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  fs::create_directory(root);
  unpack(archive, root, false);
  unpack(archive, root, true);
  expect_the_same_beside_the_root(playground.path);
  return 0;
}
