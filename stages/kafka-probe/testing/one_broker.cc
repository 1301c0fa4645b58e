#include "stages/kafka-probe/testing/one_broker.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

#include "stages/kafka-probe/testing/certificates.h"
#include "tests/support/host_program.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSettings = R"(
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:9093
listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093,SSL://127.0.0.1:9094
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SSL:SSL
ssl.client.auth=required
ssl.keystore.type=PEM
ssl.truststore.type=PEM
offsets.topic.replication.factor=1
)";

fs::path write_settings(const fs::path& folder, const fs::path& data) {
  const fs::path file = folder / "server.properties";
  std::ofstream(file) << kSettings << "log.dirs=" << data.string()
                      << "\nssl.keystore.location=" << (folder / "broker.pem").string()
                      << "\nssl.truststore.location=" << (folder / "ca.crt").string() << "\n";
  return file;
}

void must_succeed(const std::vector<std::string>& argv) {
  const Outcome outcome = run_program(argv);
  if (outcome.exit_status != 0) throw std::runtime_error(argv.at(0) + ":\n" + outcome.all());
}

}  // namespace

void enter_private_network() {
  if (unshare(CLONE_NEWNET) != 0)
    throw std::system_error(errno, std::generic_category(), "making a network");
  must_succeed({"ip", "link", "set", "lo", "up"});
}

OneBroker::OneBroker(const fs::path& kafka, const fs::path& folder)
    : folder_(folder), data_(folder / "data"), log_(folder / "broker.log") {
  fs::create_directories(folder);
  make_certificates(folder);
  const fs::path settings = write_settings(folder, data_);
  must_succeed(
      {kafka / "bin/kafka-storage.sh", "format", "-t=AAAAAAAAAAAAAAAAAAAAAQ", "-c", settings});
  start(kafka / "bin/kafka-server-start.sh", settings);
}

OneBroker::~OneBroker() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

std::string OneBroker::log() const {
  std::ifstream stream(log_);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void OneBroker::start(const fs::path& program, const fs::path& settings) {
  process_ = fork();
  if (process_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (process_ > 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int output = open(log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  setenv("KAFKA_HEAP_OPTS", "-Xmx256m", 1);
  setenv("LOG_DIR", log_.parent_path().c_str(), 1);
  execl(program.c_str(), program.c_str(), settings.c_str(), nullptr);
  _exit(127);
}

}  // namespace baker::testing
