"""From an empty cache with all downloads, against the tools of the longest chain, by hand."""
import contextlib
import subprocess
import tomllib

from class_archive import dump
from lab import Place, median
from table import Figure

ROUNDS = 3
LIMIT = 1.15
MACHINES = 4
SANDBOX = """--dev /dev --proc /proc --tmpfs /run --perms 1777 --tmpfs /tmp --unshare-pid --unshare-ipc
    --unshare-uts --unshare-cgroup --unshare-net --die-with-parent --new-session --clearenv
    --setenv PATH /usr/sbin:/usr/bin:/sbin:/bin --setenv LC_ALL C.UTF-8
    --setenv DEBIAN_FRONTEND noninteractive""".split()


def pins_of(lab, stage_type):
    sets = tomllib.loads(lab.lock_file.read_text())["set"]
    return next(each["pins"] for each in sets if each["type"] == stage_type)


def download(lab, pin):
    return lab.main.cache / "downloads" / f"sha256-{pin['sha256']}"


def dpkg_calls(packages):
    """In the pinned order; what a package needs before it is unpacked is configured first."""
    calls, waiting = [], []
    for package in packages:
        if "after" in package:
            calls += [["--no-triggers", "--unpack", *waiting],
                      ["--no-triggers", "--configure", *package["after"]]]
            waiting = []
        waiting.append(f"/run/debs/{package['name']}.deb")
    return calls + [["--no-triggers", "--unpack", *waiting], ["--configure", "--pending"]]


@contextlib.contextmanager
def overlay(target, options):
    target.mkdir()
    subprocess.run(["mount", "-t", "overlay", "-o", options, "overlay", str(target)], check=True)
    try:
        yield target
    finally:
        subprocess.run(["umount", str(target)], check=True)


def unpack(lab, folder):
    folder.mkdir()
    return lab.time(["tar", "-C", folder, "-xpf", download(lab, pins_of(lab, "rootfs")[0])]).seconds


def install(lab, folder, root):
    packages = [pin for pin in pins_of(lab, "apt") if "sha256" in pin]
    binds = [argument for pin in packages for argument in
             ("--ro-bind", download(lab, pin), f"/run/debs/{pin['name']}.deb")]
    sandbox = ["bwrap", "--bind", root, "/", *SANDBOX, *binds, "dpkg", "--force-unsafe-io"]
    return lab.time_all([[*sandbox, *call] for call in dpkg_calls(packages)])


def by_hand(lab, kafka):
    folder = lab.folder / "by-hand"
    folder.mkdir()
    base, upper, work, top, top_work = (
        folder / name for name in ("base", "upper", "work", "top", "top-work"))
    for each in (upper, work, top, top_work):
        each.mkdir()
    lab.settle()
    seconds = unpack(lab, base)
    with overlay(folder / "root", f"lowerdir={base},upperdir={upper},workdir={work},volatile") as root:
        seconds += install(lab, folder, root)
    stack = f"lowerdir={kafka}:{upper}:{base},upperdir={top},workdir={top_work},volatile"
    with overlay(folder / "whole", stack) as whole:
        seconds += lab.time(dump(whole)).seconds
        copies = [["cp", "-a", whole, folder / f"machine{i}"] for i in range(MACHINES)]
        seconds += lab.time_all(copies + [["sync", "-f", folder]])
    lab.remove(folder)
    return seconds


def clean_bake(lab):
    lab.prepare()
    kafka = lab.layer_tree("kafka")
    bakes, hands = [], []
    for _ in range(ROUNDS):
        place = Place(lab.folder / "clean")
        lab.copy_downloads(place)
        lab.settle()
        bakes.append(lab.bake("--offline", place=place).seconds)
        lab.remove(place.folder)
        hands.append(by_hand(lab, kafka))
        lab.say(f"  baker {bakes[-1]:.2f} s, by hand {hands[-1]:.2f} s")
    baker, hand = median(bakes), median(hands)
    return [Figure("clean bake, all downloaded", f"{baker:.2f} s",
                   f"tar, dpkg, archive of classes, cp -a of 4 machines, sync {hand:.2f} s",
                   baker / hand, LIMIT)]
