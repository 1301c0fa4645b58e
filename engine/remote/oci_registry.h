// A remote in an OCI registry (distribution specification 1.1): a record is the configuration of an
// image with one layer, under the tag "r-KEY"; pinned content is the one blob of an artifact under
// "c-SHA-256", of the name that the content has in a download store.
#pragma once

#include "engine/remote/remote_store.h"

namespace baker {

class OciRegistry : public RemoteStore {
 public:
  explicit OciRegistry(RemoteAccess access);

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
  // Asks once more with a password or a token where the registry wants one.
  HttpAnswer send(HttpRequest request);
  void authorize(const std::string& challenge);
  std::string token(const std::string& challenge);
  std::string url(const std::string& rest) const;
  std::vector<std::string> tags();
  std::optional<Entry> entry_of(const std::string& tag);  // nothing where it is not ours
  std::string begin_upload();
  HttpAnswer manifest(const std::string& tag);
  // Where it is not there yet; `content` has its bytes or their file.
  void upload(const Blob& blob, HttpRequest content, const std::string& what);
  void put_small_blob(const std::string& bytes);
  void put_manifest(const std::string& tag, const std::string& manifest);
  std::string body_of(const Digest& digest, std::uint64_t size);

  RemoteAccess access_;
  HttpClient client_;
  std::string authorization_;  // header; empty: none yet
};

}  // namespace baker
