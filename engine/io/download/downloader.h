// Carries out a request: several downloads at once, in one thread.
#pragma once

#include "engine/io/download/request.h"
#include "engine/io/download/transfer.h"

#include <string>

namespace baker {

// Whether the store has everything that was asked for. What happened stands on stdout.
bool download_all(DownloadRequest request, const std::string& store,
                  const TransferSettings& settings);

}  // namespace baker
