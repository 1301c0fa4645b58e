#include "engine/pipeline/host_settings.h"

#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/pipeline/form.h"
#include "engine/pipeline/toml_value.h"

namespace baker {
namespace {

constexpr std::int64_t kMostDays = 36500;
constexpr std::int64_t kMostSeconds = 3600;

void read_days(TableReader& reader, const std::string& key, unsigned& days,
               Diagnostics& diagnostics) {
  const std::optional<std::int64_t> number = reader.integer(key);
  if (!number) return;
  if (*number < 0 || *number > kMostDays)
    diagnostics.add(reader.key_position(key),
                    "`" + key + "` is a number of days, and not " + std::to_string(*number));
  else
    days = static_cast<unsigned>(*number);
}

void read_downloads(TableReader& reader, CacheSettings& cache, Diagnostics& diagnostics) {
  constexpr const char* kKey = "keep-downloads";
  const toml::node* node = reader.node(kKey);
  if (!node) return;
  if (node->is_integer()) return read_days(reader, kKey, cache.keep_download_days, diagnostics);
  const std::string word = node->value_or<std::string>("");
  if (word != "all" && word != "unbaked")
    diagnostics.add(reader.key_position(kKey),
                    "`keep-downloads` is \"all\", \"unbaked\" or a number of days");
  if (word == "all") cache.downloads = KeptDownloads::kAll;
  if (word == "unbaked") cache.keep_download_days = 0;
}

void read_max_size(TableReader& reader, CacheSettings& cache, Diagnostics& diagnostics) {
  constexpr const char* kKey = "max-size";
  const std::optional<std::string> text = reader.string(kKey);
  if (!text) return;
  cache.max_size = bytes_of(*text);
  if (!cache.max_size)
    diagnostics.add(
        reader.key_position(kKey),
        "`max-size` is a number and a unit, as \"500M\" or \"20G\", and not \"" + *text + "\"");
}

CacheSettings read_cache_settings(const toml::table& table, Diagnostics& diagnostics) {
  CacheSettings cache;
  TableReader reader(table, "[cache]", diagnostics);
  read_days(reader, "keep-days", cache.keep_days, diagnostics);
  read_max_size(reader, cache, diagnostics);
  read_downloads(reader, cache, diagnostics);
  reader.finish();
  return cache;
}

void read_seconds(TableReader& reader, const std::string& key, unsigned& seconds,
                  Diagnostics& diagnostics) {
  const std::optional<std::int64_t> number = reader.integer(key);
  if (!number) return;
  if (*number < 1 || *number > kMostSeconds)
    diagnostics.add(reader.key_position(key), "`" + key + "` is a number of seconds from 1 to " +
                                                  std::to_string(kMostSeconds) + ", and not " +
                                                  std::to_string(*number));
  else
    seconds = static_cast<unsigned>(*number);
}

RemoteSettings read_remote_settings(const toml::table& table, Diagnostics& diagnostics) {
  RemoteSettings remote;
  TableReader reader(table, "[remote]", diagnostics);
  remote.url = reader.string("url").value_or("");
  remote.trust = reader.strings("trust").value_or(std::vector<std::string>{});
  remote.key_file = reader.string("key-file").value_or(remote.key_file);
  remote.auth_file = reader.string("auth-file").value_or("");
  read_seconds(reader, "connect-timeout", remote.connect_timeout, diagnostics);
  read_seconds(reader, "silence-timeout", remote.silence_timeout, diagnostics);
  reader.finish();
  return remote;
}

}  // namespace

HostSettings read_host_settings(const std::string& file) {
  HostSettings settings;
  const std::optional<std::string> text = read_file_if_exists(file);
  if (!text) return settings;
  Diagnostics diagnostics(file);
  const toml::table table = parse_toml(*text, file);
  TableReader reader(table, "the host's settings", diagnostics);
  settings.place = reader.string("place").value_or("");
  const std::string mistake =
      settings.place.empty() ? "" : mistake_in(Form::kPlace, settings.place);
  if (!mistake.empty())
    diagnostics.add(reader.key_position("place"),
                    "`place` is \"" + settings.place + "\": " + mistake);
  if (const toml::table* cache = reader.table("cache"))
    settings.cache = read_cache_settings(*cache, diagnostics);
  if (const toml::table* remote = reader.table("remote"))
    settings.remote = read_remote_settings(*remote, diagnostics);
  reader.finish();
  diagnostics.throw_if_any();
  return settings;
}

}  // namespace baker
