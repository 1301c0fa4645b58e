#include "apt_sources.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <fstream>

namespace baker::rootfs {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::Pair;

class AptSourcesTest : public ::testing::Test {
 protected:
  AptSourcesTest() {
    std::string name = fs::temp_directory_path() / "apt-sources.XXXXXX";
    etc_apt_ = mkdtemp(name.data());
    fs::create_directory(etc_apt_ / "sources.list.d");
  }
  ~AptSourcesTest() override { fs::remove_all(etc_apt_); }

  void write(const std::string& name, const std::string& content) const {
    std::ofstream(etc_apt_ / name) << content;
  }
  AptSources for_bookworm() const { return host_apt_sources(etc_apt_, "bookworm"); }

  fs::path etc_apt_;
};

TEST_F(AptSourcesTest, KeepsTheLinesOfTheSuiteAndItsPockets) {
  write("sources.list",
        "# deb http://mirror bookworm main\n"
        "deb http://mirror bookworm main contrib # ours\n"
        "deb-src http://mirror bookworm main\n"
        "deb [arch=amd64] http://mirror bookworm-security main\n"
        "deb http://mirror trixie main\n");

  EXPECT_THAT(for_bookworm().files,
              ElementsAre(Pair("sources.list",
                               "deb http://mirror bookworm main contrib # ours\n"
                               "deb [arch=amd64] http://mirror bookworm-security main\n")));
}

TEST_F(AptSourcesTest, KeepsTheMatchingSuitesOfAStanza) {
  write("sources.list.d/debian.sources",
        "Types: deb deb-src\n"
        "# an old mirror\n"
        "URIs: http://mirror\n"
        "Suites: bookworm bookworm-updates trixie\n"
        "Components: main\n"
        "\n"
        "Types: deb\n"
        "URIs: http://mirror\n"
        "Suites: sid\n"
        "Components: main\n");

  EXPECT_THAT(for_bookworm().files, ElementsAre(Pair("debian.sources",
                                                     "Types: deb\n"
                                                     "URIs: http://mirror\n"
                                                     "Suites: bookworm bookworm-updates\n"
                                                     "Components: main\n")));
}

TEST_F(AptSourcesTest, LeavesOutADisabledStanza) {
  write("sources.list.d/off.sources",
        "Enabled: no\nTypes: deb\nURIs: http://mirror\nSuites: bookworm\nComponents: main\n");
  EXPECT_TRUE(for_bookworm().files.empty());
}

TEST_F(AptSourcesTest, LeavesOutFilesThatAptDoesNotRead) {
  write("sources.list.d/debian.sources.bak", "deb http://mirror bookworm main\n");
  EXPECT_TRUE(for_bookworm().files.empty());
}

TEST_F(AptSourcesTest, NamesTheKeyringsOfBothFormats) {
  write("sources.list", "deb [arch=amd64 signed-by=/keys/a.gpg] http://mirror bookworm main\n");
  write("sources.list.d/b.sources",
        "Types: deb\nURIs: http://mirror\nSuites: bookworm\nComponents: main\n"
        "Signed-By: /keys/b.gpg\n /keys/c.gpg\n");
  write("sources.list.d/embedded.sources",
        "Types: deb\nURIs: http://mirror\nSuites: bookworm\nComponents: main\n"
        "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDMEY865UxYJKwYB\n");

  EXPECT_THAT(for_bookworm().keyrings, ElementsAre("/keys/a.gpg", "/keys/b.gpg", "/keys/c.gpg"));
}

TEST_F(AptSourcesTest, AreKnownToNeedCertificates) {
  write("tls.list", "deb https://mirror bookworm main\n");
  write("plain.list", "deb http://mirror bookworm main\n");
  EXPECT_TRUE(names_https({"deb http://mirror jammy main", etc_apt_ / "tls.list"}));
  EXPECT_TRUE(names_https({"deb https://mirror jammy main"}));
  EXPECT_FALSE(names_https({"deb http://mirror jammy main", etc_apt_ / "plain.list"}));
  EXPECT_FALSE(names_https({}));
}

}  // namespace
}  // namespace baker::rootfs
