// A remote on a server that keeps files: GET, HEAD and PUT of /ac/KEY (records) and /cas/SHA-256
// (blobs), as bazel-remote, nginx with WebDAV and S3 speak it.
#pragma once

#include "engine/remote/remote_store.h"

namespace baker {

class HttpCache : public RemoteStore {
 public:
  explicit HttpCache(RemoteAccess access);

  std::optional<SignedRecord> find(const std::string& key) override;
  Address blob(const Digest& digest) override;
  bool has_blob(const Blob& blob) override;
  void put_blob(const Blob& blob, const std::string& file) override;
  void put(const RemoteRecord& record, const SignedRecord& signed_record) override;
  std::optional<Address> content(const Digest& pinned) override;
  std::vector<Entry> list() override;
  void remove(const std::string& name) override;
  void put_content(const Digest& pinned, const Blob& blob, const std::string& file) override;

 private:
  HttpAnswer send(HttpRequest request);
  std::string url(const std::string& rest) const;

  RemoteAccess access_;
  HttpClient client_;
  std::vector<std::string> headers_;
};

}  // namespace baker
