// baker-download, the real program, against a real HTTP server that misbehaves on demand.
#include "engine/io/hasher.h"
#include "tests/support/http_server.h"
#include "tests/support/workbench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <future>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>

namespace baker {
namespace {

namespace fs = std::filesystem;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Json = nlohmann::json;

struct Result {
  int exit_status = 0;
  std::vector<Json> events;

  std::vector<Json> of_kind(const std::string& event) const {
    std::vector<Json> found;
    for (const Json& candidate : events)
      if (candidate["event"] == event) found.push_back(candidate);
    return found;
  }
  // Of the one download that failed.
  std::string kind() const { return of_kind("failed").at(0)["kind"]; }
  std::string message() const { return of_kind("failed").at(0)["message"]; }
};

class DownloadTest : public ::testing::Test {
 protected:
  std::string store() const { return (workbench_.path() / "store").string(); }
  std::string kept(const std::string& digest_name) const {
    return workbench_.read("store/" + digest_name);
  }
  bool keeps_nothing() const {
    return !fs::exists(store()) || (fs::is_empty(store() + "/partial") &&
                                    std::distance(fs::directory_iterator(store()), {}) == 1);
  }

  void serve(const std::string& name, const std::string& content) const {
    workbench_.write("served/" + name, content);
  }
  std::string url(const std::string& path) const { return server_.url(path); }

  static Json wanted(const std::vector<std::string>& urls, const std::string& content) {
    return {{"name", "cake"}, {"urls", urls}, {"sha256", digest_of(content).hex()}};
  }

  std::vector<std::string> command(const std::vector<Json>& downloads,
                                   const std::string& store) const {
    const Json request = {{"downloads", downloads}};
    const std::string stdin_file = workbench_.write("request.json", request.dump());
    return {"sh",           "-c",  "exec \"$0\" --store \"$1\" --retry-delay-ms 1 < \"$2\"",
            BAKER_DOWNLOAD, store, stdin_file};
  }

  std::vector<std::string> with_pid_in_file(std::vector<std::string> argv) const {
    argv[2] = "echo $$ > '" + (workbench_.path() / "pid").string() + "'; " + argv[2];
    return argv;
  }

  static std::future<testing::Outcome> start(std::vector<std::string> argv) {
    return std::async(std::launch::async,
                      [argv = std::move(argv)] { return testing::run_program(argv); });
  }

  Result download_to(const std::string& store, const std::vector<Json>& downloads) const {
    return result_of(testing::run_program(command(downloads, store)));
  }
  Result download(const std::vector<std::string>& urls, const std::string& content) const {
    return download_to(store(), {wanted(urls, content)});
  }

  static Result result_of(const testing::Outcome& outcome) {
    EXPECT_EQ(outcome.err, "");
    Result result{.exit_status = outcome.exit_status, .events = {}};
    std::istringstream lines(outcome.out);
    for (std::string line; std::getline(lines, line);) result.events.push_back(Json::parse(line));
    return result;
  }

