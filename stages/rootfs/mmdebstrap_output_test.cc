// What it prints is what mmdebstrap 1.3 and the apt of Debian 12 say.
#include "mmdebstrap_output.h"

#include <baker/stage.h>
#include <gmock/gmock.h>

namespace baker::rootfs {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kUrl = "http://archive.example.invalid/ubuntu";

// The reason for the next source, or for the end of the bake.
std::string passed_over(const std::string& output, const AskedSuite& asked = {"jammy"}) {
  try {
    throw_mmdebstrap_failure(asked, 25, output);
  } catch (const Unreachable& reason) {
    return reason.what();
  } catch (const StageError& error) {
    return std::string("the bake ends: ") + error.what();
  }
}
std::string ended(const std::string& output) {
  try {
    throw_mmdebstrap_failure({"jammy"}, 25, output);
  } catch (const Unreachable& reason) {
    return std::string("the next source is tried: ") + reason.what();
  } catch (const StageError& error) {
    return error.what();
  }
}
std::string index_line(const std::string& state) {
  return state + ":1 " + kUrl + " jammy InRelease\n";
}
std::string without_release(const std::string& answer) {
  return "Err:2 " + std::string(kUrl) + " jammy Release\n  " + answer + "\nE: The repository '" +
         kUrl + " jammy Release' does not have a Release file.\n";
}

TEST(MmdebstrapFails, OnAKeyThatNobodyTrusts) {
  EXPECT_THAT(ended("W: GPG error: " + std::string(kUrl) +
                    " jammy InRelease: The following signatures couldn't be verified because the "
                    "public key is not available: NO_PUBKEY 871920D1991BC93C\n"),
              AllOf(HasSubstr("the archive of jammy fails its verification: GPG error"),
                    HasSubstr("give the source its `keyring`")));
}

TEST(MmdebstrapFails, OnASignatureThatDoesNotFit) {
  for (const char* mark : {"BADSIG", "EXPKEYSIG", "REVKEYSIG", "ERRSIG"}) {
    EXPECT_THAT(
        ended("W: GPG error: " + std::string(kUrl) + " jammy InRelease: " + mark + " 871\n"),
        HasSubstr("fails its verification"));
  }
}

TEST(MmdebstrapFails, OnAnArchiveWithoutASignature) {
  EXPECT_THAT(ended("E: The repository '" + std::string(kUrl) + " jammy Release' is not signed.\n"),
              HasSubstr("fails its verification: The repository"));
}

TEST(MmdebstrapFails, OnPackagesThatAreNotWhatTheIndexSays) {
  EXPECT_THAT(ended("Err:9 " + std::string(kUrl) +
                    " jammy/main amd64 zlib1g\n  Hash Sum mismatch\n"
                    "E: Failed to fetch " +
                    kUrl + "/zlib1g.deb  Hash Sum mismatch\n"),
              HasSubstr("the archive of jammy fails its verification"));
}

TEST(MmdebstrapFails, OnAnIndexOfAnotherTime) {
  EXPECT_THAT(ended("E: Release file for " + std::string(kUrl) +
                    "/dists/jammy/InRelease is expired (invalid since 3d 2h 1min 5s).\n"),
              AllOf(HasSubstr("the index of jammy's archive is not valid at the time of this host"),
                    HasSubstr("is expired (invalid since 3d")));
  EXPECT_THAT(ended("E: Release file for " + std::string(kUrl) +
                    "/dists/jammy/InRelease is not valid yet (invalid for another 2h 3min 4s).\n"),
              HasSubstr("is not valid yet (invalid for another 2h"));
}

TEST(MmdebstrapFails, OnAPackageThatTheArchiveDoesNotHave) {
  EXPECT_THAT(ended("E: Unable to locate package libnss-mdsn\n"),
              HasSubstr("has no such package in these `components`: Unable to locate package lib"));
}

TEST(MmdebstrapFails, OnAFullDiskWhateverElseItSays) {
  EXPECT_THAT(ended("E: Failed to fetch x\ndpkg: error: write: No space left on device\n"),
              HasSubstr("the disk of the cache is full"));
}

TEST(MmdebstrapFails, OnWhatNobodyHasForeseen) {
  EXPECT_THAT(ended("I: automatically chosen mode\nE: setup failed: qemu is odd\n"),
              AllOf(HasSubstr("exit status 25; its last lines:"), HasSubstr("qemu is odd")));
}

TEST(MmdebstrapIsPassedOver, WhereTheArchiveDoesNotAnswer) {
  EXPECT_THAT(passed_over(index_line("Err") +
                          "  Could not connect to archive.example.invalid:80\n"
                          "E: Failed to fetch " +
                          kUrl + "  Could not connect\n"),
              HasSubstr("Failed to fetch http://archive.example.invalid"));
}

TEST(MmdebstrapIsPassedOver, WhereTheArchiveHasNoSuchSuite) {
  EXPECT_THAT(passed_over(without_release("404  Not Found [IP: 192.0.2.1 80]")),
              HasSubstr("its archive has no suite \"jammy\" (404  Not Found"));
}

TEST(MmdebstrapIsPassedOver, WhereTheArchiveIsBroken) {
  EXPECT_THAT(passed_over(without_release("500  Internal Server Error")),
              HasSubstr("does not have a Release file. (500  Internal Server Error)"));
}

TEST(MmdebstrapIsPassedOver, WhereNobodyKnowsTheSuite) {
  EXPECT_THAT(passed_over(without_release("404  Not Found"), {.name = "jammmy", .known = false}),
              HasSubstr("no release of Debian or Ubuntu is called \"jammmy\""));
}

}  // namespace
}  // namespace baker::rootfs
