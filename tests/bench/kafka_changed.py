"""Another release of Kafka, downloaded before: unpack it, train it, and place four machines again."""
from class_archive import dump
from lab import median
from table import Figure

ROUNDS = 3
LIMIT = 1.3
OTHER = ["--set", "kafka=4.2.1"]


def all_of(plan, what):
    return {stage[what] for stage in plan.values() if what in stage}


def forget_other_release(lab):
    """The records and layers that only the other release has."""
    here, other = lab.plan(), lab.plan(*OTHER)
    for kind, what in (("actions", "key"), ("layers", "layer")):
        gone = all_of(other, what) - all_of(here, what)
        lab.remove(*(lab.main.cache / kind / each for each in gone))


def by_hand(lab, archive):
    """GNU tar, a broker that dumps its classes, `cp -a` of each machine, one sync."""
    folder = lab.folder / "by-hand"
    folder.mkdir()
    unpacked = folder / "kafka"
    unpacked.mkdir()
    machines = sorted(each for each in lab.main.machines.iterdir() if not each.name.startswith("."))
    other = ["--bind", unpacked / "opt/kafka", "/opt/kafka"]
    lab.settle()
    seconds = lab.time_all(
        [["tar", "-C", unpacked, "-xpf", archive]] +
        [["cp", "-a", machine, folder / machine.name] for machine in machines] +
        [dump(folder / machines[0].name, *other), ["sync", "-f", folder]])
    lab.remove(folder)
    return seconds


def kafka_changed(lab):
    lab.prepare()
    archive = lab.folder / "kafka.tar"
    lab.time(["tar", "-C", lab.layer_tree("kafka", *OTHER), "-cpf", archive, "."])
    forget_other_release(lab)
    by_hand(lab, archive)  # reads the machines into memory, as baker's layers are
    bakes, hands = [], []
    for _ in range(ROUNDS):
        lab.settle()
        bakes.append(lab.bake(*OTHER).seconds)  # takes the old machines away as well
        hands.append(by_hand(lab, archive))
        lab.say(f"  baker {bakes[-1]:.2f} s, by hand {hands[-1]:.2f} s")
        lab.bake()
        forget_other_release(lab)
    baker, hand = median(bakes), median(hands)
    return [Figure("Kafka changed, all downloaded", f"{baker:.2f} s",
                   f"tar, archive of classes, cp -a of 4 machines, sync {hand:.2f} s",
                   baker / hand, LIMIT)]
