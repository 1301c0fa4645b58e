"""Starts of the cluster while all processors are taken by others."""
import contextlib
import subprocess
import sys

from cluster import CLUSTER, Cluster, own_network
from lab import median
from table import Figure

STARTS, SPINNING = 10, 4
NODES = 3
LIMIT_UP_S, LIMIT_TEST_S = 60, 60  # of the probe, by default
# What the controller in charge says whenever a broker is let in: once for each, unless it was
# fenced since.
LET_IN = "to unfence has been granted"


@contextlib.contextmanager
def spinning(count):
    """Processes that never wait."""
    them = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for each in them:
            each.kill()
            each.wait()


def let_in(lab, cluster):
    """How often brokers were, since their machines were started."""
    total = 0
    for node in range(1, NODES + 1):
        script = f"journalctl --boot -u kafka -o cat --no-pager | grep -c '{LET_IN}' || true"
        argv = cluster.exec_argv("sh", "-c", script, machine=f"kafka{CLUSTER}-node{node}")
        lab.time(argv)
        total += int(lab.log.read_text())
    return total


def start(lab, cluster):
    up = cluster.start_with_nothing()
    fenced = let_in(lab, cluster) - NODES
    test = lab.time(cluster.argv("test", "--start-with", "direct")).seconds
    cluster.seconds("down")
    lab.say(f"  up {up:.1f} s, {fenced} fenced, test {test:.1f} s")
    return up, fenced, test


def busy_host(lab):
    lab.prepare()
    it = Cluster(lab)
    with own_network():
        try:
            lab.time(it.argv("run"))
            with spinning(SPINNING):
                ups, fenced, tests = zip(*(start(lab, it) for _ in range(STARTS)))
        finally:
            it.end()
    who = f"{SPINNING} spinning processes, {STARTS} starts"
    return [Figure("brokers fenced after they were let in", str(sum(fenced)), who,
                   float(sum(fenced) > 0), 0, "0"),
            Figure("baker up kraft3 on a busy host, slowest", f"{max(ups):.1f} s",
                   f"median {median(ups):.1f} s", max(ups) / LIMIT_UP_S, 1, f"{LIMIT_UP_S} s"),
            Figure("baker test on a busy host, slowest", f"{max(tests):.1f} s",
                   f"median {median(tests):.1f} s", max(tests) / LIMIT_TEST_S, 1,
                   f"{LIMIT_TEST_S} s")]
