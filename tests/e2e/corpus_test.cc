// What a key means depends on baker's own behaviour: the runner, the sandbox, the unpacker, the
// sealing. Numbers in engine/plan/stage_keys.h stand for it, and this test says when they have to
// be raised: fixed stages are baked, and their layers compared with recorded ones.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/plan/stage_keys.h"
#include "tests/support/workbench.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;

// Entries that archives of the world have, and few have thought of.
constexpr const char* kMakeArchives = R"(
import io, tarfile, zipfile
def entry(tar, name, content=b'', **fields):
    info = tarfile.TarInfo(name)
    info.mtime, info.mode, info.size = 1000000000, 0o644, len(content)
    for key, value in fields.items(): setattr(info, key, value)
    tar.addfile(info, io.BytesIO(content))
with tarfile.open('odd.tar', 'w', format=tarfile.PAX_FORMAT) as tar:
    entry(tar, 'top', type=tarfile.DIRTYPE, mode=0o700, uid=3)
    entry(tar, './top//file', b'x', mode=0o4755, uid=33, gid=7)
    entry(tar, 'top/link', type=tarfile.LNKTYPE, linkname='top/file')
    entry(tar, 'top/dangling', type=tarfile.SYMTYPE, linkname='../../nowhere')
    entry(tar, 'top/null', type=tarfile.CHRTYPE, devmajor=1, devminor=3)
    entry(tar, 'top/fifo', type=tarfile.FIFOTYPE)
    entry(tar, 'top/new', b'later than the epoch', mtime=4000000000)
    entry(tar, 'top/old', b'earlier than all', mtime=0)
    entry(tar, 'top/twice', b'one')
    entry(tar, 'top/twice', b'two')
    entry(tar, 'top/sub/deep/file', b'its folders are not listed')
    entry(tar, 'top/attributes', b'x', pax_headers={'SCHILY.xattr.user.of': 'test'})
    entry(tar, 'top/n\u00e4me ' + 'x' * 120, b'x')
with zipfile.ZipFile('odd.zip', 'w') as archive:
    for name, mode in (('top/plain', 0o644), ('top/tool', 0o755)):
        info = zipfile.ZipInfo(name, (2001, 9, 9, 1, 46, 40))
        info.external_attr = (0o100000 | mode) << 16
        archive.writestr(info, 'x')
)";

constexpr const char* kPipeline = R"([pipeline]
name = "corpus"
[stage.calls]
uses = "corpus"
archives = ["odd.tar", "odd.zip"]
folder = "folder"
[stage.changes]
uses = "corpus"
from = "calls"
change = true
[stage.program]
uses = "files"
files = { "/bin/report" = { source = "report", mode = "0755" } }
[stage.report]
uses = "corpus"
from = "program"
command = ["/bin/report"]
[stage.files]
uses = "files"
directories = { "/srv/data" = { mode = "0750", uid = 33 } }
files = { "/etc/motd" = { content = "hello\n" }, "/opt/folder" = { source = "folder", uid = 9 } }
symlinks = { "/etc/link" = "motd" }
[stage.preserved]
uses = "files"
preserve = true
files = { "/opt/folder" = { source = "folder" } }
)";

class CorpusTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "baking needs root";
    bench_.write("make.py", kMakeArchives);
    ASSERT_EQ(run_program({"python3", "make.py"}, {}, bench_.path()).exit_status, 0);
    fs::copy_file(BAKER_TEST_REPORT, bench_.path() / "report");
    bench_.write("folder/a", "a\n");
    bench_.write("folder/sub/tool", "b\n");
    fs::create_hard_link(bench_.path() / "folder/a", bench_.path() / "folder/b");
    fs::create_symlink("a", bench_.path() / "folder/link");
    fs::permissions(bench_.path() / "folder/sub/tool", fs::perms(0750));
    fs::permissions(bench_.path() / "folder/a", fs::perms(0604));
    for (const char* folder : {"folder", "folder/sub"})
      fs::permissions(bench_.path() / folder, fs::perms(0711));
    bench_.write("p.lock.toml", "format = 1\nsource-date-epoch = 1700000000\n");
    bench_.write("p.toml", kPipeline);
  }

  // "format 2, runner 3" and a line for each stage.
  std::string baked() const {
    const Outcome run = bench_.baker({"run", "p.toml", "--plugin-dir", BAKER_TEST_PLUGINS});
    EXPECT_EQ(run.exit_status, 0) << run.all();
    std::istringstream lines(
        bench_.baker({"plan", "p.toml", "--json", "--plugin-dir", BAKER_TEST_PLUGINS}).out);
    std::string text = "format " + std::to_string(kKeyFormat) + ", runner " +
                       std::to_string(kRunnerBehaviour) + "\n";
    for (std::string line; std::getline(lines, line);) {
      const auto event = nlohmann::json::parse(line);
      if (event.value("event", "") == "plan-stage" && event.value("stage", "") != "program")
        text += event.value("stage", "") + " " + event.value("layer", "") + "\n";
    }
    return text;
  }

  Workbench bench_;
};

TEST_F(CorpusTest, IsBakedAsRecordedForTheNumbersThatStandForIt) {
  std::ifstream stream(std::string(BAKER_SOURCE) + "/engine/plan/runner_behaviour.txt");
  const std::string recorded{std::istreambuf_iterator<char>(stream), {}};
  const std::string now = baked();
  EXPECT_EQ(now, recorded)
      << "If layers differ, raise kRunnerBehaviour (engine/plan/stage_keys.h) "
         "and record, in engine/plan/runner_behaviour.txt, what is baked then:\n"
      << now << "The report of a command:\n"
      << run_program({"cat", bench_.layer_of("p.toml", "report") / "report"}).out;
}

}  // namespace
}  // namespace baker::testing
