"""What keeping a store costs: garbage collection of a large one, and reading all that it holds."""
import shutil

from lab import Place
from table import Figure

LAYERS = 10_000
SCAN_SECONDS = 1
MOST_OF_RM = 1.3
LEAST_OF_OPENSSL = 0.8


def pipeline_of(name, stages):
    return f'[pipeline]\nname = "{name}"\n' + "".join(
        f'\n[stage.s{each}]\nuses = "files"\nfiles = {{ "/etc/{name}" = {{ content = "{each}" }} }}\n'
        for each in range(stages))


def collection(lab):
    """Half of the layers go."""
    place = Place(lab.folder / "many")
    for name in ("kept", "left"):
        pipeline = lab.folder / f"{name}.toml"
        pipeline.write_text(pipeline_of(name, LAYERS // 2))
        lab.time(lab.baker("run", place=place, pipeline=pipeline))
    lab.time(lab.baker("destroy", place=place, pipeline=lab.folder / "left.toml"))
    gc = [lab.build / "bin/baker", "gc", "--keep-days", "0", "--cache-dir", place.cache]
    copy = lab.folder / "copy"
    lab.time(["cp", "-a", place.cache, copy])

    scan = lab.time([*gc, "--dry-run"]).seconds
    lab.settle()
    collected = lab.time(gc).seconds
    doomed = lab.folder / "doomed"
    for folder in ("layers", "actions", "locks"):  # what it has removed
        (doomed / folder).mkdir(parents=True)
        for each in (copy / folder).iterdir():
            if not (place.cache / folder / each.name).exists():
                each.rename(doomed / folder / each.name)
    lab.settle()
    removed = lab.time(["rm", "-rf", doomed]).seconds
    shutil.rmtree(copy)
    return scan, collected, removed


def reading(lab):
    """All of kraft3's store, and the same files by OpenSSL."""
    lab.prepare()
    verify = [lab.build / "bin/baker", "verify", "--deep", "--cache-dir", lab.main.cache]
    by_openssl = ["sh", "-c", f"find {lab.main.cache}/layers {lab.main.cache}/downloads -type f -print0 | "
                              "xargs -0 -P 2 -n 256 openssl dgst -sha256"]
    lab.time(by_openssl)  # into memory
    return lab.time(verify).seconds, lab.time(by_openssl).seconds


def upkeep(lab):
    scan, collected, removed = collection(lab)
    verified, hashed = reading(lab)
    return [Figure(f"gc of {LAYERS} layers of which half go", f"{collected:.2f} s",
                   f"rm -rf of these: {removed:.2f} s", collected / removed, MOST_OF_RM),
            Figure(f"what of {LAYERS} layers is used", f"{scan:.2f} s", "", scan / SCAN_SECONDS, 1,
                   f"{SCAN_SECONDS} s"),
            Figure("verify --deep of kraft3's store", f"{verified:.2f} s",
                   f"openssl dgst, two at a time: {hashed:.2f} s", verified / hashed, 1 / LEAST_OF_OPENSSL)]
