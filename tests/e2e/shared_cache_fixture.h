// Hosts that share a cache, each with a store of its own.
#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/e2e/tiny_root.h"
#include "tests/support/workbench.h"

namespace baker::testing {

using Environment = std::map<std::string, std::string>;

// A host with a cache of its own, and the same pipeline as all others.
class Host {
 public:
  explicit Host(std::string remote, Environment more = {}) : env_(std::move(more)) {
    env_["BAKER_REMOTE"] = std::move(remote);
    env_["BAKER_REMOTE_KEY"] = bench_.path() / "remote.key";
    bench_.write("p.toml", "[pipeline]\nname = \"shared\"\n" + tiny_root("base") +
                               "[stage.made]\nuses = \"script\"\nfrom = \"base\"\n"
                               "run = 'echo made > /made'\n"
                               "[stage.word]\nuses = \"files\"\nfrom = \"made\"\n"
                               "files = { \"/word\" = { content = \"a word\" } }\n"
                               "[stage.machine]\nuses = \"snapshot\"\nfrom = \"word\"\n"
                               "machine = \"shared\"\n");
    bench_.write("p.lock.toml", "format = 1\nsource-date-epoch = 1700000000\n");
  }

  Outcome baker(const std::vector<std::string>& arguments) const {
    return bench_.baker(arguments, env_);
  }
  // With the environment in it.
  std::vector<std::string> command_line(const std::vector<std::string>& arguments) const {
    std::vector<std::string> command = {"env"};
    for (const auto& [name, value] : env_) command.push_back(name + "=" + value);
    for (const std::string& word : bench_.command_line(arguments)) command.push_back(word);
    return command;
  }
  Outcome run() const { return baker({"run", "p.toml"}); }
  std::string make_key() const {
    const std::string key = baker({"remote", "key"}).out;
    return key.substr(0, key.find('\n'));
  }
  void trust(const std::string& key) { env_["BAKER_REMOTE_TRUST"] = key; }
  std::set<std::string> layers() const {
    std::set<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(bench_.cache() / "layers"))
      found.insert(entry.path().filename());
    return found;
  }
  const Workbench& bench() const { return bench_; }
  void expect_nothing_left_over() const {
    for (const char* folder : {"downloads", "tmp"})
      for (const auto& entry : std::filesystem::directory_iterator(bench_.cache() / folder))
        EXPECT_EQ(entry.path().filename(), "partial") << entry.path();
  }

 private:
  Workbench bench_;
  Environment env_;
};

class SharedCacheTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
  }
  std::filesystem::path folder(const std::string& name) const { return bench_.path() / name; }

  Workbench bench_;
};

// Bakes and pushes, and returns the host; `key` is its public key.
inline std::unique_ptr<Host> host_that_pushed(const std::string& remote, std::string& key,
                                              const Environment& more = {}) {
  auto host = std::make_unique<Host>(remote, more);
  key = host->make_key();
  const Outcome baked = host->run();
  EXPECT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(baked.out, ::testing::HasSubstr("3 stages baked"));
  return host;
}

}  // namespace baker::testing
