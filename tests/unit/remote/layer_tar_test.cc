// Any layer is the same layer after it has travelled as a tar.
#include "engine/remote/layer_tar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "engine/base/error.h"
#include "engine/io/files.h"
#include "engine/io/hasher.h"
#include "tests/support/workbench.h"
#include "tests/unit/cache/random_stack.h"
#include "tests/unit/cache/sealed.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class LayerTarTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "owners and devices need root";
  }
  std::string at(const std::string& name) const { return bench_.path() / name; }
  // Of a tree at "layer/tree".
  Listing seal_layer() const {
    Listing listing = sealed(at("layer/tree"), {.epoch = 1'700'000'000});
    bench_.write("layer/listing", std::string(listing.text()));
    return listing;
  }
  std::string refusal(const std::string& blob, const std::string& marks, const Digest& layer) {
    try {
      unpack_layer_tar(blob, marks, layer, at("back"));
      return "";
    } catch (const Error& error) {
      return error.describe();
    }
  }

  Workbench bench_;
};

TEST_F(LayerTarTest, RandomLayersComeBackByteForByte) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    const fs::path folder = fresh_folder(bench_.path() / "stack");
    const RandomStack stack(seed, folder);
    for (const StackLayer& layer : stack.layers()) {
      const Listing listing = list_tree(layer.tree);
      const LayerTar tar = write_layer_tar(layer.tree, listing, at("blob"));
      fresh_folder(at("back"));
      try {
        unpack_layer_tar(at("blob"), marks_of(listing), digest_of(listing.text()), at("back"));
      } catch (const Error& error) {
        ASSERT_EQ(list_tree(at("back/tree")).text(), listing.text()) << error.describe();
      }
      EXPECT_EQ(read_file(at("back/listing")), listing.text());
      EXPECT_EQ(digest_file(at("blob")), tar.blob);
      EXPECT_EQ(fs::file_size(at("blob")), tar.size);
    }
  }
}

TEST_F(LayerTarTest, TheSameLayerMakesTheSameBlobWherever) {
  for (const char* place : {"one", "two"}) {
    bench_.write(std::string(place) + "/tree/etc/motd", "hello\n");
    bench_.write(std::string(place) + "/tree/usr/large", std::string(9 << 20, 'x'));
    sealed(at(std::string(place) + "/tree"), {.epoch = 1'700'000'000});
  }
  const LayerTar one = write_layer_tar(at("one/tree"), list_tree(at("one/tree")), at("blob1"));
  const LayerTar two = write_layer_tar(at("two/tree"), list_tree(at("two/tree")), at("blob2"));
  EXPECT_EQ(one.blob, two.blob);
  EXPECT_EQ(one.tar, two.tar);
}

TEST_F(LayerTarTest, HolesAreNeitherReadNorSentNorWritten) {
  for (const char* name : {"empty", "head", "tail", "middle"}) {
    const std::string file = bench_.write(std::string("layer/tree/") + name, "");
    fs::resize_file(file, std::string(name) == "empty" ? 5UL << 30 : 100UL << 30);
  }
  std::ofstream(at("layer/tree/head"), std::ios::in) << "head";
  std::ofstream(at("layer/tree/tail"), std::ios::app) << "tail";
  std::fstream middle(at("layer/tree/middle"), std::ios::in | std::ios::out);
  middle.seekp(50L << 30);
  middle << "middle";
  middle.close();
  const Listing listing = seal_layer();
  const LayerTar tar = write_layer_tar(at("layer/tree"), listing, at("blob"));
  EXPECT_LT(tar.size, 1U << 20);
  unpack_layer_tar(at("blob"), marks_of(listing), digest_of(listing.text()), at("back"));
  struct stat status {};
  ASSERT_EQ(stat(at("back/tree/middle").c_str(), &status), 0);
  EXPECT_EQ(status.st_size, 100L << 30);
  EXPECT_LT(status.st_blocks * 512, 4 << 20);
}

TEST_F(LayerTarTest, OtherProgramsReadIt) {
  bench_.write("layer/tree/etc/motd", "hello\n");
  write_layer_tar(at("layer/tree"), seal_layer(), at("blob"));
  EXPECT_EQ(run_program({"tar", "--zstd", "-xOf", at("blob"), "etc/motd"}).out, "hello\n");
}

TEST_F(LayerTarTest, ALayerThatIsNotWhatItsRecordNamesIsRefused) {
  bench_.write("layer/tree/etc/motd", "hello\n");
  const Listing listing = seal_layer();
  write_layer_tar(at("layer/tree"), listing, at("blob"));
  EXPECT_THAT(refusal(at("blob"), marks_of(listing), digest_of("another")),
              HasSubstr("is not the layer that its record names"));
}

// Whoever writes a tar can put a link where the marks say a folder is.
TEST_F(LayerTarTest, NothingIsWrittenOutsideOfTheLayer) {
  fs::create_directories(at("outside"));
  chmod(at("outside").c_str(), 0700);
  fs::create_directories(at("tree"));
  fs::create_directory_symlink(at("outside"), at("tree/d"));
  ASSERT_EQ(run_program({"tar", "-C", at("tree"), "-cf", at("blob"), "d"}).exit_status, 0);
  const std::string root(
      list_tree(at("tree")).text().substr(0, list_tree(at("tree")).text().find('\n') + 1));
  ListingEntry marked;
  marked.type = 'd';
  marked.mode = 0777;
  marked.path = "d/x";
  fs::create_directories(at("outside/x"));
  EXPECT_NE(refusal(at("blob"), root + line_of(marked), digest_of("any")), "");
  struct stat status {};
  ASSERT_EQ(stat(at("outside/x").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0755U);
}

TEST_F(LayerTarTest, ANameThatWouldDeleteSomethingIsNotShared) {
  bench_.write("layer/tree/etc/.wh.motd", "x");
  const Listing listing = seal_layer();
  EXPECT_THROW(write_layer_tar(at("layer/tree"), listing, at("blob")), Error);
}

}  // namespace
}  // namespace baker::testing
