"""The cluster: started until it serves, asked, and stopped, in a network of its own."""
import contextlib
import ctypes
import os
import pathlib
import subprocess

from lab import BenchError, median
from table import Figure

ROUNDS = 3
CALLS = 20
LIMIT_UP_S, LIMIT_DOWN_S, LIMIT_AGAIN_S = 6, 3, 1
LIMIT_EXEC_MS, LIMIT_STATUS_MS = 50, 100
CLUSTER = f"-b{os.getpid() % 10000}"  # known on the whole host; its bridge may have 15 letters
MACHINE = f"kafka{CLUSTER}-tester"
CLONE_NEWNET = 0x40000000


@contextlib.contextmanager
def own_network():
    """For this process and all that it starts. It vanishes with the last of them."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/ns/net") as before:
        if libc.unshare(CLONE_NEWNET) != 0:
            raise BenchError(f"no network namespace: {os.strerror(ctypes.get_errno())}")
        try:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            yield
        finally:
            libc.setns(before.fileno(), CLONE_NEWNET)


class Cluster:
    def __init__(self, lab):
        self.lab, self.data = lab, lab.folder / "data"
        self.options = ["--set", f"cluster={CLUSTER}", "--set", f"data={self.data}"]

    def argv(self, command, *arguments):
        return self.lab.baker(command, *self.options, *arguments)

    def seconds(self, command, *arguments):
        if command in ("up", "down"):
            arguments = [*arguments, "--start-with", "direct"]
        return self.lab.time(self.argv(command, *arguments)).seconds

    def exec_argv(self, *command, machine=MACHINE):
        return [self.lab.build / "bin/baker", "exec", f"--machines-dir={self.lab.main.machines}",
                "--start-with", "direct", machine, "--", *command]

    def start_with_nothing(self, *arguments):
        self.forget_data()
        return self.seconds("up", "--allow", "empty-data", *arguments)

    def forget_data(self):
        """But not the folders, which were made with the machines."""
        for folder in self.lab.folder.glob("data*/node*"):
            self.lab.time(["find", folder, "-mindepth", "1", "-delete"])
        self.lab.settle()

    def end(self):
        for argv in (["down", "--start-with", "direct", "--stop-timeout", "1"], ["destroy"]):
            subprocess.run([str(each) for each in self.argv(*argv)], check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def init_of(machine):
    for hierarchy in ("/sys/fs/cgroup/unified", "/sys/fs/cgroup"):
        members = pathlib.Path(hierarchy, "baker", machine, "payload/init.scope/cgroup.procs")
        if members.exists():
            return members.read_text().split()[0]
    raise BenchError(f"{machine} does not run")


def calls_ms(lab, argv):
    lab.time(argv)
    return median(lab.time(argv).seconds for _ in range(CALLS)) * 1000


def life(lab, cluster):
    """From nothing to serving, and again; seconds of each step, by its name."""
    taken = {"cold": cluster.start_with_nothing(), "again": cluster.seconds("up"),
             "down": cluster.seconds("down")}
    lab.settle()
    taken["warm"] = cluster.seconds("up")
    lab.say("  " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in taken.items()))
    return taken


def timed(what, seconds, limit):
    return Figure(what, f"{seconds:.2f} s", "", seconds / limit, 1, f"{limit} s")


def asked(lab, cluster):
    """What a cluster that runs is asked."""
    by_hand = ["nsenter", "-t", init_of(MACHINE), "-a", "-W/", "systemd-run", "--pipe", "--wait",
               "-q", "--collect", "true"]
    hand, baker = calls_ms(lab, by_hand), calls_ms(lab, cluster.exec_argv("true"))
    status = calls_ms(lab, cluster.argv("status"))
    return [Figure("a command in a machine: baker exec", f"{baker:.0f} ms",
                   f"nsenter, systemd-run {hand:.0f} ms", (baker - hand) / LIMIT_EXEC_MS, 1,
                   f"{LIMIT_EXEC_MS} ms more"),
            Figure("baker status kraft3, running", f"{status:.0f} ms", "",
                   status / LIMIT_STATUS_MS, 1, f"{LIMIT_STATUS_MS} ms")]


def cluster(lab):
    lab.prepare()
    it = Cluster(lab)
    with own_network():
        try:
            lab.time(it.argv("run"))
            rounds = []
            for _ in range(ROUNDS):
                rounds.append(life(lab, it))
                if len(rounds) == ROUNDS:
                    figures = asked(lab, it)
                it.seconds("down")
        finally:
            it.end()
    of = {name: median(each[name] for each in rounds) for name in rounds[0]}
    return [timed("baker up kraft3, cold, until it serves", of["cold"], LIMIT_UP_S),
            timed("baker up kraft3, warm, until it serves", of["warm"], LIMIT_UP_S),
            timed("baker up kraft3 again", of["again"], LIMIT_AGAIN_S),
            timed("baker down kraft3", of["down"], LIMIT_DOWN_S), *figures]
