"""A folder on the disk in which baker bakes, and the processes that are measured in it."""
import contextlib
import dataclasses
import fcntl
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

IMAGE_SIZE = "16G"  # sparse
PARENT = pathlib.Path("/var/tmp")  # on the disk, where /tmp may be memory
POLL_SECONDS = 0.01
GRACE_SECONDS = 10


class BenchError(Exception):
    pass


@dataclasses.dataclass
class Place:
    """The folders that one baker works on."""
    folder: pathlib.Path

    def __getattr__(self, name):
        if name in ("cache", "machines", "state", "nspawn"):
            return self.folder / name
        raise AttributeError(name)

    def options(self):
        return [f"--{name}-dir={self.folder / name}"
                for name in ("cache", "machines", "state", "nspawn")]


@dataclasses.dataclass
class Run:
    seconds: float
    peak_mb: float  # of the process and of children that it waited for
    own_peak_mb: float  # of the process alone; 0 where it was not asked for


def own_peak_mb(pid):
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    lines = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0


class PeakWatch(threading.Thread):
    """The most that `look` returns while this is entered, a few times a second."""

    def __init__(self, look, poll_seconds=POLL_SECONDS):
        super().__init__(daemon=True)
        self.look, self.poll_seconds = look, poll_seconds
        self.peak, self.ended = 0, threading.Event()

    def run(self):
        while not self.ended.wait(self.poll_seconds):
            self.peak = max(self.peak, self.look())

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()


def end(pid):
    """A bake takes its mounts and its stages along; what does not end by itself is killed."""
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(POLL_SECONDS)


def terminated(number, _frame):
    raise BenchError(f"ended by {signal.Signals(number).name}")


