#include "engine/io/archive_unpacker.h"

#include "engine/base/error.h"
#include "tests/support/workbench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <locale.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <filesystem>

namespace baker {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What the archives below are written with: add(name, …) in Python, whose tarfile writes anything.
constexpr const char* kPrelude = R"(
import io, sys, tarfile
tar = tarfile.open(sys.argv[1], 'w:' + (sys.argv[2] if len(sys.argv) > 2 else ''), format=tarfile.PAX_FORMAT)
def add(name, content=b'', type=tarfile.REGTYPE, mode=0o644, link='', xattrs={}, **more):
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.linkname, info.size, info.mtime = type, mode, link, len(content), 1600000000
    info.pax_headers = {'SCHILY.xattr.' + k: v for k, v in xattrs.items()}
    for k, v in more.items(): setattr(info, k, v)
    tar.addfile(info, io.BytesIO(content))
def folder(name, **more): add(name, type=tarfile.DIRTYPE, **{'mode': 0o755, **more})
def symlink(name, target): add(name, type=tarfile.SYMTYPE, link=target)
def hardlink(name, target): add(name, type=tarfile.LNKTYPE, link=target)
)";

class ArchiveUnpackerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::is_root()) GTEST_SKIP() << "needs root: it sets owners, devices and xattrs";
    fs::create_directory(bench_.path() / "root");
    bench_.write("outside/secret", "host");
    root_.emplace((bench_.path() / "root").string());
  }

  fs::path archive(const std::string& script, const std::string& compression = "") {
    fs::path file = bench_.path() / ("archive-" + std::to_string(archives_++));
    testing::Outcome made = testing::run_program(
        {"python3", "-c", kPrelude + script + "\ntar.close()", file.string(), compression});
    EXPECT_EQ(made.exit_status, 0) << made.all();
    return file;
  }
  UnpackResult unpack_file(const fs::path& file, const UnpackOptions& options = {}) {
    return unpack_archive(file.string(), "the archive", *root_, options);
  }
  UnpackResult unpack(const std::string& script, const UnpackOptions& options = {}) {
    return unpack_file(archive(script), options);
  }
  void unpack_layer(const std::string& script) {
    unpack(script, {.whiteouts = WhiteoutNames::kRemove});
  }

  std::string failure_of(const fs::path& file, const UnpackOptions& options = {}) {
    try {
      unpack_file(file, options);
    } catch (const Error& error) {
      return error.describe();
    }
    return "no error";
  }
  std::string failure(const std::string& script) { return failure_of(archive(script)); }

  std::string on_host(const std::string& path) const {
    return (bench_.path() / "root" / path).string();
  }
  struct stat status(const std::string& path) const {
    return root_->status(path).value();
  }
  std::string xattr(const std::string& path, const char* name) const {
    char value[256];
    ssize_t length = ::lgetxattr(on_host(path).c_str(), name, value, sizeof value);
    return length < 0 ? "none" : std::string(value, static_cast<size_t>(length));
  }

  testing::Workbench bench_;
  std::optional<RootDir> root_;
  int archives_ = 0;
};

// Nothing leaves the root.

TEST_F(ArchiveUnpackerTest, RefusesPathsWithDotDot) {
  EXPECT_EQ(failure("add('a/../../outside/secret', b'x')"),
            "unpacking the archive: entry \"a/../../outside/secret\": its path contains \"..\" "
            "and could leave its folder");
}

TEST_F(ArchiveUnpackerTest, TakesAbsolutePathsInsideTheRoot) {
  unpack("add('/etc/motd', b'hello')");
  EXPECT_EQ(root_->read_file("/etc/motd"), "hello");
}

TEST_F(ArchiveUnpackerTest, FollowsNoSymlinkOutOfTheRoot) {
  std::string outside = (bench_.path() / "outside").string();
  unpack("symlink('evil', '" + outside + "'); add('evil/secret', b'archive')");
  EXPECT_EQ(bench_.read("outside/secret"), "host");
}

