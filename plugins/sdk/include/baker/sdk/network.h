// The outside world, while a stage resolves and fetches: the host's programs, the network, the
// download store. Commands see the host's files; they run in namespaces of their own.
#pragma once

#include <baker/sdk/command.h>
#include <baker/sdk/root.h>
#include <baker/sdk/runner.h>

#include <string>
#include <vector>

namespace baker {

struct Download {
  std::vector<std::string> urls{};  // of the same content, tried in order
  std::string sha256{};             // hex; give one of the two digests, the one that is known
  std::string sha512{};
  std::string name{};  // for the progress line
};

class Network {
 public:
  explicit Network(const baker_runner* runner) : table_(runner), runner_(runner), root_(runner) {}

  // The body of a document of at most 64 MiB, over http or https; redirects are followed. Throws
  // Unreachable if there is no answer, or one with an error status.
  std::string get(const std::string& url) const {
    return runner_.call("network.get", {{"url", url}});
  }

  // Downloads files into the store, in parallel; an interrupted download is resumed. Returns when
  // all are there and verified. Throws Unreachable if none of a file's urls answers, and StageError
  // if the content has another digest; what did arrive is kept.
  void download(const std::vector<Download>& downloads) const {
    Json list = Json::array();
    for (const Download& each : downloads) {
      Json download = {{"urls", each.urls}, {"name", each.name}};
      if (!each.sha256.empty()) download["sha256"] = each.sha256;
      if (!each.sha512.empty()) download["sha512"] = each.sha512;
      list.push_back(std::move(download));
    }
    runner_.call("network.download", {{"downloads", list}});
  }

  // Copies a local file into the download store, durably, and returns its SHA-256 (hex). If
  // `expected` is not empty and not that digest, it throws StageError and keeps nothing.
  std::string add_to_downloads(const std::string& file, const std::string& expected = "") const {
    return runner_.call("downloads.add", {{"file", file}, {"sha256", expected}});
  }

  // Runs a program of the host, as root, with the host's files and network. The error for a missing
  // program names its package, if the descriptor does.
  CommandResult run(const Command& command) const { return sdk::run_on_host(table_, command); }

  // The stage's root, if the descriptor says `root = true` under [resolve]. What is written to it
  // is discarded.
  Root& root() { return root_; }

 private:
  const baker_runner* table_;
  sdk::Runner runner_;
  Root root_;
};

}  // namespace baker
