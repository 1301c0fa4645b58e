#include "first_boot.h"

#include <algorithm>
#include <string>

namespace baker::snapshot {
namespace {

constexpr const char* kUnit = "baker-first-boot.service";
constexpr const char* kUnits = "/etc/systemd/system/";
constexpr const char* kScript = "/usr/local/lib/baker/first-boot";

// With a folder of the host bound to /etc/ssh/host-keys, a machine has the same keys for good.
constexpr const char* kSshKeys = R"(
kept=/etc/ssh/host-keys
[ ! -d $kept ] || find $kept -name 'ssh_host_*' -exec cp -p {} /etc/ssh/ \;
ssh-keygen -A
[ ! -d $kept ] || cp -p /etc/ssh/ssh_host_* $kept/
)";
constexpr const char* kDropbearKeys = R"(
for type in rsa ecdsa ed25519; do
  file=/etc/dropbear/dropbear_${type}_host_key
  [ -e $file ] || dropbearkey -t $type -f $file
done
)";
constexpr const char* kCertificate = R"(
[ -e /etc/ssl/private/ssl-cert-snakeoil.key ] || make-ssl-cert generate-default-snakeoil
)";
constexpr const char* kNvmeHost = R"(
[ -s /etc/nvme/hostnqn ] || nvme gen-hostnqn > /etc/nvme/hostnqn
)";

bool has_host_keys(const Root& root, const std::string& folder) {
  return std::ranges::any_of(root.list(folder),
                             [](const std::string& name) { return name.ends_with("_key"); });
}

bool makes_host_keys(const Root& root) {  // as Fedora and Arch do
  const auto makes = [](const std::string& unit) {
    return unit.starts_with("sshd-keygen") || unit.starts_with("sshdgenkeys");
  };
  return std::ranges::any_of(root.list("/usr/lib/systemd/system"), makes);
}

std::string lacking(const Root& root) {
  std::string script;
  if (root.exists("/usr/sbin/sshd") && !has_host_keys(root, "/etc/ssh") && !makes_host_keys(root))
    script += kSshKeys;
  if (root.exists("/usr/bin/dropbearkey") && !has_host_keys(root, "/etc/dropbear"))
    script += kDropbearKeys;
  if (root.exists("/usr/sbin/make-ssl-cert") &&
      !root.exists("/etc/ssl/private/ssl-cert-snakeoil.key"))
    script += kCertificate;
  if (root.exists("/usr/sbin/nvme") && !root.exists("/etc/nvme/hostnqn")) script += kNvmeHost;
  return script;
}

}  // namespace

void have_identities_made(Root& root) {
  const std::string script = lacking(root);
  if (script.empty()) return;
  root.write_file(kScript,
                  "#!/bin/sh\n# Written by baker: what no other machine may have is made when this "
                  "one first starts.\nset -e\n" +
                      script,
                  {.mode = 0755});
  root.write_file(std::string(kUnits) + kUnit,
                  "# Written by baker.\n[Unit]\n"
                  "Description=Keys and names that only this machine has\n"
                  "DefaultDependencies=no\nAfter=local-fs.target systemd-tmpfiles-setup.service\n"
                  "Before=basic.target\n\n[Service]\nType=oneshot\nExecStart=" +
                      std::string(kScript) + "\n");
  root.make_symlink(std::string(kUnits) + "basic.target.wants/" + kUnit,
                    "../" + std::string(kUnit));
}

}  // namespace baker::snapshot
