#include "tests/support/ssh_worker.h"

#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/support/free_port.h"
#include "tests/support/host_program.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;

void write_private(const fs::path& file, const std::string& text, mode_t mode = 0600) {
  std::ofstream(file) << text;
  chmod(file.c_str(), mode);
}

void make_key(const fs::path& file) {
  const Outcome made = run_program({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file});
  if (made.exit_status != 0) throw std::runtime_error(made.all());
}

}  // namespace

SshWorker::SshWorker(fs::path folder, std::string name, const std::string& environment)
    : folder_(std::move(folder)), name_(std::move(name)), port_(free_port()) {
  fs::create_directories(folder_ / "bin");
  fs::create_directories("/run/sshd");
  make_key(folder_ / "host_key");
  make_key(folder_ / "user_key");
  write_private(folder_ / "bin/baker",
                "#!/bin/sh\necho \"$@\" >> " + (folder_ / "asked").string() + "\necho $$ >> " +
                    (folder_ / "pids").string() + "\n" + environment + "\nexec " + BAKER_PROGRAM +
                    " \"$@\" --cache-dir " + cache().string() + "\n",
                0755);
  write_private(folder_ / "sshd_config",
                "Port " + port_ + "\nListenAddress 127.0.0.1\nHostKey " +
                    (folder_ / "host_key").string() + "\nAuthorizedKeysFile " +
                    (folder_ / "user_key.pub").string() +
                    "\nPidFile none\nStrictModes no\nUsePAM no\nForceCommand PATH=" +
                    (folder_ / "bin").string() + ":$PATH; $SSH_ORIGINAL_COMMAND\n");
  process_ = std::make_unique<RunningProgram>(
      std::vector<std::string>{"/usr/sbin/sshd", "-D", "-e", "-f", folder_ / "sshd_config"});
  if (!process_->says("Server listening on"))
    throw std::runtime_error("sshd does not start: " + process_->said());
}

std::string SshWorker::asked() const {
  std::ostringstream text;
  text << std::ifstream(folder_ / "asked").rdbuf();
  return text.str();
}

void SshWorker::kill() {
  process_->kill();
  std::ifstream pids(folder_ / "pids");
  for (pid_t pid = 0; pids >> pid;) ::kill(pid, SIGKILL);
}

std::string SshWorker::client_config() const {
  return "Host " + name_ + "\n  HostName 127.0.0.1\n  Port " + port_ +
         "\n  User root\n  IdentityFile " + (folder_ / "user_key").string() +
         "\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  LogLevel ERROR\n";
}

std::vector<std::string> with_workers(const std::vector<const SshWorker*>& workers,
                                      const std::vector<std::string>& program) {
  const fs::path home = workers.front()->folder() / "client";
  fs::create_directories(home);
  std::string config;
  for (const SshWorker* worker : workers) config += worker->client_config();
  write_private(home / "config", config);
  return after_in_its_namespace(
      "mkdir -p /root/.ssh && mount --bind " + home.string() + " /root/.ssh", program);
}

}  // namespace baker::testing
