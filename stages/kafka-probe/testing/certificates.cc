#include "stages/kafka-probe/testing/certificates.h"

#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/host_program.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;

// A self-signed one, or one that `authority` signs.
void make_certificate(const fs::path& folder, const std::string& name,
                      const std::string& authority = "") {
  std::vector<std::string> argv = {"openssl", "req", "-x509", "-nodes", "-days", "2"};
  argv.insert(argv.end(), {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"});
  argv.insert(argv.end(), {"-subj", "/CN=" + name, "-addext", "subjectAltName=IP:127.0.0.1"});
  argv.insert(argv.end(), {"-keyout", folder / (name + ".key"), "-out", folder / (name + ".crt")});
  if (!authority.empty()) {
    argv.insert(argv.end(), {"-CA", folder / (authority + ".crt")});
    argv.insert(argv.end(), {"-CAkey", folder / (authority + ".key")});
  }
  const Outcome made = run_program(argv);
  if (made.exit_status != 0) throw std::runtime_error("openssl failed:\n" + made.all());
}

}  // namespace

void make_certificates(const fs::path& folder) {
  make_certificate(folder, "ca");
  make_certificate(folder, "broker", "ca");
  make_certificate(folder, "client", "ca");
  std::ofstream store(folder / "broker.pem");
  store << std::ifstream(folder / "broker.key").rdbuf()
        << std::ifstream(folder / "broker.crt").rdbuf();
}

}  // namespace baker::testing
