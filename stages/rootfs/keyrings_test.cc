#include "keyrings.h"

#include <baker/stage.h>
#include <gmock/gmock.h>

#include "tests/support/workbench.h"

namespace baker::rootfs {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

constexpr const char* kArmored = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEY865UxYJKwYB\n";
constexpr const char* kBinary = "\x99\x01\x0d\x04";

class Keyrings : public ::testing::Test {
 protected:
  std::vector<fs::path> trusted() const {
    std::vector<fs::path> names = trusted_keyrings(bench_.path() / "own", bench_.path() / "host");
    for (fs::path& name : names) name = name.filename();
    return names;
  }

  const testing::Workbench bench_;
};

TEST_F(Keyrings, OfTheProjectAndOfTheHostAreTrustedTogether) {
  bench_.write("own/ubuntu-archive-2018.asc", kArmored);
  bench_.write("host/etc/apt/trusted.gpg.d/company.asc", kArmored);
  bench_.write("host/usr/share/keyrings/debian-archive-keyring.gpg", kBinary);
  EXPECT_THAT(trusted(), UnorderedElementsAre("ubuntu-archive-2018.asc", "company.asc",
                                              "debian-archive-keyring.gpg"));
}

TEST_F(Keyrings, OfOneRepositoryAloneAreNotTrustedForOthers) {
  bench_.write("own/ubuntu-archive-2018.asc", kArmored);
  bench_.write("host/usr/share/keyrings/a-third-party.gpg", kBinary);
  EXPECT_THAT(trusted(), ElementsAre("ubuntu-archive-2018.asc"));
}

TEST_F(Keyrings, ThatAptCouldNotReadAreLeftOut) {
  bench_.write("host/etc/apt/trusted.gpg.d/empty.gpg", "");
  bench_.write("host/etc/apt/trusted.gpg.d/note.asc", "keys go here\n");
  bench_.write("host/etc/apt/trusted.gpg.d/README", kArmored);
  bench_.write("host/etc/apt/trusted.gpg.d/good.gpg", kBinary);
  fs::create_directories(bench_.path() / "host/etc/apt/trusted.gpg.d/folder.gpg");
  EXPECT_THAT(trusted(), ElementsAre("good.gpg"));
}

TEST_F(Keyrings, AreCopiedUnderTheEndingOfTheirForm) {
  bench_.write("armored.gpg", kArmored);
  bench_.write("binary.asc", kBinary);
  copy_keyrings({bench_.path() / "armored.gpg", bench_.path() / "binary.asc"},
                bench_.path() / "copies");
  EXPECT_EQ(bench_.read("copies/0-armored.asc"), kArmored);
  EXPECT_EQ(bench_.read("copies/1-binary.gpg"), kBinary);
}

TEST_F(Keyrings, ThatAreNoneAreNotCopied) {
  bench_.write("page.gpg", "<html>not found</html>");
  try {
    copy_keyrings({bench_.path() / "page.gpg"}, bench_.path() / "copies");
    FAIL() << "it was copied";
  } catch (const StageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("page.gpg is not a keyring"));
  }
}

}  // namespace
}  // namespace baker::rootfs
