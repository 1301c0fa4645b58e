#include "engine/remote/shared_tree.h"

#include "cache/layer_seal.h"
#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/hasher.h"
#include "engine/remote/layer_tar.h"
#include "engine/remote/scratch_file.h"
#include "engine/remote/transfer_layers.h"

namespace baker {

SharedTree give_tree(RemoteStore& remote, const std::string& folder, const std::string& scratch) {
  const std::string listing_file = folder + "/listing";
  const Listing listing =
      path_exists(listing_file) ? Listing::map_file(listing_file) : list_tree(folder + "/tree");
  const Digest layer = digest_of(listing.text());
  const ScratchFile file(scratch + "/" + layer.hex() + ".tar.zst");
  const LayerTar tar = write_layer_tar(folder + "/tree", listing, file.path());
  remote.put_content(tar.blob, {tar.blob, tar.size}, file.path());
  return {layer, {tar.blob, tar.size}, marks_of(listing)};
}

void take_tree(RemoteStore& remote, const HttpLimits& limits, const SharedTree& tree,
               const std::string& name, const std::string& folder) {
  const std::string downloads = folder + "-blob";  // our own: a worker says what is taken
  make_directories(downloads, 0700);
  remote.content(tree.blob.digest);  // asks for a password where one is needed
  const ScratchFile file(downloads + "/" + tree.blob.digest.file_name());
  try {
    bring_blob(remote, limits, tree.blob, name, downloads);
  } catch (const Refused& refused) {
    throw Error(refused.what());
  }
  unpack_layer_tar(file.path(), tree.marks, tree.layer, folder);
}

}  // namespace baker
