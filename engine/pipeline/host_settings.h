// What the host's administrator has set for all pipelines: /etc/baker/baker.toml.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace baker {

inline constexpr const char* kHostSettingsFile = "/etc/baker/baker.toml";

inline constexpr std::int64_t kSecondsOfADay = 24 * 60 * 60;

// Which downloads stay in the store: everything that a kept record or a lock file pins, or what is
// pinned and not baked yet.
enum class KeptDownloads { kAll, kUnbaked };

// Of the store, for garbage collection.
struct CacheSettings {
  unsigned keep_days = 30;                  // since the last use, of what nobody uses
  std::optional<std::uint64_t> max_size{};  // bytes; each run that bakes collects in the background
  KeptDownloads downloads = KeptDownloads::kUnbaked;
  unsigned keep_download_days = 30;  // of downloads that nothing pins
};

// The cache that this host shares with others.
struct RemoteSettings {
  std::string url{};                 // as RemoteReference has it; empty: none
  std::vector<std::string> trust{};  // public keys: whose records are used, besides our own
  std::string key_file = "/etc/baker/remote.key";  // layers are pushed where there is one
  std::string auth_file{};        // passwords; empty: where skopeo and podman keep them
  unsigned connect_timeout = 2;   // seconds
  unsigned silence_timeout = 10;  // seconds below a least rate
};

struct HostSettings {
  std::string place{};  // how machines are placed where a pipeline does not say it; empty: not set
  CacheSettings cache{};
  RemoteSettings remote{};
};

// Without the file nothing is set. Throws Error (kInvalid) with every mistake in it.
HostSettings read_host_settings(const std::string& file = kHostSettingsFile);

}  // namespace baker
