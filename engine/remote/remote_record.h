// What a remote knows of a key: the record of a bake, as a configuration of an OCI image with one
// layer, and signed. docs/beyond-one-machine.md has the format.
#pragma once

#include "engine/base/digest.h"
#include "engine/remote/signature.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace baker {

// The tar of a layer, compressed.
struct Blob {
  Digest digest;
  std::uint64_t size = 0;  // bytes
};

struct RemoteRecord {
  std::string key;  // hex
  Digest layer;     // of its listing
  Blob blob;
  Digest tar;         // of the blob, uncompressed
  std::string marks;  // lines of the listing that the tar can't say (layer_tar.h)
  std::string stage;
  std::string architecture;
  std::string key_text;
  std::string log;
  std::int64_t duration_ms = 0;
  std::int64_t finished = 0;  // seconds since 1970
  std::uint64_t bytes = 0;    // content of the layer
  std::uint64_t entries = 0;

  std::string text() const;
  // Throws Error for anything else, and for a format that this baker does not know.
  static RemoteRecord parse(std::string_view text);
};

// As it lies in a remote.
struct SignedRecord {
  std::string text;       // of the record
  std::string signature;  // empty: none
};

SignedRecord sign(const RemoteRecord& record, const SigningKey& key);
// Throws Error where it is not what one of the trusted keys has signed for this key of a stage.
RemoteRecord verified(const SignedRecord& signed_record, const std::string& key,
                      const std::vector<std::string>& trusted);

}  // namespace baker
