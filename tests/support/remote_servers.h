// Shared caches of every kind, on free ports of the loopback interface.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "tests/support/running_program.h"

namespace baker::testing {

// docker-registry.
class CacheRegistry {
 public:
  struct Options {
    bool tls = false;       // certificate() is to be trusted
    bool password = false;  // of "baker", it is "secret"; auth_file() has it
  };
  // Keeps its images below `folder`, which has to be a folder of its own.
  explicit CacheRegistry(std::filesystem::path folder)
      : CacheRegistry(std::move(folder), Options{}) {}
  CacheRegistry(std::filesystem::path folder, Options options);

  std::string url() const { return "oci://127.0.0.1:" + port_ + "/team/baker"; }
  const std::string& port() const { return port_; }
  std::filesystem::path certificate() const { return folder_ / "certificate.pem"; }
  std::filesystem::path auth_file() const { return folder_ / "auth.json"; }
  std::filesystem::path blobs() const { return folder_ / "data/docker/registry/v2/blobs"; }
  void kill() { process_->kill(); }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<RunningProgram> process_;
  std::string port_;
};

// nginx with WebDAV.
class FileServer {
 public:
  explicit FileServer(const std::filesystem::path& folder);
  std::string url() const { return "http://127.0.0.1:" + port_ + "/cache"; }

 private:
  std::string port_;
  std::unique_ptr<RunningProgram> process_;
};

// Stands before a registry, and does to its answers what `lie` says (lying_remote.py).
class LyingRemote {
 public:
  LyingRemote(const CacheRegistry& registry, const std::string& lie);
  std::string url() const { return "oci://127.0.0.1:" + port_ + "/team/baker"; }
  const std::string& port() const { return port_; }
  // Whether there was a request with this in its path.
  bool was_asked_for(const std::string& path) const {
    return process_->said().find(path) != std::string::npos;
  }
  void kill() { process_->kill(); }

 private:
  std::unique_ptr<RunningProgram> process_;
  std::string port_;
};

}  // namespace baker::testing
