// A workbench with one stage of type rootfs.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "stages/rootfs/testing/tree_tarball.h"
#include "tests/support/workbench.h"

namespace baker::testing {

class RootfsBench : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }

  // `sources` is TOML: one table for each source. `options` are other ones of the stage.
  Outcome bake(const std::vector<std::string>& sources,
               const std::vector<std::string>& arguments = {}, const std::string& options = "",
               const std::map<std::string, std::string>& env = {}) const {
    std::string list;
    for (const std::string& source : sources) list += "  { " + source + " },\n";
    bench_.write("base.toml",
                 "[pipeline]\nname = \"rootfs-test\"\n"
                 "[stage.base]\nuses = \"rootfs\"\n" +
                     options + "\nsources = [\n" + list + "]\n");
    std::vector<std::string> all = {"run", "base.toml"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return bench_.baker(all, env);
  }

  std::filesystem::path in_root(const std::string& path) const {
    return bench_.layer_of("base.toml", "base") / path;
  }
  std::string text_in_root(const std::string& path) const { return content_of(in_root(path)); }

  // Paths of all files of the root, sorted.
  std::vector<std::string> files_in_root() const {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(in_root("."))) {
      if (!entry.is_directory()) {
        files.push_back(entry.path().lexically_relative(in_root(".")));
      }
    }
    std::sort(files.begin(), files.end());
    return files;
  }

  // All that was baked and downloaded is gone; the lock file stays.
  void forget_the_cache() const { std::filesystem::remove_all(bench_.cache()); }

  Workbench bench_;
};

}  // namespace baker::testing
