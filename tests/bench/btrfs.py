"""Placing machines where cache and machines lie on one btrfs."""
import subprocess

from lab import Place, median
from table import Figure

MACHINES = 4
ROUNDS = 5
LIMIT_MS = 15
SNAPSHOTS = ["--place", "snapshot"]


def delete_machines(lab, place):
    for machine in place.machines.iterdir():
        if machine.is_dir() and not machine.name.startswith("."):
            subprocess.run(["btrfs", "--quiet", "subvolume", "delete", str(machine)], check=True)
    lab.settle()


def by_hand(lab, place):
    """What the file system itself takes: the snapshots, a file in each, one sync."""
    root = next(each for each in (place.cache / "roots").iterdir() if each.is_dir())
    copies = [place.folder / f"copy{each}" for each in range(MACHINES)]
    lab.settle()
    seconds = lab.time_all([["btrfs", "--quiet", "subvolume", "snapshot", root, each]
                            for each in copies] +
                           [["cp", "/etc/os-release", each / "etc/by-hand"] for each in copies] +
                           [["sync", "-f", place.folder]])
    lab.time_all([["btrfs", "--quiet", "subvolume", "delete", each] for each in copies])
    return seconds


def btrfs_machines(lab):
    lab.prepare()
    disk = lab.make_disk("btrfs")
    place = Place(disk / "place")
    place.cache.mkdir(parents=True)
    for name in ("actions", "layers", "downloads"):
        lab.time(["cp", "-a", lab.main.cache / name, place.cache / name])
    lab.bake("--offline", *SNAPSHOTS, place=place)  # merges the root once
    lab.settle()

    idle = median(lab.bake("--offline", *SNAPSHOTS, place=place).seconds for _ in range(ROUNDS))
    placing = []
    for _ in range(ROUNDS):
        delete_machines(lab, place)
        placing.append(lab.bake("--offline", *SNAPSHOTS, place=place).seconds - idle)
    hand = median(by_hand(lab, place) for _ in range(ROUNDS)) / MACHINES * 1000
    changing = []
    for round_number in range(ROUNDS):
        lab.settle()
        heap = f"heap={600 + round_number}m"
        changing.append(lab.bake("--offline", *SNAPSHOTS, "--set", heap, place=place).seconds)
    subprocess.run(["umount", str(disk)], check=True)

    each = median(placing) / MACHINES * 1000
    return [Figure("btrfs: placing a machine, of four", f"{each:.1f} ms",
                   f"btrfs snapshot, a file, sync: {hand:.1f} ms", each / LIMIT_MS, 1,
                   f"{LIMIT_MS} ms"),
            Figure("btrfs: three nodes' option changed", f"{median(changing) * 1000:.0f} ms", "")]
