"""Dependencies run one way: holds every include line of the tree to the rules below.

    layers_test.py SOURCE_FOLDER
"""
import pathlib
import re
import sys

# Layers of our own code, each with those that it may include besides itself.
LAYERS = {
    "engine/base": [],
    "engine/io": ["engine/base"],
    "cache": ["engine/io", "engine/base"],
    "engine/pipeline": ["engine/io", "engine/base"],
    "engine/plan": ["engine/pipeline", "cache", "engine/io", "engine/base"],
}
LAYERS["engine/plugin"] = ["engine/plan", *LAYERS["engine/plan"]]
LAYERS["engine/bake"] = ["engine/plugin", *LAYERS["engine/plugin"]]
LAYERS["engine/remote"] = ["cache", "engine/io", "engine/base"]
LAYERS["engine/worker"] = ["engine/remote", "engine/bake", *LAYERS["engine/bake"]]
LAYERS["engine/machines"] = ["engine/bake", *LAYERS["engine/bake"]]
LAYERS["engine/doctor"] = ["engine/machines", *LAYERS["engine/machines"]]
LAYERS["engine/upkeep"] = ["engine/machines", *LAYERS["engine/machines"]]
LAYERS["engine/report"] = ["engine/bake", *LAYERS["engine/bake"]]
LAYERS["engine/cli"] = ["engine/report", "engine/remote", "engine/worker", "engine/doctor", "engine/upkeep", "engine/machines", *LAYERS["engine/machines"]]

# Libraries of others, each with the only folders that may include it.
LIBRARIES = {
    "curl/": ["engine/io/download", "engine/remote"],
    "archive.h": ["engine/io", "engine/remote", "stages/kafka"],
    "archive_entry.h": ["engine/io", "engine/remote", "stages/kafka"],
    "nettle/": ["engine/io", "engine/remote"],
    "zstd.h": ["engine/io", "engine/remote"],
    "openssl/": ["stages/kafka-node", "stages/tls-authority"],
    "librdkafka/": ["stages/kafka-probe"],
    "toml++/": ["engine/pipeline"],
    "boost/": ["engine/plugin"],
    "baker/": ["plugins", "stages"],
    "spdlog/": ["engine/report"],
    "fmt/": ["engine", "cache", "stages"],
    "CLI/": ["engine/cli"],
    "nlohmann/": ["engine/io", "cache", "engine/pipeline", "engine/plan", "engine/plugin",
                  "engine/bake", "engine/machines", "engine/remote", "engine/upkeep", "engine/worker", "engine/report", "engine/cli",
                  "plugins", "stages"],
}
# What several stage types have in common: a folder of stages/, with those that may include it.
SHARED_BY_STAGES = {
    "accounts": ["stages/user", "stages/kafka-node", "stages/rootfs"],
    "host-apt": ["stages/apt", "stages/rootfs"],
    "kafka-runtime": ["stages/kafka-node", "stages/jvm-cds"],
    "text": ["stages"],
}
SYSTEM_FOLDERS = ["sys/", "linux/", "net/", "netinet/", "arpa/", "asm/"]
STANDARD_ONLY = ["engine/base", "plugins"]  # besides what LIBRARIES gives them: no system headers
SDK_C_HEADERS = ["stddef.h", "stdint.h"]

# The border between the runner and the plugins: all that the engine knows of the SDK.
BORDER = "plugins/sdk/include/baker/abi.h"

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def is_in(path, folder):
    return path == folder or path.startswith(folder + "/")


def layer_of(path):
    return next((layer for layer in LAYERS if is_in(path, layer)), None)


def mistake_in_library(path, header):
    """An include in angle brackets."""
    for library, folders in LIBRARIES.items():
        if header == library or (library.endswith("/") and header.startswith(library)):
            if any(is_in(path, folder) for folder in folders):
                return None
            return f"<{header}> belongs to {', '.join(folders)} alone"
    in_system_folder = any(header.startswith(folder) for folder in SYSTEM_FOLDERS)
    if in_system_folder or ("/" not in header and header.endswith(".h")):
        if any(is_in(path, folder) for folder in STANDARD_ONLY) and header not in SDK_C_HEADERS:
            return f"<{header}> is a header of the system; only the standard library is used here"
        return None
    if "/" in header:
        return f"<{header}> is of a library that tests/meta/layers_test.py does not know"
    return None


def mistake_in_stage(root, path, header):
    own = "/".join(path.split("/")[:2])  # stages/TYPE or plugins/examples
    if any(is_in(own, user) for user in SHARED_BY_STAGES.get(header.split("/")[0], [])):
        return None
    beside = (root / path).parent / header
    found = beside if beside.is_file() else root / header
    if is_in(str(found.relative_to(root)), own):
        if found.is_file() and is_test(root, found):
            return f'"{header}" is for tests, and this file is not'
        return None
    return f'"{header}" is not of {own}: a stage has the SDK (<baker/…>) and nothing else of baker'


def mistake_in_layer(path, header):
    own = layer_of(path)
    if header == BORDER and own == "engine/plugin":
        return None
    wanted = layer_of(header)
    if wanted is None:
        return f'"{header}" is in no layer: write the path from the top of the tree'
    if wanted == own or wanted in LAYERS[own]:
        return None
    allowed = ", ".join(LAYERS[own]) or "the standard library alone"
    return f'"{header}" is against the direction: {own} may use {allowed}'


def mistakes_in(root, path, text):
    for match in INCLUDE.finditer(text):
        bracket, header = match.groups()
        if bracket == "<":
            mistake = mistake_in_library(path, header)
        elif is_in(path, "stages") or is_in(path, "plugins"):
            mistake = mistake_in_stage(root, path, header)
        else:
            mistake = mistake_in_layer(path, header)
        if mistake:
            line = text.count("\n", 0, match.start(1)) + 1
            yield f"{path}:{line}: {mistake}"


def is_test(root, file):
    """Tests and what helps them lie beside the code; they may include what they like."""
    return ("_test." in file.name or "tests" in file.relative_to(root).parts
            or "namespace baker::testing" in file.read_text())


def sources(root):
    for folder in ["engine", "cache", "stages", "plugins"]:
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in [".cc", ".h"] and not is_test(root, file):
                yield file


def main(root):
    files = list(sources(root))
    mistakes = [mistake for file in files
                for mistake in mistakes_in(root, str(file.relative_to(root)), file.read_text())]
    print("\n".join(mistakes) or f"{len(files)} files keep to the layers")
    return 1 if mistakes or not files else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
