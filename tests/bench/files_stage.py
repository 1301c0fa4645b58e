"""What one small stage costs, baked from nothing: a run of many of them, divided by their number."""
from lab import Place, median
from table import Figure

STAGES = 100
ROUNDS = 5


def pipeline_text(greeting):
    stages = [f'\n[stage.s{each}]\nuses = "files"\n'
              f'files = {{ "/etc/greeting" = {{ content = "{greeting} {each}" }} }}\n'
              for each in range(STAGES)]
    return '[pipeline]\nname = "small"\n' + "".join(stages)


def by_hand(lab, folder):
    """The same files on the disk, each in a folder of its own, and one sync."""
    lab.settle()
    script = (f"for i in $(seq {STAGES}); do mkdir -p {folder}/$i/etc && echo hello $i > {folder}/$i/etc/greeting; "
              f"done; sync -f {folder}")
    return lab.time(["sh", "-c", script]).seconds


def files_stage(lab):
    place, pipeline = Place(lab.folder / "small"), lab.folder / "small.toml"
    seconds, hand = [], []
    for each in range(ROUNDS):
        pipeline.write_text(pipeline_text(f"hello {each}"))
        lab.settle()
        seconds.append(lab.time(lab.baker("run", place=place, pipeline=pipeline)).seconds)
        hand.append(by_hand(lab, place.folder / f"by-hand-{each}"))
    per_stage = 1000 / STAGES
    return [Figure(f"a files-only stage, of {STAGES}", f"{median(seconds) * per_stage:.1f} ms",
                   f"mkdir, echo, one sync: {median(hand) * per_stage:.1f} ms")]
