"""What grows over the years: layers under one machine, files in a layer, machines of a host, layers in a store."""
import os

from lab import Place
from table import Figure
from upkeep import pipeline_of

STACKED = 400
FILES = 300_000
FILES_IN_A_FOLDER = 1000
MACHINES = 2000
LAYERS = 20_000
LIMIT_SMALL_CHANGE_S = 2
LIMIT_MEMORY_MB = 60
MOST_GROWTH = 1.5


def stacked_pipeline(word):
    stages = ['[pipeline]\nname = "stacked"\n']
    for each in range(STACKED):
        below = f'from = "s{each - 1}"\n' if each else ""
        content = word if each == STACKED - 1 else each
        stages.append(f'[stage.s{each}]\nuses = "files"\n{below}files = {{ "/etc/{each}" = {{ content = "{content}" }} }}\n')
    stages.append(f'[stage.machine]\nuses = "snapshot"\nfrom = "s{STACKED - 1}"\nmachine = "stacked"\n')
    return "\n".join(stages)


def run_twice(lab, place, pipeline, first, second):
    """Of two texts of one pipeline: what each run takes."""
    runs = []
    for text in (first, second):
        pipeline.write_text(text)
        runs.append(lab.time(lab.baker("run", place=place, pipeline=pipeline), watch=True))
    lab.remove(place.folder)
    return runs


def stacked(lab):
    first, change = run_twice(lab, Place(lab.folder / "stacked"), lab.folder / "stacked.toml",
                              stacked_pipeline("first"), stacked_pipeline("second"))
    return [Figure(f"{STACKED} layers under one machine, from nothing", f"{first.seconds:.1f} s",
                   f"{first.own_peak_mb:.0f} MB"),
            Figure(f"{STACKED} layers under one machine, the topmost changed", f"{change.seconds:.2f} s",
                   f"{change.own_peak_mb:.0f} MB", change.seconds / LIMIT_SMALL_CHANGE_S, 1, f"{LIMIT_SMALL_CHANGE_S} s")]


def large_pipeline(word):
    return (f'[pipeline]\nname = "large"\n[stage.files]\nuses = "files"\nfiles = {{ "/srv" = {{ source = "many" }} }}\n'
            f'[stage.word]\nuses = "files"\nfrom = "files"\nfiles = {{ "/word" = {{ content = "{word}" }} }}\n'
            f'[stage.machine]\nuses = "snapshot"\nfrom = "word"\nmachine = "large"\n')


def large_layer(lab):
    place, folder = Place(lab.folder / "large"), lab.folder / "pipeline-of-many-files"
    for each in range(FILES // FILES_IN_A_FOLDER):
        inside = folder / "many" / f"{each:04}"
        inside.mkdir(parents=True)
        for number in range(FILES_IN_A_FOLDER):
            os.close(os.open(inside / f"{number:04}", os.O_CREAT | os.O_WRONLY, 0o644))
    _, change = run_twice(lab, place, folder / "large.toml", large_pipeline("first"), large_pipeline("second"))
    lab.remove(folder)
    return [Figure(f"a small change above {FILES:,} files", f"{change.seconds:.2f} s", f"{change.own_peak_mb:.0f} MB",
                   change.seconds / LIMIT_SMALL_CHANGE_S, 1, f"{LIMIT_SMALL_CHANGE_S} s")]


def machines_pipeline(count):
    return (f'[pipeline]\nname = "many"\n[stage.root]\nuses = "files"\n'
            f'files = {{ "/usr/lib/os-release" = {{ content = "ID=none\\n" }} }}\n'
            f'[stage.machine]\nfor-each = "1..{count}"\nuses = "snapshot"\nfrom = "root"\nmachine = "many${{each}}"\n')


def many_machines_more(lab):
    all_of_them, one_more = run_twice(lab, Place(lab.folder / "many-machines"), lab.folder / "many.toml",
                                      machines_pipeline(MACHINES), machines_pipeline(MACHINES + 1))
    return [Figure(f"placing {MACHINES:,} machines", f"{all_of_them.seconds:.1f} s", f"{all_of_them.own_peak_mb:.0f} MB",
                   all_of_them.own_peak_mb / LIMIT_MEMORY_MB, 1, f"{LIMIT_MEMORY_MB} MB"),
            Figure(f"one machine more beside {MACHINES:,}", f"{one_more.seconds:.2f} s", f"{one_more.own_peak_mb:.0f} MB")]


def large_store(lab):
    """What one small pipeline costs beside many layers, and what it costs alone."""
    beside, alone = Place(lab.folder / "beside"), Place(lab.folder / "alone")
    most = lab.folder / "most.toml"
    most.write_text(pipeline_of("most", LAYERS))
    lab.time(lab.baker("run", place=beside, pipeline=most))
    small = lab.folder / "small.toml"
    small.write_text(pipeline_of("small", 10))
    seconds = []
    for place in (beside, alone):
        lab.settle()
        seconds.append(lab.time(lab.baker("run", place=place, pipeline=small)).seconds)
    shown = lab.time([lab.build / "bin/baker", "cache", "--cache-dir", beside.cache])
    lab.remove(beside.folder, alone.folder)
    return [Figure(f"ten stages, beside {LAYERS:,} layers", f"{seconds[0]:.2f} s", f"alone: {seconds[1]:.2f} s",
                   seconds[0] / seconds[1], MOST_GROWTH),
            Figure(f"baker cache of {LAYERS:,} layers", f"{shown.seconds:.2f} s", "")]


def long_lives(lab):
    return stacked(lab) + large_layer(lab) + many_machines_more(lab) + large_store(lab)
