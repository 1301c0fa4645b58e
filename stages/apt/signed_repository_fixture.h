// A repository on the loopback interface, signed by a key of its own, and packages of a pipeline's
// own, for `apt` stages on a root that has no sources.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "local_repository.h"
#include "stages/rootfs/testing/signed_archive.h"
#include "stages/rootfs/testing/tree_tarball.h"
#include "tests/support/http_server.h"
#include "tests/support/workbench.h"

namespace baker::testing {

// Makes a flat repository whose index is there one that apt believes. `fields` of the release file
// end with a newline.
inline void sign_repository(const std::filesystem::path& folder, const SigningKey& key,
                            const std::string& fields = "Date: Thu, 01 Jan 2026 00:00:00 UTC\n") {
  const std::filesystem::path index = folder / "Packages";
  write_content(folder / "Release",
                "Origin: Somebody\n" + fields + "SHA256:\n " + sha256_of(index) + " " +
                    std::to_string(std::filesystem::file_size(index)) + " Packages\n");
  key.clear_sign(folder / "Release", folder / "InRelease");
}

// The tests of a suite share one.
class SignedRepositoryTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (is_root()) world_ = std::make_unique<World>();
  }
  static void TearDownTestSuite() { world_.reset(); }
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }

  static const Workbench& bench() { return world_->bench; }
  static std::string url() { return world_->server.url("signed/"); }
  // Stages on a root that has no sources of its own.
  static Outcome bake(const std::string& stages) {
    bench().write("p.toml",
                  "[pipeline]\nname = \"apt-options\"\n[stage.base]\nuses = \"rootfs\"\n"
                  "sources = [{ tar = \"" +
                      debian_tarball().string() +
                      "\" }]\n[stage.alone]\nuses = \"script\"\nfrom = \"base\"\n"
                      "run = 'rm -f /etc/apt/sources.list.d/* /etc/apt/sources.list'\n" +
                      stages);
    return bench().baker({"run", "p.toml"});
  }
  static std::string stage(const std::string& options, const std::string& name = "it",
                           const std::string& from = "alone") {
    return "[stage." + name + "]\nuses = \"apt\"\nfrom = \"" + from + "\"\n" + options + "\n";
  }
  static std::string repository(const std::string& key = "key/key.asc",
                                const std::string& name = "signed") {
    return "repositories = [{ uri = \"" + world_->server.url(name + "/") + "\", key = \"" + key +
           "\" }]\n";
  }
  static std::filesystem::path served() { return bench().path() / "served"; }
  static const SigningKey& key() { return world_->key; }
  static bool has(const std::string& path, const std::string& of_stage = "it") {
    return std::filesystem::exists(bench().layer_of("p.toml", of_stage) / path);
  }

 private:
  struct World {
    World() {
      const LocalRepository repository(bench.path() / "served/signed");
      repository.add({.name = "roof", .fields = "Depends: ground\n"});
      repository.add({.name = "ground"});
      repository.add({.name = "ground", .version = "2.0"});
      repository.publish();
      sign_repository(bench.path() / "served/signed", key);
      const LocalRepository own(bench.path() / "own");
      own.add({.name = "mine", .fields = "Depends: ground\n"});
      own.add({.name = "asking",
               .fields = "Depends: debconf\n",
               .scripts = {{"postinst",
                            ". /usr/share/debconf/confmodule\ndb_get asking/word\n"
                            "echo \"$RET\" > /var/lib/asking"}},
               .templates = "Template: asking/word\nType: string\nDescription: a word\n"});
    }
    Workbench bench{};
    SigningKey key{bench.path() / "key"};
    SigningKey other{bench.path() / "other"};
    HttpServer server{
        (std::filesystem::create_directories(bench.path() / "served"), bench.path() / "served")};
  };
  static inline std::unique_ptr<World> world_;
};

}  // namespace baker::testing