  testing::Workbench workbench_;
  testing::HttpServer server_{workbench_.path() / "served"};
};

std::string file_name_of(const std::string& content) {
  return digest_of(content).file_name();
}

// Bytes that no part of which is like another part.
std::string content_of(std::size_t size) {
  std::string content;
  for (unsigned line = 0; content.size() < size; ++line) content += std::to_string(line) + "\n";
  return content.substr(0, size);
}

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

TEST_F(DownloadTest, KeepsContentUnderItsDigest) {
  serve("cake", "flour and sugar");
  const Result result = download({url("cake")}, "flour and sugar");
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_EQ(kept(file_name_of("flour and sugar")), "flour and sugar");
  EXPECT_EQ(result.of_kind("done"), std::vector<Json>({{{"event", "done"},
                                                        {"name", "cake"},
                                                        {"digest", file_name_of("flour and sugar")},
                                                        {"bytes", 15}}}));
}

TEST_F(DownloadTest, KnowsSha512AsWell) {
  serve("cake", "sugar");
  const Digest digest = digest_of("sugar", HashAlgorithm::kSha512);
  download_to(store(), {{{"name", "cake"}, {"urls", {url("cake")}}, {"sha512", digest.hex()}}});
  EXPECT_EQ(kept(digest.file_name()), "sugar");
}

TEST_F(DownloadTest, BringsManyThings) {
  std::vector<Json> many;
  for (int i = 0; i < 20; ++i) {
    const std::string name = "cake" + std::to_string(i);
    serve(name, content_of(1000 + i));
    many.push_back(wanted({url(name)}, content_of(1000 + i)));
  }
  EXPECT_THAT(download_to(store(), many).of_kind("done"), SizeIs(20));
}

TEST_F(DownloadTest, BringsAnEmptyFile) {
  serve("nothing", "");
  EXPECT_EQ(download({url("nothing")}, "").exit_status, 0);
  EXPECT_EQ(kept(file_name_of("")), "");
}

TEST_F(DownloadTest, FollowsRedirects) {
  serve("cake", "sugar");
  EXPECT_EQ(download({url("old?redirect=/cake")}, "sugar").exit_status, 0);
}

TEST_F(DownloadTest, ReadsLocalFiles) {
  serve("cake", "sugar");
  const std::string file = "file://" + (workbench_.path() / "served/cake").string();
  EXPECT_EQ(download({file}, "sugar").exit_status, 0);
}

TEST_F(DownloadTest, AsksNoServerForWhatIsThere) {
  serve("cake", "sugar");
  download({url("cake")}, "sugar");
  const Result again = download({url("cake?again")}, "sugar");
  EXPECT_THAT(again.of_kind("done"), SizeIs(1));
  EXPECT_THAT(server_.requests(), ElementsAre("GET /cake -"));
}

TEST_F(DownloadTest, GoesOnWhereTheConnectionBroke) {
  serve("cake", content_of(300'000));
  const Result result = download({url("cake?break=100000")}, content_of(300'000));
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_THAT(server_.requests(),
              ElementsAre("GET /cake?break=100000 -", "GET /cake?break=100000 bytes=100000-"));
  EXPECT_THAT(result.of_kind("retry").at(0)["reason"].get<std::string>(),
              HasSubstr("after 100000 of 300000 bytes"));
}

TEST_F(DownloadTest, StartsAnewWhereTheServerKnowsNoRanges) {
  serve("cake", content_of(300'000));
  EXPECT_EQ(download({url("cake?break=100000&no-range")}, content_of(300'000)).exit_status, 0);
  EXPECT_EQ(kept(file_name_of(content_of(300'000))), content_of(300'000));
}

TEST_F(DownloadTest, AsksAgainAServerThatIsOverloaded) {
  serve("cake", "sugar");
  const Result result = download({url("cake?status=503&times=3")}, "sugar");
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_THAT(result.of_kind("retry"), SizeIs(3));
}

TEST_F(DownloadTest, GivesUpAServerThatStaysOverloaded) {
  const Result result = download({url("cake?status=503")}, "sugar");
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_EQ(result.kind(), "unreachable");
  EXPECT_THAT(result.message(), HasSubstr("503"));
  EXPECT_THAT(server_.requests(), SizeIs(5));
}

TEST_F(DownloadTest, GoesToTheNextSourceWhereOneHasItNoMore) {
  serve("cake", "sugar");
  const Result result = download({url("gone"), url("cake")}, "sugar");
  EXPECT_EQ(result.exit_status, 0);
  EXPECT_THAT(server_.requests(), ElementsAre("GET /gone -", "GET /cake -"));
  EXPECT_EQ(result.of_kind("source-failed").at(0)["url"], url("gone"));
}

TEST_F(DownloadTest, NamesEverySourceAndItsReason) {
  const std::string dead = "http://127.0.0.1:1/cake";  // nobody listens on port 1
  const Result result = download({url("gone"), dead}, "sugar");
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_EQ(result.kind(), "unreachable");
  EXPECT_THAT(result.message(),
              HasSubstr(url("gone") + ": the publisher does not have it (any more): HTTP 404"));
  EXPECT_THAT(result.message(), HasSubstr(dead + ": failed to connect"));
}

TEST_F(DownloadTest, TakesNothingElseThanWhatIsPinned) {
  serve("cake", "salt");
  serve("other", "sugar");
  const Result result = download({url("cake"), url("other")}, "sugar");
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_EQ(result.kind(), "mismatch");
  EXPECT_THAT(result.message(), HasSubstr(digest_of("sugar").hex()));
  EXPECT_THAT(result.message(), HasSubstr(digest_of("salt").hex()));
  EXPECT_THAT(server_.requests(), ElementsAre("GET /cake -"));
  EXPECT_TRUE(keeps_nothing());
}

TEST_F(DownloadTest, SaysHowMuchOfATruncatedFileCameAndAsksNoOtherSource) {
  serve("cake", content_of(1000));
  serve("other", content_of(1000));
  const Result result = download({url("cake?truncate=400"), url("other")}, content_of(1000));
  EXPECT_EQ(result.kind(), "truncated");
  EXPECT_THAT(result.message(), HasSubstr("after 400 of 1000 bytes"));
  EXPECT_THAT(server_.requests(), Each(StartsWith("GET /cake?truncate=400 ")));
}

TEST_F(DownloadTest, OneProcessWaitsForAnother) {
  serve("cake", content_of(1000));
  serve("tea", "tea");
  const Json cake = wanted({url("cake?pause=500&until=go")}, content_of(1000));
  auto first = start(command({cake}, store()));
  const bool first_waits = eventually([&] { return server_.requests().size() == 1; });
  // It looks after the cake before it asks for the tea.
  auto second = start(command({cake, wanted({url("tea")}, "tea")}, store()));
  const bool second_waits = eventually([&] { return server_.requests().size() == 2; });
  serve("go", "");
  EXPECT_TRUE(first_waits && second_waits);
  EXPECT_THAT(result_of(first.get()).of_kind("done"), SizeIs(1));
  EXPECT_THAT(result_of(second.get()).of_kind("done"), SizeIs(2));
  EXPECT_THAT(server_.requests(), ElementsAre("GET /cake?pause=500&until=go -", "GET /tea -"));
}

TEST_F(DownloadTest, GoesOnWhereAKilledProcessStopped) {
  const std::string content = content_of(1000);
  serve("cake", content);
  const fs::path partial = store() + "/partial/" + file_name_of(content);
  auto killed = start(
      with_pid_in_file(command({wanted({url("cake?pause=600&until=never")}, content)}, store())));
  const bool stands_at_600 = eventually([&] {
    std::error_code not_there_yet;
    return fs::file_size(partial, not_there_yet) == 600;
  });
  ::kill(std::stoi(workbench_.read("pid")), SIGTERM);
  ASSERT_EQ(killed.get().exit_status, 128 + SIGTERM);
  ASSERT_TRUE(stands_at_600);

  EXPECT_EQ(download({url("cake")}, content).exit_status, 0);
  EXPECT_EQ(server_.requests().back(), "GET /cake bytes=600-");
  EXPECT_FALSE(fs::exists(partial));
}

TEST_F(DownloadTest, FetchesAnewWhatACrashHasDamaged) {
  serve("cake", content_of(1000));
  workbench_.write("store/partial/" + file_name_of(content_of(1000)), std::string(600, '\0'));
  EXPECT_EQ(download({url("cake")}, content_of(1000)).exit_status, 0);
  EXPECT_EQ(kept(file_name_of(content_of(1000))), content_of(1000));
}

TEST_F(DownloadTest, SeesThatNothingIsMissingFromAPartialFile) {
  serve("cake", content_of(1000));
  workbench_.write("store/partial/" + file_name_of(content_of(1000)), content_of(1000));
  EXPECT_EQ(download({url("cake")}, content_of(1000)).exit_status, 0);
  EXPECT_THAT(server_.requests(), ElementsAre("GET /cake bytes=1000-"));
}

TEST_F(DownloadTest, SaysWhichDiskIsFullBeforeItWrites) {
  if (!testing::is_root()) GTEST_SKIP() << "mounting a small file system needs root";
  const fs::path small = workbench_.path() / "small";
  fs::create_directory(small);
  ASSERT_EQ(::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=64k"), 0);
  serve("cake", content_of(1'000'000));
  const Result result =
      download_to(small / "store", {wanted({url("cake")}, content_of(1'000'000))});
  EXPECT_EQ(result.exit_status, 1);
  EXPECT_EQ(result.kind(), "disk");
  EXPECT_THAT(result.message(), HasSubstr("the file system at \"" + small.string() + "\" is full"));
  EXPECT_THAT(result.message(), HasSubstr("at least 934 KB more are needed"));
  EXPECT_TRUE(fs::is_empty(small / "store/partial"));
}

TEST_F(DownloadTest, ReportsProgressWithTheTotal) {
  serve("cake", content_of(1000));
  std::vector<std::string> argv =
      command({wanted({url("cake?pause=600&until=go")}, content_of(1000))}, store());
  argv[2] += " | while read -r line; do echo \"$line\"; touch \"" +
             (workbench_.path() / "served/go").string() + "\"; done";
  const Result result = result_of(testing::run_program(argv));
  EXPECT_EQ(result.events.at(0),
            Json({{"event", "progress"}, {"name", "cake"}, {"done", 600}, {"total", 1000}}));
}

TEST_F(DownloadTest, RefusesARequestThatIsNone) {
  const testing::Outcome outcome = testing::run_program(
      command({{{"name", "cake"}, {"urls", {url("cake")}}, {"sha256", "abc"}}}, store()));
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("\"abc\" is not a SHA-256 digest"));
}

TEST_F(DownloadTest, GetPrintsTheBody) {
  serve("SHA256SUMS", "abc  cake\n");
  const testing::Outcome outcome =
      testing::run_program({BAKER_DOWNLOAD, "--get", url("SHA256SUMS")});
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_EQ(outcome.out, "abc  cake\n");
}

TEST_F(DownloadTest, GetTellsTheUnreachableFromTheImpossible) {
  const testing::Outcome gone = testing::run_program({BAKER_DOWNLOAD, "--get", url("gone")});
  EXPECT_EQ(gone.exit_status, 2);
  EXPECT_THAT(gone.err, HasSubstr("HTTP 404"));
  EXPECT_EQ(testing::run_program({BAKER_DOWNLOAD, "--get", "gopher://x/"}).exit_status, 1);
}

}  // namespace
}  // namespace baker
