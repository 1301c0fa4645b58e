// Layers between the store and a remote.
#pragma once

#include "engine/remote/remote_store.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace baker {

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
enum class PushOutcome {
  kSent,      // others find it now
  kWasThere,  // they did before
  kLeftOut,   // it can't be shared
};
struct Pushed {
  RemoteRecord record;
  PushOutcome outcome = PushOutcome::kSent;
  std::string why;  // it was left out
};
using OnPushed = std::function<void(const Pushed& pushed)>;

struct PushSettings {
  const SigningKey& key;
  std::vector<std::string> trusted;  // what these keys have signed need not be pushed again
  bool exact = false;   // what is there has to be the same layer; and all of them are needed
  std::string scratch;  // a folder with room for the two largest, compressed
};

// In their order; while one is sent the next is compressed. What is there and can't be used is
// replaced. Throws Error.
void push(const RemoteAccess& access, const std::vector<Push>& layers, const PushSettings& settings,
          const OnPushed& on_pushed);

}  // namespace baker
