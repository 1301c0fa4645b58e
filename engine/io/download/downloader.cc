#include "engine/io/download/downloader.h"

#include "engine/base/error.h"
#include "engine/io/download/download.h"

#include <algorithm>
#include <list>
#include <memory>

namespace baker {
namespace {

struct FreeMulti {
  void operator()(CURLM* multi) const { ::curl_multi_cleanup(multi); }
};

void require(CURLMcode code) {
  if (code != CURLM_OK) throw Error(std::string("libcurl: ") + ::curl_multi_strerror(code));
}

void tell_who_ended(CURLM* multi, std::list<Download>& running) {
  int left = 0;
  while (const CURLMsg* message = ::curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    const auto download = std::ranges::find_if(running, [&](const Download& candidate) {
      return candidate.is_transferring(message->easy_handle);
    });
    if (download != running.end()) download->transfer_ended(code);
  }
}

void wait_for_news(CURLM* multi, const std::list<Download>& running) {
  const auto next = std::ranges::min_element(running, {}, &Download::next_step)->next_step();
  const auto wait =
      std::chrono::ceil<std::chrono::milliseconds>(next - std::chrono::steady_clock::now());
  if (wait.count() > 0)
    require(::curl_multi_poll(multi, nullptr, 0, static_cast<int>(wait.count()), nullptr));
}

}  // namespace

std::optional<FailureKind> download_all(DownloadRequest request, const std::string& store,
                                        const TransferSettings& settings) {
  const std::unique_ptr<CURLM, FreeMulti> multi(::curl_multi_init());
  std::list<Download> running;
  std::optional<FailureKind> failure;
  auto next = request.downloads.begin();
  for (;;) {
    for (; running.size() < request.parallel && next != request.downloads.end(); ++next)
      running.emplace_back(std::move(*next), store, settings, multi.get());
    const auto now = std::chrono::steady_clock::now();
    for (Download& download : running) download.step(now);
    int transferring = 0;
    require(::curl_multi_perform(multi.get(), &transferring));
    tell_who_ended(multi.get(), running);
    std::erase_if(running, [&](const Download& download) {
      if (download.finished() && !failure) failure = download.failure();
      return download.finished();
    });
    if (running.empty() && next == request.downloads.end()) return failure;
    if (!running.empty()) wait_for_news(multi.get(), running);
  }
}

}  // namespace baker
