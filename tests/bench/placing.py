"""Machines mounted, beside the same machines copied: another release of Kafka with all in the cache, there and back, one
option of one machine's stage, and what a placed kraft3 takes of the disk."""
import os

from lab import disk_mb, median
from table import Figure

ROUNDS = 9
COPIED_ROUNDS = 3
OTHER = ["--set", "kafka=4.2.1"]
THERE_AND_BACK_MS = 60
ONE_OPTION_MS = 40
MOST_DISK_MB = 2
CLIENT = 'role = "client"\n'


def there_and_back(lab, rounds):
    """In milliseconds."""
    seconds = []
    for _ in range(rounds):
        for release in (OTHER, []):
            lab.settle()
            seconds.append(lab.bake("--offline", *release).seconds)
    return median(seconds) * 1000


def one_option(lab, rounds, first):
    """With a value that was never baked before."""
    plain = lab.pipeline.read_text()
    seconds = []
    for number in range(first, first + rounds):
        changed = plain.replace(CLIENT, f'{CLIENT}config = {{ "linger.ms" = "{number}" }}\n')
        assert changed != plain, "the stage of the tester is no longer there"
        lab.pipeline.write_text(changed)
        lab.settle()
        seconds.append(lab.bake("--offline").seconds)
    lab.pipeline.write_text(plain)
    return median(seconds) * 1000


def placing(lab):
    lab.prepare()
    there_and_back(lab, 1)
    mounted, option = there_and_back(lab, ROUNDS), one_option(lab, ROUNDS, 1)
    lab.bake("--offline")
    disk = disk_mb(lab.main)
    os.environ["BAKER_PLACE"] = "copy"
    there_and_back(lab, 1)
    copied, option_copied = there_and_back(lab, COPIED_ROUNDS), one_option(lab, COPIED_ROUNDS, 100)
    lab.bake("--offline")
    disk_copied = disk_mb(lab.main)
    del os.environ["BAKER_PLACE"]
    lab.bake("--offline", "--place", "mount")
    return [Figure("another Kafka, all cached, four machines", f"{mounted:.0f} ms",
                   f"copied {copied:.0f} ms", mounted / THERE_AND_BACK_MS, 1,
                   f"{THERE_AND_BACK_MS} ms"),
            Figure("one option of the tester, new", f"{option:.0f} ms",
                   f"copied {option_copied:.0f} ms", option / ONE_OPTION_MS, 1,
                   f"{ONE_OPTION_MS} ms"),
            Figure("disk of kraft3 placed, beside the store", f"{disk:.1f} MB",
                   f"copied {disk_copied:.0f} MB", disk / MOST_DISK_MB, 1, f"{MOST_DISK_MB} MB")]
