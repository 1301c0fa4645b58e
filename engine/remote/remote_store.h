// A shared cache, whatever it speaks.
#pragma once

#include "engine/remote/http_client.h"
#include "engine/remote/remote_record.h"
#include "engine/remote/remote_reference.h"

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace baker {

struct RemoteAccess {
  RemoteReference reference;
  std::string auth_file{};  // empty: where skopeo and podman look
  HttpLimits limits{};
};

// All functions ask the server and wait for its answer. They throw Error: kUnreachable where it
// gives none or refuses, kFailed where what it gives can't be read.
class RemoteStore {
 public:
  virtual ~RemoteStore() = default;

  // Nothing where the remote has none under this key of a stage.
  virtual std::optional<SignedRecord> find(const std::string& key) = 0;

  // Where a blob is to be had, and what to send along. Asks only for permission.
  struct Address {
    std::string url;
    std::vector<std::string> headers;
  };
  virtual Address blob(const Digest& digest) = 0;

  virtual bool has_blob(const Blob& blob) = 0;
  // Sends nothing where the blob is there.
  virtual void put_blob(const Blob& blob, const std::string& file) = 0;
  // From then on others find it: its blob has to be there.
  virtual void put(const RemoteRecord& record, const SignedRecord& signed_record) = 0;

  // Content that a pipeline pins, by the digest that is pinned: whoever gets it compares it with
  // that, so it is not signed. Nothing where the remote does not have it.
  virtual std::optional<Address> content(const Digest& pinned) = 0;
  // All that lies there. Throws Error (kFailed) where the server can't tell, or deletes nothing.
  struct Entry {
    std::string name;  // for remove()
    std::string tag;   // "r-KEY" of a record, "c-SHA-256" of pinned content, of its file's name
    std::uint64_t bytes = 0;
    std::int64_t pushed = 0;  // seconds since 1970
  };
  virtual std::vector<Entry> list() = 0;
  // The server frees the space when it collects its own garbage.
  virtual void remove(const std::string& name) = 0;

  // `blob` is the file's own digest and size.
  virtual void put_content(const Digest& pinned, const Blob& blob, const std::string& file) = 0;
};

// Why a record of a remote is not used, though the remote works. Others may be.
class Refused : public std::exception {
 public:
  explicit Refused(std::string why) : why_(std::move(why)) {}
  const char* what() const noexcept override { return why_.c_str(); }

 private:
  std::string why_;
};

// What a trusted key has signed for this key of a stage; nothing where there is no record. Throws
// Refused, and Error (kUnreachable).
std::optional<RemoteRecord> find_verified(RemoteStore& remote, const std::string& key,
                                          const std::vector<std::string>& trusted);

// May ask the server whether it speaks TLS.
std::unique_ptr<RemoteStore> open_remote(RemoteAccess access);

}  // namespace baker
