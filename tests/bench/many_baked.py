"""10,000 stages baked in one run that may have 1,024 descriptors, and no more, open."""
import os
import subprocess

from lab import BenchError, PeakWatch, Place
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


def descriptors_of(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0  # it has ended


def many_baked(lab):
    place, pipeline = Place(lab.folder / "baked"), lab.folder / "baked.toml"
    pipeline.write_text(PIPELINE)
    argv = ["prlimit", f"--nofile={DESCRIPTORS}", *lab.baker("run", place=place, pipeline=pipeline)]
    with open(lab.log, "wb") as log:
        process = subprocess.Popen(list(map(str, argv)), stdout=log, stderr=subprocess.STDOUT)
    with PeakWatch(lambda: descriptors_of(process.pid), POLL_SECONDS) as watch:
        _, status, usage = os.wait4(process.pid, 0)
    last_lines = lab.log.read_text(errors="replace").splitlines()[-5:]
    if status != 0 or f"{STAGES} stages baked" not in "".join(last_lines).replace(",", ""):
        raise BenchError("\n".join(last_lines))
    lab.remove(place.folder)
    what = f"{STAGES:,} stages baked in one run"
    return [Figure(what + ", descriptors at once", f"{watch.peak}", "", watch.peak / DESCRIPTORS, 1,
                   f"{DESCRIPTORS}"),
            Figure(what + ", memory", f"{usage.ru_maxrss / 1024:.0f} MB", "")]
