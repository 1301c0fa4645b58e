#include "tests/support/workbench.h"

#include "tests/support/suggestions.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace baker::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "baker-test.";
constexpr const char* kUnfinishedPrefix = "baker-new-test.";
constexpr const char* kLock = ".lock";

std::string decoded_mount_point(const std::string& field) {  // mountinfo writes a space as \040
  std::string decoded;
  for (size_t i = 0; i < field.size(); ++i) {
    if (field[i] == '\\' && i + 3 < field.size()) {
      decoded.push_back(static_cast<char>(std::stoi(field.substr(i + 1, 3), nullptr, 8)));
      i += 3;
    } else {
      decoded.push_back(field[i]);
    }
  }
  return decoded;
}

// Last mounted first, so that what lies over another one goes before it.
std::vector<std::string> mount_points_below(const fs::path& folder) {
  std::vector<std::string> found;
  std::ifstream table("/proc/self/mountinfo");
  for (std::string line; std::getline(table, line);) {
    std::istringstream fields(line);
    std::string skipped;
    std::string mount_point;
    fields >> skipped >> skipped >> skipped >> skipped >> mount_point;
    mount_point = decoded_mount_point(mount_point);
    if (mount_point.starts_with(folder.string() + "/")) found.push_back(mount_point);
  }
  std::reverse(found.begin(), found.end());
  return found;
}

void remove_with_mounts(const fs::path& folder) {
  for (const std::string& mount_point : mount_points_below(folder)) {
    umount2(mount_point.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
  }
  if (!mount_points_below(folder).empty()) return;  // never reach into what is still mounted
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

// Machines that a killed test has left running, started by baker itself.
void end_machines_of(const fs::path& folder) {
  for (const char* hierarchy : {"/sys/fs/cgroup/unified/baker", "/sys/fs/cgroup/baker"}) {
    std::error_code absent;
    for (const fs::directory_entry& machine : fs::directory_iterator(folder / "machines", absent)) {
      const fs::path group = fs::path(hierarchy) / machine.path().filename();
      if (!fs::exists(group, absent)) continue;
      std::ofstream(group / "cgroup.kill") << "1";
      run_program({"find", group, "-depth", "-type", "d", "-exec", "rmdir", "{}", "+"});
    }
  }
}

std::optional<int> take_lock(const fs::path& folder, int flags) {
  const int fd = open((folder / kLock).c_str(), O_RDWR | O_CLOEXEC | flags, 0600);
  if (fd < 0) return std::nullopt;
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  close(fd);
  return std::nullopt;
}

// A lock that can be had means that the test that made the folder is dead.
void sweep_leftovers() {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::temp_directory_path())) {
    if (!entry.path().filename().string().starts_with(kPrefix)) continue;
    if (std::optional<int> lock = take_lock(entry.path(), 0)) {
      end_machines_of(entry.path());
      remove_with_mounts(entry.path());
      close(*lock);
    }
  }
}

std::string file_text(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error("the test can't read " + file.string());
  return {std::istreambuf_iterator<char>(stream), {}};
}

// The line of `text` that starts with these words, without them; docs/store-format.md has the
// lines.
std::optional<std::string> rest_of_line(const std::string& text, const std::string& words) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(words + " ")) return line.substr(words.size() + 1);
  }
  return std::nullopt;
}

// What baker remembers of a pipeline, by the pipeline's file.
std::string state_of(const fs::path& states, const fs::path& pipeline) {
  if (fs::exists(states)) {
    for (const fs::directory_entry& entry : fs::directory_iterator(states)) {
      const fs::path file = entry.path() / "state";
      if (!fs::exists(file)) continue;
      const std::string text = file_text(file);
      if (rest_of_line(text, "file") == pipeline.string()) return text;
    }
  }
  throw std::runtime_error("baker has no state of " + pipeline.string() + ": did its run fail?");
}

// Only those about a pipeline know all the folders.
bool is_about_a_pipeline(const std::string& command) {
  for (const char* other : {"stages", "types", "exec", "shell", "help", "remote"})
    if (command == other) return false;
  return !command.starts_with("-");
}

}  // namespace

Workbench::Workbench() {
  sweep_leftovers();
  const fs::path parent = fs::canonical(fs::temp_directory_path());
  std::string name = (parent / kUnfinishedPrefix).string() + "XXXXXX";
  if (mkdtemp(name.data()) == nullptr || chmod(name.c_str(), 0755) != 0) {
    throw std::system_error(errno, std::generic_category(), "making " + name);
  }
  lock_ = take_lock(name, O_CREAT).value();
  path_ = parent / (kPrefix + name.substr(name.rfind('.') + 1));
  fs::rename(name, path_);  // only now can another test find it, locked
}

Workbench::~Workbench() {
  remove_with_mounts(path_);
  close(lock_);
}

void Workbench::make_deep_folder(const std::string& name, int levels) const {
  fs::create_directories(path_ / name);
  int folder = open((path_ / name).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (int level = 0; level < levels; ++level) {
    if (mkdirat(folder, "d", 0755) != 0)
      throw std::system_error(errno, std::generic_category(), "mkdir");
    const int inner = openat(folder, "d", O_PATH | O_DIRECTORY | O_CLOEXEC);
    close(folder);
    folder = inner;
  }
  close(folder);
}

fs::path Workbench::write(const std::string& name, const std::string& content) const {
  const fs::path file = path_ / name;
  fs::create_directories(file.parent_path());
  std::ofstream stream(file, std::ios::binary);
  stream << content;
  stream.close();
  if (!stream) throw std::runtime_error("the test can't write " + file.string());
  return file;
}

std::string Workbench::read(const std::string& name) const {
  return file_text(path_ / name);
}

Outcome Workbench::baker(const std::vector<std::string>& arguments,
                         const std::map<std::string, std::string>& env) const {
  Outcome outcome = run_program(command_line(arguments), env, path_);
  if (std::ranges::find(arguments, "--json") == arguments.end())
    expect_suggestions_work(outcome, BAKER_PROGRAM, path_, env);
  return outcome;
}

std::vector<std::string> Workbench::command_line(const std::vector<std::string>& arguments) const {
  std::vector<std::string> argv = {BAKER_PROGRAM};
  const auto command_of_a_machine = std::find(arguments.begin(), arguments.end(), "--");
  argv.insert(argv.end(), arguments.begin(), command_of_a_machine);
  const std::pair<const char*, fs::path> folders[] = {{"--cache-dir", cache()},
                                                      {"--machines-dir", machines()},
                                                      {"--state-dir", state()},
                                                      {"--nspawn-dir", nspawn()}};
  for (const auto& [option, folder] : folders) {
    if (!is_about_a_pipeline(arguments.at(0))) break;
    argv.push_back(option);
    argv.push_back(folder.string());
  }
  argv.insert(argv.end(), command_of_a_machine, arguments.end());
  return argv;
}

fs::path Workbench::layer_of(const std::string& pipeline, const std::string& stage) const {
  const std::string state = state_of(this->state(), path_ / pipeline);
  const std::optional<std::string> keys = rest_of_line(state, "stage " + stage);
  if (!keys) throw std::runtime_error("no stage \"" + stage + "\" of " + pipeline + " was baked");
  const std::string key = keys->substr(0, keys->find(' '));
  const std::string record = file_text(cache() / "actions" / key);
  return cache() / "layers" / record.substr(0, record.find('\n')) / "tree";
}

}  // namespace baker::testing
