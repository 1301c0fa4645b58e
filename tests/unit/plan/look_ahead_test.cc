#include "engine/plan/look_ahead.h"

#include <gtest/gtest.h>

#include "engine/io/hasher.h"
#include "tests/support/workbench.h"

namespace baker {
namespace {

class LookAheadTest : public ::testing::Test {
 protected:
  // Puts a layer under a key and returns it.
  Digest bake(const std::string& key) {
    const Digest layer = digest_of("layer of " + key);
    bench_.write("cache/layers/" + layer.hex() + "/listing", "");
    bench_.write("cache/actions/" + key,
                 ActionRecord{.layer = layer, .key_text = {}, .log = {}}.text());
    return layer;
  }

  testing::Workbench bench_;
  std::unique_ptr<FileOps> files_ = real_file_ops();
};

TEST_F(LookAheadTest, FindsWhatTheStoreFinds) {
  const Digest one = bake("one");
  const Digest two = bake("two");
  const Store store(bench_.path() / "cache", *files_);
  const LookAhead ahead(store, {"one", "absent", "two", ""});
  std::string damage;
  EXPECT_EQ(ahead.find(0, "one", &damage), one);
  EXPECT_EQ(ahead.find(1, "absent", &damage), std::nullopt);
  EXPECT_EQ(ahead.find(2, "two", &damage), two);
  EXPECT_EQ(ahead.find(3, "one", &damage), one);
}

TEST_F(LookAheadTest, LooksForAKeyThatWasNotExpected) {
  bake("old");
  const Digest layer = bake("new");
  const Store store(bench_.path() / "cache", *files_);
  const LookAhead ahead(store, {"old"});
  EXPECT_EQ(ahead.find(0, "new", nullptr), layer);
}

TEST_F(LookAheadTest, SaysWhatIsDamaged) {
  bake("one");
  bench_.write("cache/actions/one", "damage");
  const Store store(bench_.path() / "cache", *files_);
  const LookAhead ahead(store, {"one"});
  std::string damage;
  EXPECT_EQ(ahead.find(0, "one", &damage), std::nullopt);
  EXPECT_NE(damage, "");
}

}  // namespace
}  // namespace baker
