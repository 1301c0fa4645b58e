#include "engine/pipeline/lock_file.h"

#include "engine/base/error.h"
#include "tests/support/workbench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace baker {
namespace {

using ::testing::HasSubstr;

Value pin_of(const std::string& name) {
  return Value(Value::Map{{"name", Value(name)}, {"sha256", Value(std::string(64, 'a'))}});
}

PinSet set_of(const std::string& stage, const std::string& key) {
  return {stage,
          "apt",
          key,
          {{"packages", Value(std::string("x \"y\" \\ ü\n"))}},
          {pin_of("one"), pin_of("two")}};
}

class LockFileTest : public ::testing::Test {
 protected:
  std::string mistakes(const std::string& text) {
    bench_.write("p.lock.toml", text);
    try {
      LockFile::load(path_);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalid);
      return error.describe();
    }
    return "";
  }
  ino_t inode() const {
    struct stat status {};
    EXPECT_EQ(stat(path_.c_str(), &status), 0);
    return status.st_ino;
  }

  testing::Workbench bench_;
  const std::string path_ = bench_.path() / "p.lock.toml";
};

TEST_F(LockFileTest, IsEmptyWhereThereIsNone) {
  const LockFile lock = LockFile::load(path_);
  EXPECT_TRUE(lock.sets().empty());
  EXPECT_FALSE(lock.epoch());
}

TEST_F(LockFileTest, IsTheSameAfterItWasWrittenAndRead) {
  LockFile lock = LockFile::load(path_);
  lock.set_epoch(1234);
  lock.put(set_of("base", "k1"));
  lock.save();
  const LockFile read = LockFile::load(path_);
  EXPECT_EQ(read.epoch(), 1234);
  ASSERT_NE(read.find("k1"), nullptr);
  EXPECT_EQ(read.find("k1")->stage, "base");
  EXPECT_EQ(read.find("k1")->pins, set_of("base", "k1").pins);
  EXPECT_EQ(read.find("k1")->asked, set_of("base", "k1").asked);
  EXPECT_EQ(read.find("k2"), nullptr);
}

TEST_F(LockFileTest, KnowsWhoseASetIs) {
  LockFile lock = LockFile::load(path_);
  PinSet set = set_of("base", "k1");
  set.pipeline = "demo-b";
  lock.put(set);
  lock.put(set_of("base", "k2"));
  lock.save();
  const LockFile read = LockFile::load(path_);
  EXPECT_EQ(read.find("k1")->pipeline, "demo-b");
  EXPECT_EQ(read.find("k2")->pipeline, "");
}

TEST_F(LockFileTest, IsSortedAndHasALineForEveryPin) {
  LockFile lock = LockFile::load(path_);
  for (const char* key : {"3", "1", "2"})
    lock.put(set_of(key == std::string("1") ? "z" : "a", key));
  lock.save();
  const std::string text = bench_.read("p.lock.toml");
  EXPECT_LT(text.find("key = \"2\""), text.find("key = \"3\""));
  EXPECT_LT(text.find("key = \"3\""), text.find("key = \"1\""));
  EXPECT_THAT(text, HasSubstr("\n  { name = \"one\", sha256 = \"" + std::string(64, 'a') +
                              "\" },\n  { name = \"two\""));
}

TEST_F(LockFileTest, StaysAsItIsWhereNothingChanged) {
  LockFile lock = LockFile::load(path_);
  lock.put(set_of("base", "k1"));
  lock.save();
  const ino_t before = inode();
  LockFile again = LockFile::load(path_);
  again.save();
  again.put(set_of("base", "k1"));
  again.save();
  EXPECT_EQ(inode(), before);
}

TEST_F(LockFileTest, KeepsOneSetForAKey) {
  LockFile lock = LockFile::load(path_);
  lock.put(set_of("base", "k1"));
  lock.put(set_of("renamed", "k1"));
  ASSERT_EQ(lock.sets().size(), 1u);
  EXPECT_EQ(lock.find("k1")->stage, "renamed");
}

TEST_F(LockFileTest, DropsTheSetsThatAreNamed) {
  LockFile lock = LockFile::load(path_);
  lock.put(set_of("base", "k1"));
  lock.put(set_of("base", "k2"));
  lock.put(set_of("kafka", "k3"));
  lock.drop([](const PinSet& set) { return set.stage == "base"; });
  ASSERT_EQ(lock.sets().size(), 1u);
  EXPECT_EQ(lock.sets()[0]->stage, "kafka");
}

// Pipelines of several names can come from one file: each baker writes what it knows.
TEST_F(LockFileTest, KeepsWhatAnotherBakerHasWrittenMeanwhile) {
  LockFile first = LockFile::load(path_);
  LockFile second = LockFile::load(path_);
  first.put(set_of("one", "k1"));
  first.save();
  second.put(set_of("two", "k2"));
  second.save();
  const LockFile read = LockFile::load(path_);
  EXPECT_TRUE(read.find("k1"));
  EXPECT_TRUE(read.find("k2"));
}

TEST_F(LockFileTest, DoesNotBringBackWhatItHasDropped) {
  LockFile first = LockFile::load(path_);
  first.put(set_of("one", "k1"));
  first.save();
  LockFile second = LockFile::load(path_);
  second.drop([](const PinSet& set) { return set.stage == "one"; });
  second.put(set_of("one", "k2"));
  second.save();
  EXPECT_EQ(LockFile::load(path_).sets().size(), 1u);
}

