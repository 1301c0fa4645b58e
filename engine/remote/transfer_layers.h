// Layers between the store and a remote.
#pragma once

#include "engine/remote/remote_store.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace baker {

// Why a record of a remote is not used, though the remote works. Others may be.
class Refused : public std::exception {
 public:
  explicit Refused(std::string why) : why_(std::move(why)) {}
  const char* what() const noexcept override { return why_.c_str(); }

 private:
  std::string why_;
};

struct Pull {
  std::string key;                   // of a stage
  std::vector<std::string> trusted;  // public keys
  std::string name;                  // what messages call the layer
  std::string downloads;             // folder that the blob is kept in while it comes
  std::string folder;                // is made, and gets tree and listing
};

// Brings a layer; nothing where the remote has none under the key. Progress goes to stdout as that
// of a download does. Syncs only the blob, which is gone in the end. Throws Refused, and Error
// where the remote or the disk does not work.
std::optional<RemoteRecord> pull(RemoteStore& remote, const HttpLimits& limits, const Pull& wanted);

// Only the blob, as its file in `downloads`; whoever gets it removes it. Throws as pull() does.
void bring_blob(RemoteStore& remote, const HttpLimits& limits, const Blob& blob,
                const std::string& name, const std::string& downloads);

struct Push {
  RemoteRecord record;  // without blob, tar and marks
  std::string folder;   // of the layer
};
// Called for each, once others can find it, or where it was there: then `sent` is 0 bytes.
using OnPushed = std::function<void(const RemoteRecord& record, std::uint64_t sent)>;

// In their order; while one is sent the next is compressed. `scratch`: a folder with room for the
// two largest, compressed. Throws Error.
void push(const RemoteAccess& access, const std::vector<Push>& layers, const SigningKey& key,
          const std::string& scratch, const OnPushed& on_pushed);

}  // namespace baker
