"""A root of a million files: the memory of what bakes it, and of what makes a machine of it."""
import os
import pathlib

from lab import PeakWatch, Place, own_peak_mb
from table import Figure

FOLDERS = 1000
FILES = 1000  # in each
LIMIT_MB = 150
POLL_SECONDS = 0.2

PIPELINE = """[pipeline]
name = "million"

[stage.files]
uses = "files"
files = { "/srv" = { source = "many" } }

[stage.machine]
uses = "snapshot"
from = "files"
machine = "million"
"""


def make_files(folder):
    for each in range(FOLDERS):
        inside = folder / f"{each:04}"
        inside.mkdir(parents=True)
        for number in range(FILES):
            os.close(os.open(inside / f"a-file-with-a-usual-name-{number:04}.txt", os.O_CREAT | os.O_WRONLY, 0o644))


def peak_mb_of_all(program):
    """The most that any process of this program has had in memory so far."""
    peak = 0.0
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(process / "exe") == str(program):
                peak = max(peak, own_peak_mb(process.name))
        except OSError:
            pass  # it has ended
    return peak


def million_files(lab):
    place, folder = Place(lab.folder / "million"), lab.folder / "pipeline-of-a-million"
    make_files(folder / "many")
    pipeline = folder / "million.toml"
    pipeline.write_text(PIPELINE)
    runner = lab.build / "bin/baker-stage-runner"
    with PeakWatch(lambda: peak_mb_of_all(runner), POLL_SECONDS) as runners:
        run = lab.time(lab.baker("run", place=place, pipeline=pipeline), watch=True)
    lab.remove(place.folder, folder)
    what = f"a machine of {FOLDERS * FILES:,} files"
    return [Figure(what + ", memory of its runners", f"{runners.peak:.0f} MB", f"in {run.seconds:.0f} s",
                   runners.peak / LIMIT_MB, 1, f"{LIMIT_MB} MB"),
            Figure(what + ", memory of baker", f"{run.own_peak_mb:.0f} MB", "")]
