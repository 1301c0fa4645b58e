#include "tests/support/flagship.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/support/file_lock.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;

std::string content_of_file(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

fs::path kept_folder() {
  const char* chosen = std::getenv("BAKER_TEST_CACHE");
  const fs::path folder = chosen ? fs::path(chosen) : fs::path(BAKER_TEST_DATA) / "flagship";
  fs::create_directories(folder);
  return fs::canonical(folder);
}

}  // namespace

std::string flagship_text() {
  return content_of_file(fs::path(BAKER_SOURCE) / "pipelines/kraft3.toml");
}

std::string flagship_base() {
  const std::string kept = content_of_file(kept_folder() / "base");
  return kept.empty() ? "jammy" : kept;
}

void choose_flagship_base(const std::string& base) {
  std::ofstream(kept_folder() / "base") << base;
}

Outcome bake_kept_flagship(const Workbench& bench, const std::vector<std::string>& arguments) {
  const fs::path kept = kept_folder();
  const FileLock lock(kept / "lock", LOCK_EX);
  fs::create_directories(kept / "cache");
  fs::create_directory_symlink(kept / "cache", bench.cache());
  std::vector<std::string> all = {"run",         bench.write("kraft3.toml", flagship_text()),
                                  "--lock-file", kept / "kraft3.lock.toml",
                                  "--set",       "base=" + flagship_base()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const Outcome baked = bench.baker(all);
  fs::remove(bench.cache());
  return baked;
}

void copy_kept_flagship(const Workbench& bench) {
  const fs::path kept = kept_folder();
  const FileLock lock(kept / "lock", LOCK_SH);
  if (!fs::exists(kept / "kraft3.lock.toml")) return;
  const bool one_file_system =
      run_program({"cp", "--archive", "--link", kept / "cache", bench.cache()}).exit_status == 0;
  if (!one_file_system) {
    fs::remove_all(bench.cache());
    const Outcome copied = run_program({"cp", "--archive", kept / "cache", bench.cache()});
    if (copied.exit_status != 0) throw std::runtime_error(copied.all());
  }
  fs::copy_file(kept / "kraft3.lock.toml", bench.path() / "kraft3.lock.toml");
}

}  // namespace baker::testing
