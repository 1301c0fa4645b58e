"""A thousand small machines: how long a run with nothing to do takes, and whether what one machine costs grows with their
number."""
from lab import Place, median
from table import Figure

FEW = 250
MANY = 1000
ROUNDS = 7
LIMIT_MS = 60
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


def place_machines(lab, count):
    place, pipeline = Place(lab.folder / f"machines{count}"), lab.folder / "machines.toml"
    pipeline.write_text(PIPELINE.format(count=count))
    lab.settle()
    placed = lab.time(lab.baker("run", place=place, pipeline=pipeline)).seconds
    again = median(lab.time(lab.baker("run", place=place, pipeline=pipeline)).seconds for _ in range(ROUNDS))
    assert "nothing to do" in lab.log.read_text(), "the second run did something"
    lab.remove(place.folder)
    return placed / count * 1000, again * 1000


def many_machines(lab):
    few, _ = place_machines(lab, FEW)
    many, again = place_machines(lab, MANY)
    return [Figure(f"a run of {MANY:,} machines with nothing to do", f"{again:.0f} ms", "", again / LIMIT_MS, 1,
                   f"{LIMIT_MS} ms"),
            Figure(f"placing one machine of {MANY:,}", f"{many:.1f} ms", f"one of {FEW}: {few:.1f} ms", many / few,
                   MOST_GROWTH)]