TEST_F(LockFileTest, TakesTheEpochOfWhoeverWroteItFirst) {
  LockFile first = LockFile::load(path_);
  LockFile second = LockFile::load(path_);
  first.set_epoch(1000);
  first.save();
  second.set_epoch(2000);
  second.save();
  EXPECT_EQ(second.epoch(), 1000);
  EXPECT_EQ(LockFile::load(path_).epoch(), 1000);
}

// By commit 77286ae.
TEST_F(LockFileTest, IsReadAsAnEarlierBakerHasWrittenIt) {
  bench_.write(
      "p.lock.toml",
      "format = 1\nsource-date-epoch = 1796002239\n\n[[set]]\nstage = \"base\"\n"
      "type = \"rootfs\"\n"
      "key = \"48e7f69e20cb50a336c892e5c8f1e5ce1ecd308efae883677c98f5d9d62f166c\"\n"
      "asked = { sources = [{ include = [], tar = \"base.tar\" }] }\npins = [\n"
      "  { base = \"base.tar\", kind = \"tarball\", name = \"base.tar\", sha256 = "
      "\"82d65136793e10412f33896f3ea3ebd931066d86b046da10f1abaf2ae9fb21b4\", source = 1 },\n"
      "]\n");
  const LockFile lock = LockFile::load(path_);
  EXPECT_EQ(lock.epoch(), 1796002239);
  const PinSetPointer set =
      lock.find("48e7f69e20cb50a336c892e5c8f1e5ce1ecd308efae883677c98f5d9d62f166c");
  ASSERT_NE(set, nullptr);
  EXPECT_EQ(set->stage, "base");
  EXPECT_EQ(set->pins.size(), 1u);
}

TEST_F(LockFileTest, TakesTheEpochZeroAtItsWord) {
  bench_.write("p.lock.toml", "format = 1\nsource-date-epoch = 0\n");
  EXPECT_EQ(LockFile::load(path_).epoch(), 0);
}

TEST_F(LockFileTest, WritesThroughASymlink) {
  bench_.write("shared.toml", "format = 1\nsource-date-epoch = 5\n");
  std::filesystem::create_symlink("shared.toml", path_);
  LockFile lock = LockFile::load(path_);
  lock.put(set_of("base", "k1"));
  lock.save();
  EXPECT_TRUE(std::filesystem::is_symlink(path_));
  EXPECT_TRUE(LockFile::load(bench_.path() / "shared.toml").find("k1"));
}

TEST_F(LockFileTest, KeepsItsOwner) {
  if (!testing::is_root()) GTEST_SKIP() << "needs root";
  bench_.write("p.lock.toml", "format = 1\nsource-date-epoch = 5\n");
  ASSERT_EQ(chown(path_.c_str(), 33, 33), 0);
  LockFile lock = LockFile::load(path_);
  lock.put(set_of("base", "k1"));
  lock.save();
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 33u);
}

TEST_F(LockFileTest, LeavesASetToWhoeverHoldsIt) {
  LockFile lock = LockFile::load(path_);
  lock.put(set_of("base", "k1"));
  const PinSetPointer held = lock.find("k1");
  for (int i = 0; i < 100; ++i) lock.put(set_of("other", std::to_string(i)));
  lock.drop([](const PinSet& set) { return set.stage == "base"; });
  EXPECT_EQ(held->stage, "base");
}

TEST_F(LockFileTest, OfAnotherFormatIsNotGuessedAt) {
  EXPECT_THAT(mistakes("format = 2\n"), HasSubstr("a format that this baker does not know"));
  EXPECT_THAT(mistakes("source-date-epoch = 1\n"), HasSubstr("does not know"));
}

TEST_F(LockFileTest, SaysWhereItIsDamaged) {
  EXPECT_THAT(mistakes("format = 1\nsource-date-epoch = \"x\"\n"), HasSubstr("p.lock.toml:2:"));
  EXPECT_THAT(mistakes("format = 1\nset = [1]\n"), HasSubstr("must be a table"));
  EXPECT_THAT(mistakes("format = 1\n[[set]]\nkey = \"k\"\npins = 1\n"),
              HasSubstr("must be a list"));
  EXPECT_THAT(mistakes("format = 1\n[[set]]\nkeys = \"k\"\n"), HasSubstr("unknown key \"keys\""));
}

TEST_F(LockFileTest, SaysWhereAPinIsDamaged) {
  auto pins = [this](const std::string& pin) {
    return mistakes("format = 1\n[[set]]\nkey = \"k\"\npins = [\n  " + pin + ",\n]\n");
  };
  EXPECT_THAT(pins("1"), HasSubstr("p.lock.toml:5:3: a pin must be a table"));
  EXPECT_THAT(pins("{ url = 1 }"), HasSubstr("the \"url\" of a pin must be text"));
  for (const char* digest : {"\"../../etc/shadow\"", "\"abc\"", "1"}) {
    EXPECT_THAT(pins(std::string("{ sha256 = ") + digest + " }"),
                HasSubstr("the \"sha256\" of a pin must be its digest in hex"));
  }
  EXPECT_THAT(pins("{ sha512 = \"" + std::string(64, 'a') + "\" }"), HasSubstr("\"sha512\""));
}

TEST(PinnedDownload, IsNamedByTheStrongestDigest) {
  const std::string sha256(64, 'a');
  const std::string sha512(128, 'b');
  EXPECT_EQ(
      pinned_download(Value(Value::Map{{"sha256", Value(sha256)}, {"sha512", Value(sha512)}})),
      "sha512-" + sha512);
  EXPECT_EQ(pinned_download(Value(Value::Map{{"sha256", Value(sha256)}})), "sha256-" + sha256);
  EXPECT_EQ(pinned_download(Value(Value::Map{{"sha256", Value(std::string("short"))}})),
            std::nullopt);
}

}  // namespace
}  // namespace baker
