"""10,000 stages with params, for-each and from, all in the cache: how long a plan takes."""
import hashlib

from lab import Place, median
from table import Figure

GROUPS = 1000
COPIES = 10
LEVELS = 4  # stages on top of each other
ROUNDS = 7
LIMIT_MS = 150
LIMIT_MB = 100

HEAD = f"""[pipeline]
name = "many"

[params]
copies = {COPIES}
greeting = "hello"
"""


def roots_of(group):
    level = group % LEVELS
    if level == 0:
        return ""
    below = [f"g{group - 1}.${{each}}"] + ([f"g{group - level}.${{each}}"] if level > 1 else [])
    return "from = [" + ", ".join(f'"{each}"' for each in below) + "]\n"


def stage_text(group):
    return (f'\n[stage.g{group}]\nfor-each = "1..${{copies}}"\nuses = "files"\n{roots_of(group)}'
            f'files = {{ "/srv/g{group}-${{each}}" = {{ content = "${{greeting}} ${{each}}" }} }}\n')


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def record_text(layer):
    """An action record, as docs/store-format.md describes it."""
    rest = "duration-ms 1\nfinished 1\nbytes 0\nentries 0\nkey 0\nlog 0\n"
    return f"{layer}\nbaker-record-1 {sha256(layer + rest)}\n{rest}"


def fill_cache(lab, place, pipeline):
    """Baking them takes long: records and layers are made up, one level of stages at a time."""
    for folder in ("actions", "layers"):
        (place.cache / folder).mkdir(parents=True)
    for _ in range(LEVELS):
        for stage in lab.plan(place=place, pipeline=pipeline).values():
            if "layer" in stage or "key" not in stage:
                continue
            layer = sha256(stage["stage"])
            (place.cache / "layers" / layer / "tree").mkdir(parents=True)
            (place.cache / "layers" / layer / "listing").touch()
            (place.cache / "actions" / stage["key"]).write_text(record_text(layer))


def many_stages(lab):
    place, pipeline = Place(lab.folder / "many"), lab.folder / "many.toml"
    pipeline.write_text(HEAD + "".join(map(stage_text, range(GROUPS))))
    pipeline.with_suffix(".lock.toml").write_text("format = 1\nsource-date-epoch = 1700000000\n")
    fill_cache(lab, place, pipeline)
    lab.time(lab.baker("run", place=place, pipeline=pipeline))  # leaves its state, as in real life
    runs = [lab.time(lab.baker("plan", place=place, pipeline=pipeline)) for _ in range(ROUNDS)]
    last_line = lab.log.read_text().splitlines()[-1]
    assert last_line == f"many: {GROUPS * COPIES} stages ({GROUPS * COPIES} cached)", last_line
    ms = median(run.seconds for run in runs) * 1000
    mb = max(run.peak_mb for run in runs)
    what = f"plan of {GROUPS * COPIES:,} cached stages"
    return [Figure(what, f"{ms:.0f} ms", "", ms / LIMIT_MS, 1, f"{LIMIT_MS} ms"),
            Figure(what + ", memory", f"{mb:.0f} MB", "", mb / LIMIT_MB, 1, f"{LIMIT_MB} MB")]
