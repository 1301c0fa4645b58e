// Carries out a request: several downloads at once, in one thread.
#pragma once

#include "engine/io/download/report.h"
#include "engine/io/download/request.h"
#include "engine/io/download/transfer.h"

#include <optional>
#include <string>

namespace baker {

// Blocks until each download has come or failed. Why the first did not come; nothing where the
// store has everything that was asked for. What happened stands on stdout; throws Error only where
// libcurl itself does not work.
std::optional<FailureKind> download_all(DownloadRequest request, const std::string& store,
                                        const TransferSettings& settings);

}  // namespace baker
