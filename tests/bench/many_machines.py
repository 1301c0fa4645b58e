"""A thousand small machines: what placing them takes of time, memory and disk, how long a run with nothing to do takes, and
whether what one machine costs grows with their number."""
import subprocess

from lab import Place, disk_mb, median
from table import Figure

FEW = 250
MANY = 1000
ROUNDS = 7
LIMIT_MS = 60
LIMIT_PLACED_S = 4
LIMIT_MEMORY_MB = 60
LIMIT_DISK_MB = 150
MOST_GROWTH = 1.5

PIPELINE = """[pipeline]
name = "machines"

[stage.root]
uses = "files"
files = {{ "/usr/lib/os-release" = {{ content = "ID=none\\n" }} }}

[stage.machine]
for-each = "1..{count}"
uses = "snapshot"
from = "root"
machine = "machine${{each}}"
"""


def place_machines(lab, disk, count):
    place, pipeline = Place(disk / f"machines{count}"), lab.folder / "machines.toml"
    pipeline.write_text(PIPELINE.format(count=count))
    lab.settle()
    placed = lab.time(lab.baker("run", place=place, pipeline=pipeline), watch=True)
    disk = disk_mb(place)
    again = median(lab.time(lab.baker("run", place=place, pipeline=pipeline)).seconds for _ in range(ROUNDS))
    assert "nothing to do" in lab.log.read_text(), "the second run did something"
    lab.remove(place.folder)
    return placed, disk, again * 1000


def many_machines(lab):
    # With a journal, as users' have: without one ext4 looks long for an inode where many were removed.
    disk = lab.make_disk("ext4")
    few, _, _ = place_machines(lab, disk, FEW)
    many, used, again = place_machines(lab, disk, MANY)
    subprocess.run(["umount", str(disk)], check=True)
    each_of_few, each_of_many = few.seconds / FEW * 1000, many.seconds / MANY * 1000
    return [Figure(f"a run of {MANY:,} machines with nothing to do", f"{again:.0f} ms", "", again / LIMIT_MS, 1,
                   f"{LIMIT_MS} ms"),
            Figure(f"placing {MANY:,} machines", f"{many.seconds:.1f} s", "", many.seconds / LIMIT_PLACED_S, 1,
                   f"{LIMIT_PLACED_S} s"),
            Figure(f"placing {MANY:,} machines, memory", f"{many.own_peak_mb:.0f} MB", "",
                   many.own_peak_mb / LIMIT_MEMORY_MB, 1, f"{LIMIT_MEMORY_MB} MB"),
            Figure(f"{MANY:,} machines placed, disk beside the store", f"{used:.0f} MB", "", used / LIMIT_DISK_MB, 1,
                   f"{LIMIT_DISK_MB} MB"),
            Figure(f"placing one machine of {MANY:,}", f"{each_of_many:.1f} ms", f"one of {FEW}: {each_of_few:.1f} ms",
                   each_of_many / each_of_few, MOST_GROWTH)]