class Lab:
    def __init__(self, build, source):
        self.build, self.source, self.peak_mb = build, source, 0.0
        self.kept = build / "bench"  # downloads and pins, so that the next benchmark asks nobody
        self.original = source / "pipelines/kraft3.toml"

    def __enter__(self):
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, terminated)
        self._remove_leftovers()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="baker-bench-", dir=PARENT))
        self._lock = open(self.folder / "lock", "w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.log = self.folder / "log"
        self.main = Place(self.folder / "main")
        self.pipeline = self.folder / self.original.name
        self.lock_file = self.pipeline.with_suffix(".lock.toml")
        return self

    def __exit__(self, *_):
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if (self.folder / "disk").is_mount():
            subprocess.run(["umount", "--lazy", str(self.folder / "disk")], check=False)
        self.remove(self.folder)

    def _remove_leftovers(self):
        for folder in PARENT.glob("baker-bench-*"):
            try:
                with open(folder / "lock") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    self.remove(folder)
            except OSError:
                pass  # in use, or just being made

    def say(self, text):
        print(text, file=sys.stderr, flush=True)

    def remove(self, *paths):
        """Machines are mounted, as a rule."""
        for line in reversed(pathlib.Path("/proc/self/mounts").read_text().splitlines()):
            point = line.split()[1]
            if any(point.startswith(f"{path}/") for path in paths):
                subprocess.run(["umount", "--lazy", "--quiet", point], check=False)
        subprocess.run(["rm", "-rf", "--one-file-system", "--", *map(str, paths)], check=True)

    def make_disk(self, kind):
        """A file system in a file, mounted; its folder. Whoever makes it unmounts it."""
        image, disk = self.folder / f"{kind}.image", self.folder / kind
        self.time(["truncate", "-s", IMAGE_SIZE, image])
        self.time([f"mkfs.{kind}", "-q", image])
        disk.mkdir()
        self.time(["mount", "-o", "loop", image, disk])
        return disk

    # Processes

    def time(self, argv, watch=False, log=None):
        """Runs it to its end; what it prints goes to a file. BenchError where it fails."""
        argv = [str(each) for each in argv]
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        actions = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                   (os.POSIX_SPAWN_OPEN, 1, str(log or self.log), flags, 0o600),
                   (os.POSIX_SPAWN_DUP2, 1, 2)]
        start = time.perf_counter()
        pid = os.posix_spawnp(argv[0], argv, os.environ, file_actions=actions)
        # The kernel keeps the mark, so only what comes in the last moments of a process is missed.
        peak = PeakWatch(lambda: own_peak_mb(pid))
        with peak if watch else contextlib.nullcontext():
            try:
                _, status, usage = os.wait4(pid, 0)
            except BaseException:
                end(pid)
                raise
            seconds = time.perf_counter() - start
        if status != 0:
            tail = "\n  ".join((log or self.log).read_text(errors="replace").splitlines()[-20:])
            raise BenchError(f"failed ({os.waitstatus_to_exitcode(status)}): {' '.join(argv)}\n"
                             f"  {tail}")
        return Run(seconds, usage.ru_maxrss / 1024, peak.peak)

    def time_all(self, commands):
        return sum(self.time(argv).seconds for argv in commands)

    def settle(self):
        """What others have written goes to the disk before a clock starts."""
        os.sync()

    # baker

    def baker(self, command, *arguments, place=None, pipeline=None):
        return [self.build / "bin/baker", command, pipeline or self.pipeline, *arguments,
                *(place or self.main).options()]

    def bake(self, *arguments, place=None):
        run = self.time(self.baker("run", *arguments, place=place), watch=True)
        self.peak_mb = max(self.peak_mb, run.own_peak_mb)
        return run

    def plan(self, *arguments, place=None, pipeline=None):
        """What `baker plan` says of each stage, by its name."""
        output = self.folder / "plan"
        self.time(self.baker("plan", "--json", *arguments, place=place, pipeline=pipeline),
                  log=output)
        stages = map(json.loads, output.read_text().splitlines())
        return {stage["stage"]: stage for stage in stages}

    def layer_tree(self, stage, *arguments):
        layer = self.plan(*arguments)[stage]["layer"]
        return self.main.cache / "layers" / layer / "tree"

    def copy_downloads(self, place):
        place.cache.mkdir(parents=True)
        self.time(["cp", "-al", self.main.cache / "downloads", place.cache / "downloads"])

    def _with_data_here(self, pipeline):
        """Placing a machine makes the folder for its data."""
        given = 'data = "/data/kafka"'
        if given not in pipeline:
            raise BenchError(f"{self.original} has no longer the line {given}")
        return pipeline.replace(given, f'data = "{self.folder}/host-data"')

    def prepare(self):
        """Both releases of Kafka downloaded and baked, once; the default one placed."""
        if self.pipeline.exists():
            return
        self.main.cache.mkdir(parents=True)
        self.pipeline.write_text(self._with_data_here(self.original.read_text()))
        if (self.kept / self.lock_file.name).exists():
            shutil.copy(self.kept / self.lock_file.name, self.lock_file)
            self.time(["cp", "-a", self.kept / "downloads", self.main.cache / "downloads"])
        else:
            self.say("resolving and downloading, this once")
        self.say("baking what is measured, in " + str(self.folder))
        self.bake("--set", "kafka=4.2.1")
        self.bake()
        if not (self.kept / self.lock_file.name).exists():
            self.kept.mkdir(exist_ok=True)
            self.remove(self.kept / "downloads")
            self.time(["cp", "-a", self.main.cache / "downloads", self.kept / "downloads"])
        shutil.copy(self.lock_file, self.kept / self.lock_file.name)


def disk_mb(place):
    """Of all that lies beside the store; mounts are not looked into."""
    folders = [str(getattr(place, each)) for each in ("machines", "state", "nspawn")]
    used = subprocess.run(["du", "--one-file-system", "--block-size=1", "--total", "--summarize",
                           *folders], capture_output=True, text=True, check=True).stdout
    return int(used.splitlines()[-1].split()[0]) / 1e6


def median(numbers):
    return statistics.median(numbers)
