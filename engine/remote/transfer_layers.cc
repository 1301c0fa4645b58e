#include "engine/remote/transfer_layers.h"

#include "engine/base/error.h"
#include "engine/io/download/downloader.h"
#include "engine/io/files.h"
#include "engine/io/system_error.h"
#include "engine/remote/layer_tar.h"
#include "engine/remote/scratch_file.h"

#include <unistd.h>

#include <future>

namespace baker {

void bring_blob(RemoteStore& remote, const HttpLimits& limits, const Blob& blob,
                const std::string& name, const std::string& downloads) {
  if (!remote.has_blob(blob)) throw Refused("the remote has lost its content");
  const RemoteStore::Address address = remote.blob(blob.digest);
  const auto failure =
      download_all({{{name, {address.url}, blob.digest, address.headers, false, blob.size}}, 1},
                   downloads, patience_with(limits));
  if (failure == FailureKind::kMismatch) throw Refused("its content is not what its record names");
  if (failure == FailureKind::kDisk) throw Error("there is no room for it in " + downloads);
  if (failure) throw Error(ErrorCode::kUnreachable, "its content did not come");
}

namespace {

// A folder of our own, as others may want the same blob, that goes on with what an earlier process
// left of it.
void resume_in(const std::string& folder, const std::string& downloads) {
  make_directories(folder, 0700);
  make_directories(downloads + "/partial", 0700);
  if (symlink((downloads + "/partial").c_str(), (folder + "/partial").c_str()) != 0)
    throw system_error("cannot make " + folder + "/partial", folder);
}

// Whether others can use what is there. `layer`: it has to be this one; else any.
bool is_sound(RemoteStore& remote, const std::string& key, const std::optional<Digest>& layer,
              const std::vector<std::string>& trusted) {
  try {
    const std::optional<RemoteRecord> record = find_verified(remote, key, trusted);
    return record && (!layer || record->layer == *layer) && remote.has_blob(record->blob);
  } catch (const Refused&) {
    return false;
  }
}

}  // namespace

std::optional<RemoteRecord> pull(RemoteStore& remote, const HttpLimits& limits,
                                 const Pull& wanted) {
  std::optional<RemoteRecord> record = find_verified(remote, wanted.key, wanted.trusted);
  if (!record) return std::nullopt;
  const std::string downloads = wanted.folder + "-blob";
  resume_in(downloads, wanted.downloads);
  const ScratchFile blob(downloads + "/" + record->blob.digest.file_name());
  bring_blob(remote, limits, record->blob, wanted.name, downloads);
  try {
    unpack_layer_tar(blob.path(), record->marks, record->layer, wanted.folder);
  } catch (const Error& error) {
    throw Refused(error.describe());
  }
  return record;
}

void push(const RemoteAccess& access, const std::vector<Push>& layers, const PushSettings& settings,
          const OnPushed& on_pushed) {
  const std::unique_ptr<RemoteStore> asking = open_remote(access), writing = open_remote(access);
  std::future<void> sending;
  const auto wait = [&sending] {
    if (sending.valid()) sending.get();
  };
  for (const Push& layer : layers) {
    RemoteRecord record = layer.record;
    const std::optional<Digest> exact = settings.exact ? std::optional(record.layer) : std::nullopt;
    if (is_sound(*asking, record.key, exact, settings.trusted)) {
      wait();
      on_pushed({record, PushOutcome::kWasThere, ""});
      continue;
    }
    auto file = std::make_shared<ScratchFile>(settings.scratch + "/" + record.key + ".tar.zst");
    try {
      const Listing listing = Listing::map_file(layer.folder + "/listing");
      const LayerTar tar = write_layer_tar(layer.folder + "/tree", listing, file->path());
      record.blob = {tar.blob, tar.size};
      record.tar = tar.tar;
      record.marks = marks_of(listing);
    } catch (const Error& error) {
      if (settings.exact) throw;
      wait();
      on_pushed({record, PushOutcome::kLeftOut, error.describe()});
      continue;
    }
    wait();
    sending = std::async(std::launch::async, [&writing, &settings, &on_pushed, record, file] {
      writing->put_blob(record.blob, file->path());
      writing->put(record, sign(record, settings.key));
      on_pushed({record, PushOutcome::kSent, ""});
    });
  }
  wait();
}

}  // namespace baker
