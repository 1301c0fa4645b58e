"""10,000 stages baked in one run that may have 1,024 descriptors, and no more, open."""
import os
import pathlib
import subprocess
import threading

from lab import BenchError, Place
from table import Figure

STAGES = 10_000
DESCRIPTORS = 1024
POLL_SECONDS = 0.05

PIPELINE = f"""[pipeline]
name = "baked"

[stage.s]
for-each = "1..{STAGES}"
uses = "files"
files = {{ "/etc/greeting" = {{ content = "hello ${{each}}" }} }}
"""


class DescriptorWatch(threading.Thread):
    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak, self.ended = pid, 0, threading.Event()

    def run(self):
        while not self.ended.wait(POLL_SECONDS):
            try:
                self.peak = max(self.peak, len(os.listdir(f"/proc/{self.pid}/fd")))
            except OSError:
                return


def many_baked(lab):
    place, pipeline = Place(lab.folder / "baked"), lab.folder / "baked.toml"
    pipeline.write_text(PIPELINE)
    argv = ["prlimit", f"--nofile={DESCRIPTORS}", *lab.baker("run", place=place, pipeline=pipeline)]
    with open(lab.log, "wb") as log:
        process = subprocess.Popen(list(map(str, argv)), stdout=log, stderr=subprocess.STDOUT)
    watch = DescriptorWatch(process.pid)
    watch.start()
    _, status, usage = os.wait4(process.pid, 0)
    watch.ended.set()
    watch.join()
    last_lines = lab.log.read_text(errors="replace").splitlines()[-5:]
    if status != 0 or f"{STAGES} stages baked" not in "".join(last_lines).replace(",", ""):
        raise BenchError("\n".join(last_lines))
    lab.remove(place.folder)
    what = f"{STAGES:,} stages baked in one run"
    return [Figure(what + ", descriptors at once", f"{watch.peak}", "", watch.peak / DESCRIPTORS, 1,
                   f"{DESCRIPTORS}"),
            Figure(what + ", memory", f"{usage.ru_maxrss / 1024:.0f} MB", "")]