TEST_F(ArchiveUnpackerTest, FollowsNoChainOfSymlinksOutOfTheRoot) {
  unpack(
      "symlink('a', '.'); symlink('a/b', '..'); symlink('c', 'b/../outside'); add('c/secret', "
      "b'x')");
  EXPECT_EQ(bench_.read("outside/secret"), "host");
}

TEST_F(ArchiveUnpackerTest, ReplacesASymlinkInsteadOfWritingThroughIt) {
  unpack("symlink('file', '../outside/secret'); add('file', b'archive')");
  EXPECT_EQ(bench_.read("outside/secret"), "host");
  EXPECT_EQ(root_->read_file("file"), "archive");
}

TEST_F(ArchiveUnpackerTest, RefusesHardLinksWithDotDot) {
  EXPECT_THAT(
      failure("hardlink('passwd', '../../etc/passwd')"),
      HasSubstr(
          "entry \"passwd\": its hard link to \"../../etc/passwd\": its path contains \"..\""));
}

TEST_F(ArchiveUnpackerTest, RefusesHardLinksToWhatIsNotThere) {
  EXPECT_THAT(failure("hardlink('passwd', '/etc/passwd')"),
              HasSubstr("it is a hard link to \"/etc/passwd\", which is not there"));
}

TEST_F(ArchiveUnpackerTest, LinksToASymlinkItselfAndNotToWhatItNames) {
  unpack("symlink('link', '../outside/secret'); hardlink('other', 'link')");
  EXPECT_EQ(root_->read_link("other"), "../outside/secret");
}

// What is legitimate is kept.

TEST_F(ArchiveUnpackerTest, KeepsModesOwnersAndTimes) {
  unpack(
      "add('su', b'x', mode=0o6755, uid=12, gid=34); folder('d', mode=0o1777, mtime=1500000000); "
      "add('d/f')");
  EXPECT_EQ(status("su").st_mode & 07777, 06755u);
  EXPECT_EQ(status("su").st_uid, 12u);
  EXPECT_EQ(status("su").st_gid, 34u);
  EXPECT_EQ(status("su").st_mtime, 1600000000);
  EXPECT_EQ(status("d").st_mode & 07777, 01777u);
  EXPECT_EQ(status("d").st_mtime, 1500000000);
}

TEST_F(ArchiveUnpackerTest, KeepsHardLinks) {
  unpack("add('a', b'x'); hardlink('b', 'a'); hardlink('a', 'a')");
  EXPECT_EQ(status("a").st_ino, status("b").st_ino);
}

TEST_F(ArchiveUnpackerTest, KeepsDeviceNodesAndFifos) {
  unpack(
      "add('null', type=tarfile.CHRTYPE, mode=0o666, devmajor=1, devminor=3); add('pipe', "
      "type=tarfile.FIFOTYPE)");
  EXPECT_EQ(status("null").st_rdev, makedev(1, 3));
  EXPECT_EQ(status("null").st_mode, S_IFCHR | 0666u);
  EXPECT_TRUE(S_ISFIFO(status("pipe").st_mode));
}

TEST_F(ArchiveUnpackerTest, KeepsTheBytesOfNames) {
  unpack("add('caf\\udce9'); tar.errors = 'strict'; add('e\\u0301')");
  EXPECT_THAT(root_->list("/"), ElementsAre("caf\xE9", "e\xCC\x81"));
}

TEST_F(ArchiveUnpackerTest, KeepsTwoSpellingsOfOneAccentApartInAUtf8Locale) {
  fs::path file = archive("add('e\\u0301'); add('\\u00e9')");
  ::setlocale(LC_ALL, "C.UTF-8");
  unpack_file(file);
  ::setlocale(LC_ALL, "C");
  EXPECT_THAT(root_->list("/"), ElementsAre("e\xCC\x81", "\xC3\xA9"));
}

