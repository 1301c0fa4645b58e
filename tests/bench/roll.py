"""A Kafka upgrade, node by node, while messages are sent and read the whole time."""
import json
import subprocess

from cluster import Cluster, own_network
from lab import BenchError
from table import Figure

PER_SECOND = 1500
NODES = 3
LIMIT_NODE_S, LIMIT_SILENCE_S = 6, 1.5
BROKERS = ",".join(f"10.88.0.1{node}:9092" for node in range(1, NODES + 1))
OLD = ("--set", "kafka=4.2.1")


def compiled_load(lab):
    """From the tests' sources, as a release is built without them."""
    program = lab.folder / "load"
    sources = ["tests/bench/load.cc", "tests/support/kafka_load.cc", "tests/support/load_ledger.cc"]
    lab.time(["c++", "-std=c++23", "-O2", f"-I{lab.source}", *(lab.source / each for each in sources),
              "-lrdkafka", "-o", program])
    return program


def roll(lab):
    lab.prepare()
    program, it = compiled_load(lab), Cluster(lab)
    with own_network():
        try:
            it.start_with_nothing(*OLD)
            it.seconds("run")  # bakes and places beside what runs, so that only the roll is timed
            lab.settle()
            load = subprocess.Popen([program, BROKERS, "roll", str(PER_SECOND)], text=True,
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            try:
                if load.stdout.readline() != "ready\n":
                    raise BenchError("the load got no message through")
                seconds = it.seconds("up")
                figures = json.loads(load.communicate()[0])
            finally:
                load.kill()
        finally:
            it.end()
    lab.say(f"  {seconds:.1f} s, {figures}")
    if figures["acknowledged"] != figures["sent"] or figures["lost"] or figures["out_of_order"]:
        raise BenchError(f"messages were lost: {figures}")
    silence, sent = figures["silence_ms"] / 1000, figures["sent"]
    return [Figure("Kafka upgraded under load, each node", f"{seconds / NODES:.2f} s",
                   f"{sent:,} messages, none lost", seconds / NODES / LIMIT_NODE_S, 1,
                   f"{LIMIT_NODE_S} s"),
            Figure("longest silence between acknowledgements", f"{silence:.2f} s", "",
                   silence / LIMIT_SILENCE_S, 1, f"{LIMIT_SILENCE_S} s")]
