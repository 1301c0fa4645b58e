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
  std::vector<std::string> urls{};  // tried in order
  std::string sha256{};             // hex; of the two digests give the one that is known
  std::string sha512{};
  std::string name{};  // for the progress line
};

class Network {
 public:
  explicit Network(const baker_runner* runner) : table_(runner), runner_(runner), root_(runner) {}

  // The body of a small document. Throws Unreachable where no answer comes, 404 among it.
  std::string get(const std::string& url) const {
    return runner_.call("network.get", {{"url", url}});
  }

  // Into the download store: in parallel, resumed, verified. Throws Unreachable where none of the
  // urls answers, StageError at once where a digest does not match.
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

  // Puts a file of the scratch folder, or a local file, into the download store; returns its
  // SHA-256 (hex). With `expected` a different digest is a StageError and nothing is kept.
  std::string add_to_downloads(const std::string& file, const std::string& expected = "") const {
    return runner_.call("downloads.add", {{"file", file}, {"sha256", expected}});
  }

  // A program of the host. A program that is missing is a StageError that names the package.
  CommandResult run(const Command& command) const { return sdk::run_on_host(table_, command); }

  // A throw-away view of the stage's root: what is written is discarded. Only where the descriptor
  // says that resolving needs it.
  Root& root() { return root_; }

 private:
  const baker_runner* table_;
  sdk::Runner runner_;
  Root root_;
};

}  // namespace baker
