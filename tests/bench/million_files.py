"""A root of a million files: the memory of what bakes it, and of what makes a machine of it."""
import os

from lab import Place
from table import Figure

FOLDERS = 1000
FILES = 1000  # in each
LIMIT_MB = 150

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


def million_files(lab):
    place, folder = Place(lab.folder / "million"), lab.folder / "pipeline-of-a-million"
    make_files(folder / "many")
    pipeline = folder / "million.toml"
    pipeline.write_text(PIPELINE)
    run = lab.time(lab.baker("run", place=place, pipeline=pipeline))
    lab.remove(place.folder, folder)
    return [Figure(f"a machine of {FOLDERS * FILES:,} files, memory of the greediest process", f"{run.peak_mb:.0f} MB",
                   f"{run.seconds:.0f} s", run.peak_mb / LIMIT_MB, 1, f"{LIMIT_MB} MB")]
