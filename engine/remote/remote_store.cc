#include "engine/remote/remote_store.h"

#include "engine/base/error.h"
#include "engine/remote/http_cache.h"
#include "engine/remote/oci_registry.h"

namespace baker {

std::optional<RemoteRecord> find_verified(RemoteStore& remote, const std::string& key,
                                          const std::vector<std::string>& trusted) {
  try {
    const std::optional<SignedRecord> found = remote.find(key);
    if (!found) return std::nullopt;
    return verified(*found, key, trusted);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kUnreachable) throw;
    throw Refused(error.describe());
  }
}

std::unique_ptr<RemoteStore> open_remote(RemoteAccess access) {
  RemoteReference& reference = access.reference;
  if (reference.may_lack_tls) reference.tls = HttpClient(access.limits).speaks_tls(reference.host);
  if (access.reference.transport == RemoteReference::Transport::kOci)
    return std::make_unique<OciRegistry>(access);
  return std::make_unique<HttpCache>(access);
}

}  // namespace baker
