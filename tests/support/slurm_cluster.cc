#include "tests/support/slurm_cluster.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "tests/support/free_port.h"
#include "tests/support/host_program.h"
#include "tests/support/waiting.h"

namespace baker::testing {
namespace {

namespace fs = std::filesystem;

std::string host_name() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

}  // namespace

SlurmCluster::SlurmCluster(fs::path folder, int nodes) : folder_(std::move(folder)) {
  for (const char* each : {"bin", "state", "caches"}) fs::create_directories(folder_ / each);
  const std::string home = folder_.string();
  std::ofstream(folder_ / "bin/baker")
      << "#!/bin/sh\nexec " << BAKER_PROGRAM << " \"$@\" --cache-dir " << home
      << "/caches/$SLURMD_NODENAME\n";
  chmod((folder_ / "bin/baker").c_str(), 0755);
  std::ofstream config(folder_ / "slurm.conf");
  config << "ClusterName=test\nSlurmctldHost=" << host_name()
         << "(127.0.0.1)\nSlurmctldPort=" << free_port()
         << "\nSlurmUser=root\nSlurmdUser=root\nAuthType=auth/none\nCredType=cred/none\n"
         << "StateSaveLocation=" << home << "/state\nSlurmdSpoolDir=" << home
         << "/%n\nSlurmctldPidFile=" << home << "/controller.pid\nSlurmdPidFile=" << home
         << "/%n.pid\nProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nMpiDefault=none\n"
         << "ReturnToService=2\nSelectType=select/linear\n"
         << "PreemptType=preempt/partition_prio\nPreemptMode=CANCEL\n";
  for (int i = 1; i <= nodes; ++i)
    config << "NodeName=n" << i << " NodeHostname=" << host_name()
           << " NodeAddr=127.0.0.1 Port=" << free_port() << " CPUs=1\n";
  config << "PartitionName=main Nodes=ALL Default=YES State=UP MaxTime=INFINITE PriorityTier=1\n"
         << "PartitionName=urgent Nodes=ALL State=UP MaxTime=INFINITE PriorityTier=10\n";
  config.close();
  const std::string conf = folder_ / "slurm.conf";
  processes_.push_back(std::make_unique<RunningProgram>(
      std::vector<std::string>{"/usr/sbin/slurmctld", "-D", "-f", conf}));
  for (int i = 1; i <= nodes; ++i) {
    fs::create_directories(folder_ / ("n" + std::to_string(i)));
    processes_.push_back(std::make_unique<RunningProgram>(std::vector<std::string>{
        "/usr/sbin/slurmd", "-D", "-N", "n" + std::to_string(i), "-f", conf}));
  }
  // It takes a while until the controller knows that its nodes are there.
  const bool works = comes_true([&] {
    return run_program({"sinfo", "--noheader", "--states=idle", "--format=%D"}, environment())
               .out == std::to_string(nodes) + "\n";
  });
  if (!works) throw std::runtime_error("Slurm does not start: " + processes_[0]->said());
}

std::map<std::string, std::string> SlurmCluster::environment() const {
  const char* path = std::getenv("PATH");
  return {{"SLURM_CONF", folder_ / "slurm.conf"},
          {"PATH", (folder_ / "bin").string() + ":" + (path ? path : "")}};
}

void SlurmCluster::take_all_nodes() const {
  const Outcome taken = run_program(
      {"srun", "--partition=urgent", "--nodes=" + std::to_string(processes_.size() - 1), "true"},
      environment());
  if (taken.exit_status != 0) throw std::runtime_error(taken.all());
}

std::string SlurmCluster::jobs() const {
  return run_program({"squeue", "--noheader"}, environment()).out;
}

}  // namespace baker::testing
