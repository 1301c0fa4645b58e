#include "engine/cli/background_collection.h"

#include "engine/io/files.h"
#include "engine/pipeline/host_settings.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

namespace baker {
namespace {

// The lowest priority is given by programs that every host has.
std::vector<std::string> command_line_of_gc(const Settings& settings) {
  return {"nice",
          "-n",
          "19",
          link_target("/proc/self/exe"),
          "gc",
          "--cache-dir",
          absolute_path(settings.cache_dir)};
}

}  // namespace

void collect_in_background(const Settings& settings) {
  if (!read_host_settings().cache.max_size) return;
  std::vector<std::string> words = command_line_of_gc(settings);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  for (const int output : {STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&files, output, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
  pid_t child = 0;  // this process ends before it, and need not wait
  posix_spawnp(&child, argv[0], &files, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
}

}  // namespace baker
