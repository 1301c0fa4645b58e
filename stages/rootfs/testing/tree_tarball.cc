#include "stages/rootfs/testing/tree_tarball.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/support/host_program.h"

namespace baker::testing {

namespace fs = std::filesystem;

std::string run_or_throw(const std::vector<std::string>& argv) {
  const Outcome outcome = run_program(argv);
  if (outcome.exit_status != 0) throw std::runtime_error(argv[0] + " failed: " + outcome.all());
  return outcome.out;
}

std::string content_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error("the test can't read " + file.string());
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write_content(const fs::path& file, const std::string& content) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
}

fs::path make_tarball(const fs::path& tarball, const Tree& tree) {
  const fs::path folder = tarball.string() + ".tree";
  for (const auto& [path, content] : tree) write_content(folder / path, content);
  run_or_throw({"tar", "--create", "--auto-compress", "--file", tarball, "--directory", folder,
                "--sort=name", "--owner=0", "--group=0", "--mtime=@1000000000", "."});
  fs::remove_all(folder);
  return tarball;
}

std::string sha256_of(const fs::path& file) {
  return run_or_throw({"sha256sum", "--binary", file}).substr(0, 64);
}

}  // namespace baker::testing
