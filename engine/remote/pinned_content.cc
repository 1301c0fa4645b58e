#include "engine/remote/pinned_content.h"

#include "engine/io/download/downloader.h"
#include "engine/io/hasher.h"

#include <filesystem>

namespace baker {

void pull_content(RemoteStore& remote, const HttpLimits& limits, const std::vector<Pinned>& wanted,
                  const std::string& downloads) {
  DownloadRequest request;
  for (const Pinned& each : wanted)
    if (const auto address = remote.content(each.digest))
      request.downloads.push_back({each.name, {address->url}, each.digest, address->headers});
  download_all(std::move(request), downloads, patience_with(limits));
}

std::uint64_t push_content(RemoteStore& remote, const std::vector<Digest>& pinned,
                           const std::string& downloads) {
  std::uint64_t sent = 0;
  for (const Digest& digest : pinned) {
    if (remote.content(digest)) continue;
    const std::string file = downloads + "/" + digest.file_name();
    const Blob blob{digest.algorithm() == "sha256" ? digest : digest_file(file),
                    std::filesystem::file_size(file)};
    remote.put_content(digest, blob, file);
    sent += blob.size;
  }
  return sent;
}

}  // namespace baker
