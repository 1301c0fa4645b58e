"""Where a container could keep its cache: in a volume, in an image of ext4 on its own overlayfs, in memory."""
import subprocess

from lab import IMAGE_SIZE, Place, median
from table import Figure

ROUNDS = 3
TREE = "/usr/share"  # some hundred megabytes in thousands of files, on any host

PIPELINE = """
[pipeline]
name = "container"
[stage.base]
uses = "rootfs"
sources = [{ tar = "base.tar" }]
[stage.above]
uses = "files"
from = "base"
files = { "/etc/above" = { content = "" } }
"""


def seconds_in(lab, folder):
    """Of a run from nothing."""
    taken = []
    for each in range(ROUNDS):
        lab.settle()
        place = Place(folder / str(each))
        place.folder.mkdir()
        taken.append(lab.time(lab.baker("run", place=place, pipeline=lab.folder / "container.toml")).seconds)
    return median(taken)


def overlay(lab):
    """As a container's root is."""
    root = lab.folder / "overlay"
    for each in ("lower", "upper", "work", "root"):
        (root / each).mkdir(parents=True)
    lab.time(["mount", "-t", "overlay", "overlay", "-o",
              f"lowerdir={root}/lower,upperdir={root}/upper,workdir={root}/work", root / "root"])
    return root / "root"


def container_cache(lab):
    (lab.folder / "container.toml").write_text(PIPELINE)
    lab.time(["tar", "-cf", lab.folder / "base.tar", "-C", "/", TREE.strip("/")])
    container, volume, memory = overlay(lab), lab.folder / "volume", lab.folder / "memory"
    for each in (volume, memory, container / "disk"):
        each.mkdir()
    lab.time(["mount", "-t", "tmpfs", "none", memory])
    lab.time(["truncate", "-s", IMAGE_SIZE, container / "image"])
    lab.time(["mkfs.ext4", "-q", container / "image"])
    lab.time(["mount", "-o", "loop", container / "image", container / "disk"])

    in_volume = seconds_in(lab, volume)
    in_image = seconds_in(lab, container / "disk")
    in_memory = seconds_in(lab, memory)
    for each in (container / "disk", container, memory):
        subprocess.run(["umount", "--lazy", str(each)], check=True)
    return [Figure(f"a run from nothing, cache in {name}", f"{seconds:.2f} s",
                   f"in a volume: {in_volume:.2f} s, {seconds / in_volume:.2f} x")
            for name, seconds in (("an image on the container's overlayfs", in_image), ("memory", in_memory))]
