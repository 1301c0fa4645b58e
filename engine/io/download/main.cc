// baker-download: README.md beside this file is its contract.
#include "engine/base/error.h"
#include "engine/io/download/downloader.h"
#include "engine/io/download/get.h"

#include <getopt.h>
#include <sys/prctl.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>

namespace baker {
namespace {

constexpr const char* kUsage =
    "usage: baker-download --store DIR < REQUEST | --get URL\n"
    "       [--connect-timeout SECONDS] [--retry-delay-ms MILLISECONDS]\n";
constexpr int kExitUnreachable = 2;

struct Arguments {
  std::string store;
  std::string url;
  TransferSettings settings;
};

long number_in(const char* text) {
  long number = 0;
  const char* const end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, number);
  if (error != std::errc() || stop != end || number < 0)
    throw Error(ErrorCode::kInvalid, std::string("\"") + text + "\" is not a number\n" + kUsage);
  return number;
}

Arguments read_arguments(int argc, char** argv) {
  static constexpr option kOptions[] = {{"store", required_argument, nullptr, 's'},
                                        {"get", required_argument, nullptr, 'g'},
                                        {"connect-timeout", required_argument, nullptr, 'c'},
                                        {"retry-delay-ms", required_argument, nullptr, 'r'},
                                        {nullptr, 0, nullptr, 0}};
  Arguments arguments;
  for (int option = 0; (option = ::getopt_long(argc, argv, "", kOptions, nullptr)) != -1;) {
    if (option == 's') arguments.store = optarg;
    if (option == 'g') arguments.url = optarg;
    if (option == 'c') arguments.settings.connect_timeout = std::chrono::seconds(number_in(optarg));
    if (option == 'r')
      arguments.settings.retry_delay = std::chrono::milliseconds(number_in(optarg));
    if (option == '?') throw Error(ErrorCode::kInvalid, kUsage);
  }
  if (arguments.store.empty() == arguments.url.empty() || optind != argc)
    throw Error(ErrorCode::kInvalid, kUsage);
  return arguments;
}

bool write_out(const std::string& body) {
  return std::fwrite(body.data(), 1, body.size(), stdout) == body.size() &&
         std::fflush(stdout) == 0;
}

int run(int argc, char** argv) {
  const Arguments arguments = read_arguments(argc, argv);
  if (!arguments.url.empty())
    return write_out(get_body(arguments.url, arguments.settings)) ? EXIT_SUCCESS : EXIT_FAILURE;
  return download_all(read_request(std::cin), arguments.store, arguments.settings) ? EXIT_FAILURE
                                                                                   : EXIT_SUCCESS;
}

}  // namespace
}  // namespace baker

// SIGTERM and SIGINT end the process where it stands: what has come lies in DIR/partial.
int main(int argc, char** argv) try {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  std::signal(SIGPIPE, SIG_IGN);  // a connection that breaks is no reason to die
  ::curl_global_init(CURL_GLOBAL_DEFAULT);
  return baker::run(argc, argv);
} catch (const baker::Error& error) {
  std::fprintf(stderr, "baker-download: %s\n", error.describe().c_str());
  return error.code() == baker::ErrorCode::kUnreachable ? baker::kExitUnreachable : EXIT_FAILURE;
}
