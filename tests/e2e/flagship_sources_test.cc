// Where Ubuntu's archive does not answer, the flagship is baked from an image of the same release,
// and serves all the same: from servers here that publish what Ubuntu and the hub do.
#include <gmock/gmock.h>

#include "stages/rootfs/testing/image_registry.h"
#include "stages/rootfs/testing/signed_archive.h"
#include "tests/e2e/cluster_fixture.h"
#include "tests/support/http_server.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kArchive = "{ mmdebstrap = \"${base}\" }";
constexpr const char* kCloudImages = "https://cloud-images.ubuntu.com";
constexpr const char* kHubsImage = "hub.nspawn.org/ubuntu:22.04";
constexpr const char* kNobody = "127.0.0.1:1";  // where no server listens

std::string with(std::string text, const std::string& from, const std::string& to) {
  text.replace(text.find(from), from.size(), to);
  return text;
}

class FlagshipSourcesNightly : public Kraft3 {
 protected:
  void SetUp() override {
    Kraft3::SetUp();
    if (flagship_base() != "jammy") GTEST_SKIP() << "Ubuntu's archive does not answer";
    write_pipeline(flagship());
    const Outcome baked = run({});  // for the root that the image is made of
    ASSERT_EQ(baked.exit_status, 0) << baked.all();
  }
  void TearDown() override {
    baker("down", {"--start-with", "direct", "--stop-timeout", "1"});
    baker("destroy", {});
  }

  // A root with a little of what an image has and mmdebstrap's root has not.
  static fs::path image(const fs::path& tarball) {
    const fs::path tree = bench_->path() / "image";
    run_or_throw({"cp", "-a", bench_->layer_of("kraft3.toml", "os"), tree});
    write_content(tree / "etc/cloud/cloud.cfg", "users: [default]\n");
    fs::create_directories(tarball.parent_path());
    run_or_throw({"tar", "-C", tree, "--numeric-owner", "-caf", tarball, "."});
    fs::remove_all(tree);
    return tarball;
  }
  // Without the archive.
  static std::string flagship_of_images() {
    return with(flagship(), kArchive,
                "{ mmdebstrap = \"${base}\", mirror = \"http://" + std::string(kNobody) + "\" }");
  }
  static void expect_to_serve(const std::string& pipeline, const std::string& source) {
    write_pipeline(pipeline);
    const Outcome baked = run({});
    ASSERT_EQ(baked.exit_status, 0) << baked.all();
    EXPECT_THAT(baked.out, AllOf(HasSubstr("from " + source), HasSubstr("passed over:")));
    const PrivateNetwork network;
    const Outcome started = baker("up", {"--set", "heap=400m", "--start-with", "direct"});
    EXPECT_EQ(started.exit_status, 0) << started.all();
    EXPECT_THAT(started.out, HasSubstr("3 brokers"));
  }
};

TEST_F(FlagshipSourcesNightly, ServesOnUbuntusSignedCloudImage) {
  const fs::path folder = bench_->path() / "published/jammy/current";
  const std::string name = "jammy-server-cloudimg-amd64-root.tar.xz";
  image(folder / name);
  const SigningKey key(bench_->path() / "key");
  write_content(folder / "SHA256SUMS", sha256_of(folder / name) + " *" + name + "\n");
  key.sign_beside(folder / "SHA256SUMS");
  const HttpServer server(bench_->path() / "published");
  const std::string url = server.url("");

  std::string pipeline = with(flagship_of_images(), kCloudImages, url.substr(0, url.size() - 1));
  pipeline = with(pipeline, "root.tar.xz\"",
                  "root.tar.xz\", keyring = \"" + key.keyring().string() + "\"");
  expect_to_serve(pipeline, "the tarball " + url + "jammy/current/" + name);
}

TEST_F(FlagshipSourcesNightly, ServesOnTheHubsImage) {
  const ImageRegistry registry(bench_->path() / "registry");
  const std::string reference =
      registry.push_tarballs("ubuntu:22.04", {image(bench_->path() / "layer.tar")});
  const std::string pipeline =
      with(with(flagship_of_images(), kCloudImages, "http://" + std::string(kNobody)), kHubsImage,
           reference);
  expect_to_serve(pipeline, "the image " + reference);
}

// Other releases and another Java, as a user asks for them.
class FlagshipBasesNightly : public Cluster {
 protected:
  void TearDown() override { forget_cluster(); }

  void expect_to_serve(const std::vector<std::string>& settings, const std::string& command,
                       const std::string& answer) {
    const Outcome baked = run(small(settings));  // before the network is a private one
    ASSERT_EQ(baked.exit_status, 0) << baked.all();
    const PrivateNetwork network;
    const Outcome started = up(settings);
    ASSERT_EQ(started.exit_status, 0) << started.all();
    EXPECT_THAT(started.out, HasSubstr("3 brokers"));
    EXPECT_THAT(in("node1", command).all(), HasSubstr(answer));
  }
  static void SetUpTestSuite() {
    Kraft3::SetUpTestSuite();
    write_pipeline(patient_flagship());
  }
  static void TearDownTestSuite() {}
};

TEST_F(FlagshipBasesNightly, ServesOnNoble) {
  expect_to_serve({"--set", "base=noble"}, "cat /etc/os-release", "VERSION_CODENAME=noble");
}

TEST_F(FlagshipBasesNightly, ServesOnDebian) {
  expect_to_serve({"--set", "base=bookworm"}, "cat /etc/os-release", "VERSION_CODENAME=bookworm");
}

TEST_F(FlagshipBasesNightly, ServesOnTheHostsOwnDistribution) {
  expect_to_serve({"--set", "base=host"}, "cat /etc/os-release", content_of("/usr/lib/os-release"));
}

TEST_F(FlagshipBasesNightly, ServesOnJava21) {
  expect_to_serve({"--set", "java=21"}, "java -version", "version \"21");
}

TEST_F(FlagshipBasesNightly, ServesOnJava25) {
  expect_to_serve({"--set", "java=25"}, "java -version", "version \"25");
}

}  // namespace
}  // namespace baker::testing
