#include "engine/remote/transfer_layers.h"

#include "engine/base/error.h"
#include "engine/io/download/downloader.h"
#include "engine/remote/layer_tar.h"
#include "engine/remote/scratch_file.h"

#include <future>

namespace baker {
namespace {

std::optional<RemoteRecord> find(RemoteStore& remote, const Pull& wanted) {
  try {
    const std::optional<SignedRecord> found = remote.find(wanted.key);
    if (!found) return std::nullopt;
    return verified(*found, wanted.key, wanted.trusted);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kUnreachable) throw;
    throw Refused(error.describe());
  }
}

}  // namespace

void bring_blob(RemoteStore& remote, const HttpLimits& limits, const Blob& blob,
                const std::string& name, const std::string& downloads) {
  if (!remote.has_blob(blob)) throw Refused("the remote has lost its content");
  const RemoteStore::Address address = remote.blob(blob.digest);
  const auto failure =
      download_all({{{name, {address.url}, blob.digest, address.headers, false}}, 1}, downloads,
                   patience_with(limits));
  if (failure == FailureKind::kMismatch) throw Refused("its content is not what its record names");
  if (failure == FailureKind::kDisk) throw Error("there is no room for it in " + downloads);
  if (failure) throw Error(ErrorCode::kUnreachable, "its content did not come");
}

std::optional<RemoteRecord> pull(RemoteStore& remote, const HttpLimits& limits,
                                 const Pull& wanted) {
  std::optional<RemoteRecord> record = find(remote, wanted);
  if (!record) return std::nullopt;
  const ScratchFile blob(wanted.downloads + "/" + record->blob.digest.file_name());
  bring_blob(remote, limits, record->blob, wanted.name, wanted.downloads);
  try {
    unpack_layer_tar(blob.path(), record->marks, record->layer, wanted.folder);
  } catch (const Error& error) {
    throw Refused(error.describe());
  }
  return record;
}

void push(const RemoteAccess& access, const std::vector<Push>& layers, const SigningKey& key,
          const std::string& scratch, const OnPushed& on_pushed) {
  const std::unique_ptr<RemoteStore> asking = open_remote(access), writing = open_remote(access);
  std::future<void> sending;
  const auto wait = [&sending] {
    if (sending.valid()) sending.get();
  };
  for (const Push& layer : layers) {
    if (asking->has(layer.record.key)) {
      wait();
      on_pushed(layer.record, 0);
      continue;
    }
    auto file =
        std::make_shared<ScratchFile>(scratch + "/" + layer.record.layer.hex() + ".tar.zst");
    RemoteRecord record = layer.record;
    const Listing listing = Listing::map_file(layer.folder + "/listing");
    const LayerTar tar = write_layer_tar(layer.folder + "/tree", listing, file->path());
    record.blob = {tar.blob, tar.size};
    record.tar = tar.tar;
    record.marks = marks_of(listing);
    wait();
    sending = std::async(std::launch::async, [&writing, &key, &on_pushed, record, file] {
      writing->put_blob(record.blob, file->path());
      writing->put(record, sign(record, key));
      on_pushed(record, record.blob.size);
    });
  }
  wait();
}

}  // namespace baker
