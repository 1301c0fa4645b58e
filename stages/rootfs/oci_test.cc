#include <gmock/gmock.h>

#include "stages/rootfs/testing/image_registry.h"
#include "stages/rootfs/testing/rootfs_bench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class OciImageTest : public RootfsBench {
 protected:
  ImageRegistry registry_{bench_.path() / "registry"};
};

std::string oci(const std::string& reference) {
  return "oci = \"" + reference + "\"";
}

TEST_F(OciImageTest, LayersDeleteAndReplaceWhatIsBelowThem) {
  const std::string image = registry_.push("os:1", {{{"etc/deleted", "1"},
                                                     {"etc/replaced", "1"},
                                                     {"etc/kept", "1"},
                                                     {"opt/emptied/old", "1"},
                                                     {"opt/gone/old", "1"}},
                                                    {{"etc/.wh.deleted", ""},
                                                     {"etc/replaced", "2"},
                                                     {"opt/emptied/.wh..wh..opq", ""},
                                                     {"opt/emptied/new", "2"},
                                                     {"opt/.wh.gone", ""}}});

  const Outcome baked = bake({oci(image)});

  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_THAT(files_in_root(), ElementsAre("etc/kept", "etc/replaced", "opt/emptied/new"));
  EXPECT_EQ(text_in_root("etc/replaced"), "2");
}

class KindsOfImages : public OciImageTest, public ::testing::WithParamInterface<ImageOptions> {};

TEST_P(KindsOfImages, AreBaked) {
  const std::string image = registry_.push("os:1", {{{"etc/motd", "hello"}}}, GetParam());

  const Outcome baked = bake({oci(image)});

  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(text_in_root("etc/motd"), "hello");
}

INSTANTIATE_TEST_SUITE_P(ManifestsAndCompressions, KindsOfImages,
                         ::testing::Values(ImageOptions{.compression = "zstd"},
                                           ImageOptions{.format = "v2s2"}));

TEST_F(OciImageTest, StaysThePinnedOneWhenItsTagMoves) {
  const std::string image = registry_.push("os:1", {{{"etc/motd", "first"}}});
  ASSERT_EQ(bake({oci(image)}).exit_status, 0);
  registry_.push("os:1", {{{"etc/motd", "second"}}});
  forget_the_cache();

  const Outcome baked = bake({oci(image)}, {"--locked"});

  ASSERT_EQ(baked.exit_status, 0) << baked.all();
  EXPECT_EQ(text_in_root("etc/motd"), "first");
}

TEST_F(OciImageTest, ThatThePublisherRemovedNamesUpdate) {
  const std::string image = registry_.push("os:1", {{{"etc/motd", "first"}}});
  ASSERT_EQ(bake({oci(image)}).exit_status, 0);
  forget_the_cache();
  fs::remove_all(bench_.path() / "registry/data");

  const Outcome baked = bake({oci(image)});

  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(), AllOf(HasSubstr("baker update"), HasSubstr(image)));
}

TEST_F(OciImageTest, WithADamagedLayerEndsTheBake) {
  const std::string image = registry_.push("os:1", {{{"etc/motd", "hello"}}});
  for (const fs::path& layer : registry_.stored_layers()) {
    write_content(layer, content_of(layer).replace(20, 4, "XXXX"));
  }
  make_tarball(bench_.path() / "other.tar", {{"etc/motd", "other"}});

  const Outcome baked = bake({oci(image), "tar = \"other.tar\""});

  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(), AllOf(HasSubstr("can't be trusted"), Not(HasSubstr("next source"))));
}

TEST_F(OciImageTest, OfSchema1IsRefused) {
  const std::string image = registry_.push("os:1", {{{"etc/motd", "hello"}}}, {.format = "v2s1"});

  const Outcome baked = bake({oci(image)});

  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(), HasSubstr("old or unknown kind (schema 1)"));
}

TEST_F(OciImageTest, OfAnotherArchitectureIsRefused) {
  const std::string image =
      registry_.push("os:1", {{{"etc/motd", "hello"}}}, {.architecture = "s390x"});

  const Outcome baked = bake({oci(image)});

  EXPECT_EQ(baked.exit_status, 1);
  EXPECT_THAT(baked.all(), HasSubstr("is for \"s390x\", and this host is"));
}

}  // namespace
}  // namespace baker::testing
