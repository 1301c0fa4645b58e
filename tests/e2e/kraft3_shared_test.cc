// The flagship on a host that has baked nothing: another one has, and shares it.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/e2e/kraft3_fixture.h"
#include "tests/support/remote_servers.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Kraft3SharedTest : public Kraft3 {};

TEST_F(Kraft3SharedTest, AnEmptyHostRunsNoneOfItsStages) {
  const CacheRegistry registry(bench_->path() / "registry", {.tls = true, .password = true});
  const std::map<std::string, std::string> access = {
      {"SSL_CERT_FILE", registry.certificate()},
      {"REGISTRY_AUTH_FILE", registry.auth_file()},
      {"BAKER_REMOTE", registry.url()},
      {"BAKER_REMOTE_KEY", bench_->path() / "remote.key"}};
  ASSERT_EQ(bench_->baker({"remote", "key"}, access).exit_status, 0);
  const Outcome pushed = bench_->baker(arguments("push", {}), access);
  ASSERT_THAT(pushed.out, HasSubstr("10 pushed")) << pushed.all();

  fs::rename(bench_->cache(), bench_->path() / "cache-of-the-other");
  ASSERT_EQ(baker("destroy", {}).exit_status, 0);
  const Outcome run = bench_->baker(arguments("run", {"--locked"}), access);
  EXPECT_THAT(run.out, HasSubstr("10 stages pulled; 4 machines placed")) << run.all();
  EXPECT_EQ(bench_->baker({"verify", "--deep"}).exit_status, 0);
}

}  // namespace
}  // namespace baker::testing
