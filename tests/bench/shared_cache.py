"""A registry between two hosts: pushing, pulling, asking, and what it costs who needs nothing of it."""
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

from lab import BenchError, Place, median
from nothing_changed import ROUNDS
from table import Figure

LIMIT_PUSH = 1.3
LIMIT_PULL = 1.3
LIMIT_NOTHING = 1.1
LIMIT_ASK_S = 1
KEYS = 1000
MACHINES = 4


@contextlib.contextmanager
def registry(folder):
    folder.mkdir()
    config = folder / "config.yml"
    config.write_text("version: 0.1\nlog: { level: info }\n"
                      f"storage: {{ filesystem: {{ rootdirectory: {folder}/data }} }}\n"
                      'http: { addr: "127.0.0.1:0", secret: "of a bench" }\n')
    log = folder / "log"
    with open(log, "w") as output:
        process = subprocess.Popen(["docker-registry", "serve", config], stdout=output, stderr=output)
    try:
        while not (found := re.search(r"listening on 127.0.0.1:([0-9]+)\D", log.read_text())):
            if process.poll() is not None:
                raise BenchError(f"docker-registry does not start: {log.read_text()}")
            time.sleep(0.01)
        yield found[1]
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def environment(**variables):
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def blobs_of(port):
    """Digests of the layers in the registry, largest first."""
    server = http.client.HTTPConnection("127.0.0.1", int(port))

    def ask(path):
        server.request("GET", "/v2/baker/" + path,
                       headers={"Accept": "application/vnd.oci.image.manifest.v1+json"})
        return json.loads(server.getresponse().read())
    tags = [tag for tag in ask("tags/list")["tags"] if tag.startswith("r-")]
    manifests = [ask("manifests/" + tag) for tag in tags]
    layers = {each["layers"][0]["digest"]: each["layers"][0]["size"] for each in manifests}
    return sorted(layers, key=layers.get, reverse=True)


def requests_in(text):
    """Of a registry's log: how many requests there were, and how many bytes went out."""
    answers = re.findall(r'"[A-Z]+ /v2/[^"]*" ([0-9]+) ([0-9]+)', text)
    return len(answers), sum(int(size) for _, size in answers)


def push_by_hand(lab, layers, port):
    """tar | zstd -T2 | curl, into uploads that are never finished."""
    script = (f'place=$(curl -sS -D - -o /dev/null -X POST http://127.0.0.1:{port}/v2/by-hand/blobs/uploads/ |'
              " tr -d '\\r' | sed -n 's/^[Ll]ocation: //p'); "
              'tar -C "$1" --xattrs -c . | zstd -q -T2 | curl -sS -o /dev/null -X PATCH -T - "$place"')
    lab.settle()
    return lab.time_all([["bash", "-c", script, "push", layer / "tree"] for layer in layers])


def pull_by_hand(lab, blobs, port):
    """Seconds for all layers, and for copying them together into as many machines as kraft3 has."""
    folder = lab.folder / "pulled"
    folder.mkdir()
    lab.settle()
    seconds = 0.0
    for number, blob in enumerate(blobs):
        file, tree = folder / f"{number}.tar.zst", folder / str(number)
        tree.mkdir()
        seconds += lab.time_all([
            ["curl", "-sS", "-o", file, f"http://127.0.0.1:{port}/v2/baker/blobs/{blob}"],
            ["tar", "-C", tree, "--xattrs", "--zstd", "-xpf", file]])
    seconds += lab.time(["sync", "-f", folder]).seconds
    trees = [folder / str(number) for number in range(len(blobs))]
    copies = [["cp", "-a", *trees, folder / f"machine{number}"] for number in range(MACHINES)]
    for number in range(MACHINES):
        (folder / f"machine{number}").mkdir()
    return seconds, lab.time_all(copies + [["sync", "-f", folder]])


def push(lab, port):
    layers = [lab.main.cache / "layers" / stage["layer"]
              for stage in lab.plan().values() if stage.get("layer")]
    by_hand = push_by_hand(lab, layers, port)
    downloads = lab.main.cache / "downloads"
    aside = lab.folder / "downloads-aside"
    downloads.rename(aside)
    downloads.mkdir()
    lab.settle()
    layers_only = lab.time(lab.baker("push")).seconds
    downloads.rmdir()
    aside.rename(downloads)
    lab.settle()
    content = lab.time(lab.baker("push")).seconds
    bytes_of_content = sum(each.stat().st_size for each in downloads.iterdir() if each.is_file())
    return [Figure("pushing kraft3's layers", f"{layers_only:.2f} s",
                   f"tar | zstd -T2 | curl {by_hand:.2f} s", layers_only / by_hand, LIMIT_PUSH),
            Figure("pushing what it pins", f"{content:.2f} s", f"{bytes_of_content / 1e6:.0f} MB there")]


def pull(lab, port):
    layers, machines = pull_by_hand(lab, blobs_of(port), port)
    place = Place(lab.folder / "second-host")
    lab.settle()
    output, log = lab.folder / "second-host.log", lab.folder / "registry/log"
    before = log.stat().st_size
    run = lab.time(lab.baker("run", "--locked", place=place), log=output)
    lab.remove(place.folder, lab.folder / "pulled")  # ext4 is slow for a minute after removing much
    if not re.search(r" stages pulled; ", output.read_text()):
        raise BenchError("not everything came from the registry:\n" + output.read_text())
    count, sent = requests_in(log.read_text()[before:])
    return [Figure("an empty host bakes kraft3 out of a registry", f"{run.seconds:.2f} s",
                   f"curl, tar and sync {layers:.2f} s, and cp -a of {MACHINES} machines {machines:.2f} s",
                   run.seconds / (layers + machines), LIMIT_PULL),
            Figure("what it asks of the registry", f"{count} requests", f"{sent / 1e6:.0f} MB")]


def nothing(lab, port):
    seconds = {False: [], True: []}
    for _ in range(ROUNDS):
        for shared in seconds:
            with environment(BAKER_REMOTE=f"oci://127.0.0.1:{port}/baker" if shared else ""):
                seconds[shared].append(lab.time(lab.baker("run")).seconds)
    without, shared = (median(seconds[each]) * 1000 for each in (False, True))
    return Figure("nothing changed, with a remote", f"{shared:.1f} ms", f"without {without:.1f} ms",
                  shared / without, LIMIT_NOTHING)


def ask(lab, port):
    request = lab.folder / "request.json"
    request.write_text(json.dumps({"remote": f"oci://127.0.0.1:{port}/baker", "trust": [],
                                   "keys": [f"{number:064x}" for number in range(KEYS)]}))
    seconds = lab.time(["sh", "-c", f"{lab.build}/bin/baker-remote find < {request}"]).seconds
    return Figure(f"asking a registry for {KEYS:,} keys", f"{seconds:.2f} s", "",
                  seconds / LIMIT_ASK_S, 1, f"{LIMIT_ASK_S} s")


def shared_cache(lab):
    if not shutil.which("docker-registry"):
        raise BenchError("missing program: docker-registry")
    lab.prepare()
    lab.bake()  # the default release is the one that is placed
    key = lab.folder / "remote.key"
    with registry(lab.folder / "registry") as port, environment(
            BAKER_REMOTE=f"oci://127.0.0.1:{port}/baker", BAKER_REMOTE_KEY=str(key)):
        lab.time([lab.build / "bin/baker", "remote", "key"])
        return [*push(lab, port), *pull(lab, port), nothing(lab, port), ask(lab, port)]