TEST_F(ArchiveUnpackerTest, KeepsHoles) {
  testing::run_program({"truncate", "-s", "64M", (bench_.path() / "sparse").string()});
  for (const char* format : {"gnu", "pax"}) {
    fs::path file = bench_.path() / format;
    testing::run_program({"tar", "-C", bench_.path().string(), "-S", "--format", format, "-cf",
                          file.string(), "sparse"});
    unpack_file(file);
    EXPECT_EQ(status("sparse").st_size, 64 << 20);
    EXPECT_LT(status("sparse").st_blocks, 64);
  }
}

TEST_F(ArchiveUnpackerTest, KeepsFileCapabilities) {
  std::string value("\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  unpack(
      "add('ping', b'x', uid=5, xattrs={'security.capability': '\\1\\0\\0\\2\\0\\4' + '\\0' * "
      "14})");
  EXPECT_EQ(xattr("ping", "security.capability"), value);
}

TEST_F(ArchiveUnpackerTest, KeepsAcls) {
  unpack(R"(
folder('log', mode=0o750, pax_headers={
    'SCHILY.acl.access': 'user::rwx,group::r-x,group:4:r-x,mask::r-x,other::---',
    'SCHILY.acl.default': 'user::rwx,group::r-x,group:4:rwx,mask::rwx,other::---'})
add('log/file', mode=0o640))");
  EXPECT_EQ(xattr("log", "system.posix_acl_access").size(), 4u + 5 * 8);
  EXPECT_EQ(xattr("log", "system.posix_acl_default").size(), 4u + 5 * 8);
  EXPECT_EQ(xattr("log/file", "system.posix_acl_access"), "none");
  EXPECT_EQ(status("log/file").st_mode & 07777, 0640u);
}

TEST_F(ArchiveUnpackerTest, KnowsTheNamesInAclsFromTheRootItself) {
  std::string script = R"(
add('log', pax_headers={'SCHILY.acl.access': 'user::rw-,group::r--,group:bakers:r--,mask::r--,other::---'})
)";
  EXPECT_THAT(failure(script),
              HasSubstr("its ACL names \"bakers\", which is not in the root's /etc/group"));
  unpack(script + "add('etc/group', b'root:x:0:\\nbakers:x:4711:\\n')");
  EXPECT_THAT(xattr("log", "system.posix_acl_access"), HasSubstr("\x67\x12"));
}

TEST_F(ArchiveUnpackerTest, TakesTheLastOfDuplicates) {
  unpack("add('a', b'1'); add('a', b'22'); folder('d', mode=0o700); folder('d', mode=0o755)");
  EXPECT_EQ(root_->read_file("a"), "22");
  EXPECT_EQ(status("d").st_mode & 07777, 0755u);
}

TEST_F(ArchiveUnpackerTest, ReplacesOnlyAnEmptyDirectoryByAFile) {
  unpack("folder('empty'); add('empty', b'x')");
  EXPECT_EQ(root_->read_file("empty"), "x");
  EXPECT_THAT(failure("folder('full'); add('full/x'); add('full', b'x')"),
              HasSubstr("entry \"full\": there is a directory of that name, and it is not empty"));
}

TEST_F(ArchiveUnpackerTest, KeepsMergedUsr) {
  unpack("folder('usr/lib'); symlink('lib', 'usr/lib')");
  unpack("folder('lib', mode=0o700); add('lib/x', b'x')");
  EXPECT_EQ(root_->read_link("lib"), "usr/lib");
  EXPECT_EQ(root_->read_file("usr/lib/x"), "x");
  EXPECT_EQ(status("usr/lib").st_mode & 07777, 0755u);
}

TEST_F(ArchiveUnpackerTest, StripsAndMoves) {
  UnpackResult result = unpack("folder('kafka'); add('kafka/bin/run', b'x'); add('readme')",
                               {.to = "/opt/kafka", .strip = 1});
  EXPECT_EQ(root_->read_file("/opt/kafka/bin/run"), "x");
  EXPECT_THAT(root_->list("/opt/kafka"), ElementsAre("bin"));
  EXPECT_EQ(result.entries, 1u);
  EXPECT_EQ(xattr("opt/kafka", kImpliedMark), "y");
}

