// Variables of the environment that lead programs to servers, as curl(1) reads them.
#pragma once

namespace baker {

inline constexpr const char* kProxyVariables[] = {
    "http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy",
    "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY"};

}  // namespace baker
