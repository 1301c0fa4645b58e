"""Stages that wait, on one worker and on four, by Slurm."""
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import time

from lab import BenchError, Place
from shared_cache import environment, registry
from table import Figure

STAGES = 8
WAIT_S = 10
WORKERS = 4
LEAST_SPEED_UP = 3.5
READY_S = 30


def free_port():
    with socket.socket() as peer:
        peer.bind(("127.0.0.1", 0))
        return peer.getsockname()[1]


@contextlib.contextmanager
def slurm(lab, nodes):
    """A cluster of this many nodes on this host; the folder in which its `baker` lies."""
    folder = lab.folder / f"slurm-{nodes}"
    for each in ("bin", "state", "caches"):
        (folder / each).mkdir(parents=True)
    program = folder / "bin/baker"
    program.write_text(f'#!/bin/sh\nexec {lab.build}/bin/baker "$@" --cache-dir {folder}/caches/$SLURMD_NODENAME\n')
    program.chmod(0o755)
    host = socket.gethostname()
    names = [f"n{number}" for number in range(nodes)]
    config = folder / "slurm.conf"
    config.write_text("\n".join([
        "ClusterName=bench", f"SlurmctldHost={host}(127.0.0.1)", f"SlurmctldPort={free_port()}",
        "SlurmUser=root", "SlurmdUser=root", "AuthType=auth/none", "CredType=cred/none",
        f"StateSaveLocation={folder}/state", f"SlurmdSpoolDir={folder}/%n",
        f"SlurmctldPidFile={folder}/controller.pid", f"SlurmdPidFile={folder}/%n.pid",
        "ProctrackType=proctrack/linuxproc", "TaskPlugin=task/none", "MpiDefault=none", "SelectType=select/linear",
        *(f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={free_port()} CPUs=1" for name in names),
        "PartitionName=main Nodes=ALL Default=YES State=UP MaxTime=INFINITE", ""]))
    daemons = [["slurmctld", "-D", "-f", config], *(["slurmd", "-D", "-N", name, "-f", config] for name in names)]
    with open(folder / "log", "w") as log, contextlib.ExitStack() as running:
        for daemon in daemons:
            process = subprocess.Popen(daemon, stdout=log, stderr=log)
            running.callback(process.wait)
            running.callback(process.terminate)
        with environment(SLURM_CONF=str(config), PATH=f"{folder}/bin:{os.environ['PATH']}"):
            deadline = time.monotonic() + READY_S
            while subprocess.run(["sinfo", "--noheader", "--states=idle", "--format=%D"], check=False,
                                 capture_output=True, text=True).stdout.strip() != str(nodes):
                if time.monotonic() > deadline:
                    raise BenchError("Slurm does not start: " + (folder / "log").read_text())
                time.sleep(0.1)
            yield


def waiting_pipeline():
    shell = pathlib.Path("/bin/sh").resolve()
    needed = subprocess.run(["ldd", shell, shutil.which("sleep")], check=True, capture_output=True, text=True).stdout
    libraries = {word for word in needed.split() if word.startswith("/") and not word.endswith(":")}
    files = [f'"{path}" = {{ source = "{pathlib.Path(path).resolve()}", mode = "0755" }}' for path in sorted(libraries)]
    files += [f'"/bin/sh" = {{ source = "{shell}", mode = "0755" }}',
              f'"/bin/sleep" = {{ source = "{shutil.which("sleep")}", mode = "0755" }}']
    stages = [f'[stage.s{number}]\nuses = "script"\nfrom = "base"\nrun = "sleep {WAIT_S}; echo {number} > /number"\n'
              for number in range(STAGES)]
    return ('[pipeline]\nname = "waiting"\n[stage.base]\nuses = "files"\n[stage.base.files]\n' +
            "\n".join(files) + "\n" + "\n".join(stages))


def bake(lab, nodes):
    place = Place(lab.folder / f"builder-{nodes}")
    pipeline = lab.folder / "waiting.toml"
    pipeline.write_text(waiting_pipeline())
    with registry(lab.folder / f"registry-{nodes}") as port, slurm(lab, nodes), environment(
            BAKER_REMOTE=f"oci://127.0.0.1:{port}/baker", BAKER_REMOTE_KEY=str(lab.folder / "remote.key")):
        lab.time([lab.build / "bin/baker", "remote", "key"])
        seconds = lab.time(lab.baker("run", "--on", "slurm", place=place, pipeline=pipeline)).seconds
    lab.remove(place.folder)
    return seconds


def elsewhere(lab):
    missing = [each for each in ("docker-registry", "slurmctld", "slurmd", "srun") if not shutil.which(each)]
    if missing:
        raise BenchError(f"missing program: {missing[0]}")
    one, several = bake(lab, 1), bake(lab, WORKERS)
    return [Figure(f"{STAGES} stages that wait {WAIT_S} s each, on {WORKERS} workers", f"{several:.1f} s",
                   f"on one {one:.1f} s: {one / several:.2f} x as fast", LEAST_SPEED_UP * several / one, 1,
                   f"{LEAST_SPEED_UP} x as fast")]