TEST_F(ArchiveUnpackerTest, UnpacksEveryCompression) {
  for (const char* compression : {"", "gz", "xz", "bz2"}) {
    unpack_file(archive("add('f', b'" + std::string(compression) + "')", compression));
    EXPECT_EQ(root_->read_file("f"), compression);
  }
  fs::path plain = archive("add('f', b'zst')");
  ASSERT_EQ(testing::run_program({"zstd", "-q", plain.string()}).exit_status, 0);
  unpack_file(fs::path(plain.string() + ".zst"));
  EXPECT_EQ(root_->read_file("f"), "zst");
}

TEST_F(ArchiveUnpackerTest, UnpacksZip) {
  fs::path file =
      archive("import zipfile; zipfile.ZipFile(sys.argv[1] + '.zip', 'w').writestr('d/f', 'zip')");
  unpack_file(fs::path(file.string() + ".zip"));
  EXPECT_EQ(root_->read_file("d/f"), "zip");
}

TEST_F(ArchiveUnpackerTest, UnpacksTwoHundredThousandEntries) {
  // One header for all, with another name and so another sum: tarfile would take half a minute.
  UnpackResult result = unpack(R"(
for d in range(200): folder(f'd{d:03}')
info = tarfile.TarInfo('d000/000')
header = info.tobuf(tarfile.USTAR_FORMAT)
sum_of_the_rest = sum(header) - sum(header[:8]) - sum(header[148:156]) + 8 * ord(' ')
for d in range(200):
    for f in range(999):
        name = b'd%03d/%03d' % (d, f)
        tar.fileobj.write(name + header[8:148] + b'%06o\0 ' % (sum_of_the_rest + sum(name)) + header[156:])
)");
  EXPECT_EQ(result.entries, 200'000u);
  EXPECT_EQ(root_->list("/d199").size(), 999u);
}

// What would change how layers are stacked is refused.

TEST_F(ArchiveUnpackerTest, RefusesOverlayfsMarks) {
  for (const char* name :
       {"trusted.overlay.opaque", "user.overlay.redirect", "trusted.baker.implied"}) {
    EXPECT_THAT(failure("folder('d', pax_headers={'SCHILY.xattr." + std::string(name) + "': 'y'})"),
                HasSubstr("entry \"d/\": it carries the xattr \"" + std::string(name) + "\""));
  }
}

TEST_F(ArchiveUnpackerTest, RefusesWhiteoutDevices) {
  EXPECT_THAT(failure("add('gone', type=tarfile.CHRTYPE, devmajor=0, devminor=0)"),
              HasSubstr("entry \"gone\": it is a character device 0/0"));
}

// Damage.

TEST_F(ArchiveUnpackerTest, NoticesATruncatedArchive) {
  for (const char* compression : {"", "gz", "xz", "bz2"}) {
    fs::path file =
        archive("import os; add('a', os.urandom(20000)); add('b', os.urandom(20000))", compression);
    for (std::uintmax_t size : {fs::file_size(file) - 10300, std::uintmax_t{9000}}) {
      fs::resize_file(file, size);
      EXPECT_THAT(failure_of(file), HasSubstr("it ")) << compression << " " << size;
    }
  }
}

TEST_F(ArchiveUnpackerTest, NoticesATarThatWasCutBetweenTwoEntries) {
  fs::path file = archive("add('a', b'x' * 512); add('b')");
  fs::resize_file(file, 1024);
  EXPECT_THAT(failure_of(file), HasSubstr("it ends early: there is no end-of-archive marker"));
}

TEST_F(ArchiveUnpackerTest, RefusesAZipWithoutItsEnd) {
  const fs::path file = archive(
      "import zipfile; name = sys.argv[1] + '.zip'; "
      "zipfile.ZipFile(name, 'w').writestr('d/f', 'zip'); "
      "whole = open(name, 'rb').read(); open(name, 'wb').write(whole[:-22])");
  EXPECT_THAT(failure_of(fs::path(file.string() + ".zip")),
              HasSubstr("it is a zip archive that is damaged or ends early"));
}

TEST_F(ArchiveUnpackerTest, ComparesTheChecksumOfGzip) {
  fs::path file = archive("add('a', b'x' * 100)", "gz");
  testing::run_program({"python3", "-c",
                        "import sys; f = open(sys.argv[1], 'r+b'); f.seek(-8, 2); f.write(b'1234')",
                        file.string()});
  EXPECT_THAT(failure_of(file), HasSubstr("its gzip stream is damaged"));
}

TEST_F(ArchiveUnpackerTest, SaysWhatIsNoArchive) {
  EXPECT_EQ(failure_of(bench_.write("text", "hello, this is no archive\n")),
            "unpacking the archive: it is neither a tar nor a zip archive");
  EXPECT_EQ(failure_of(bench_.write("empty", "")), "unpacking the archive: it is empty");
}

// OCI layers delete and replace each other's files.

TEST_F(ArchiveUnpackerTest, TakesWhiteoutsForFilesElsewhere) {
  unpack("add('old'); add('.wh.old')");
  EXPECT_THAT(root_->list("/"), ElementsAre(".wh.old", "old"));
}

TEST_F(ArchiveUnpackerTest, RemovesWhatALayerWhitesOut) {
  unpack_layer("add('file'); add('tree/a/b'); add('stays')");
  unpack_layer("add('.wh.file'); add('.wh.tree'); add('.wh.never-was'); add('no/.wh.where')");
  EXPECT_THAT(root_->list("/"), ElementsAre("stays"));
}

TEST_F(ArchiveUnpackerTest, KeepsWhatTheSameLayerBringsInWhateverOrder) {
  unpack_layer("add('d/old'); add('f', b'old')");
  unpack_layer(
      "folder('d'); add('d/before'); add('f', b'new'); add('d/.wh..wh..opq'); add('.wh.f'); "
      "add('d/after')");
  EXPECT_THAT(root_->list("/d"), ElementsAre("after", "before"));
  EXPECT_EQ(root_->read_file("f"), "new");
}

TEST_F(ArchiveUnpackerTest, KeepsWhatTheSameLayerBringsBelowARemovedDirectory) {
  unpack_layer("add('d/sub/old'); add('d/old')");
  unpack_layer("add('d/sub/new'); add('.wh.d')");
  EXPECT_THAT(root_->list("/d"), ElementsAre("sub"));
  EXPECT_THAT(root_->list("/d/sub"), ElementsAre("new"));
}

TEST_F(ArchiveUnpackerTest, ReplacesDirectoriesFilesAndSymlinksOfTheLayersBelow) {
  unpack_layer("add('tree/a'); add('file', b'x'); folder('real'); symlink('link', 'real')");
  unpack_layer("add('tree', b'now a file'); folder('file'); folder('link')");
  EXPECT_EQ(root_->read_file("tree"), "now a file");
  EXPECT_TRUE(S_ISDIR(status("file").st_mode));
  EXPECT_TRUE(S_ISDIR(status("link").st_mode));
}

TEST_F(ArchiveUnpackerTest, RefusesWhiteoutsThatNameNothing) {
  EXPECT_THAT(failure_of(archive("add('d/.wh...')"), {.whiteouts = WhiteoutNames::kRemove}),
              HasSubstr("which is not a name"));
}

TEST_F(ArchiveUnpackerTest, SaysHowMuchRoomIsMissing) {
  std::string small = (bench_.path() / "small").string();
  fs::create_directory(small);
  ASSERT_EQ(
      testing::run_program({"mount", "-t", "tmpfs", "-o", "size=1m", "none", small}).exit_status,
      0);
  std::string message;
  {
    RootDir root(small);
    try {
      unpack_archive(archive("add('big', b'x' * 5000000)").string(), "the archive", root, {});
    } catch (const Error& error) {
      message = error.describe();
    }
  }
  testing::run_program({"umount", "-l", small});
  EXPECT_THAT(message, HasSubstr("entry \"big\": the disk is full: the file system at \"" + small));
  EXPECT_THAT(message, HasSubstr("at least 4.0 MB more are needed"));
}

}  // namespace
}  // namespace baker
