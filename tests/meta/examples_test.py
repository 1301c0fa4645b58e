"""Examples in the documentation are right: baker knows every command in them, and reads every pipeline.

    examples_test.py SOURCE_FOLDER BAKER

A block of TOML with a [pipeline] is planned as it is; one that only has stages is completed first: with
the stages and params that it speaks of, and empty files for its inputs. Commands are typed as nobody,
who can look and change nothing, and have to be understood.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

NOBODY = 65534
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
COMMAND = re.compile(r"^(?:[#$] )?(?:sudo )?baker (.+?)(?:\s+#.*)?$")
MISUNDERSTOOD = re.compile(r"unknown command|has no option|no further argument|is required|"
                           r"required but received|Could not convert|not in ")
PARAM = re.compile(r"(?<!\$)\$\{([A-Za-z0-9_-]+)\}")
BUILT_IN = {"each", "pipeline"}


def pages(source):
    return [source / "README.md", *sorted((source / "docs").glob("**/*.md")),
            *sorted((source / "pipelines").glob("*.md")),
            *sorted((source / "stages").glob("*/*.stage.toml"))]


def blocks_of(page):
    """A block's language and its text, with where it stands."""
    text = page.read_text()
    if page.suffix == ".toml":  # a descriptor, whose example is a comment
        lines = [line[1:].strip() for line in text.splitlines() if line.startswith("#   ")]
        yield page.name, "toml", "\n".join(lines)
        return
    for block in BLOCK.finditer(text):
        line = text.count("\n", 0, block.start()) + 1
        yield f"{page.name}:{line}", block.group(1), block.group(2)


def completed(toml):
    """A pipeline of its own, out of the stages of an example."""
    there = set(re.findall(r'^\[stage\.([^\].]+)\]', toml, re.M))
    wanted = set()
    for value in re.findall(r'^(?:from|needs) = (.+)$', toml, re.M):
        wanted |= {name.split(".")[0] for name in re.findall(r'"([^"]+)"', value)}
    params = set(PARAM.findall(toml)) - BUILT_IN
    head = '[pipeline]\nname = "example"\n[params]\n' + "".join(f'{name} = "x"\n' for name in sorted(params))
    return head + toml + "".join(f'\n[stage.{name}]\nuses = "files"\n' for name in sorted(wanted - there))


def plan(baker, toml):
    """What baker has to say against it."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        file = pathlib.Path(folder) / "example.toml"
        file.write_text(toml)
        for _ in range(10):  # inputs that the example speaks of
            told = subprocess.run([baker, "plan", file.name, "--cache-dir", "cache", "--state-dir", "state"],
                                  cwd=folder, capture_output=True, text=True)
            missing = re.findall(r'there is no "[^"]*" \((\S+)\)', told.stderr)
            if not missing:
                break
            for path in missing:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                pathlib.Path(path).write_text("")
        return told.stderr if told.returncode == 2 else ""


def typed(baker, words, source):
    """What baker does not understand of a command line."""
    command = f"exec {baker} {words}"
    told = subprocess.run(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--",
                           "sh", "-c", command], cwd=source, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60)
    return told.stderr if MISUNDERSTOOD.search(told.stderr) else ""


def mistakes_in(page, source, baker):
    for place, language, text in blocks_of(page):
        if language == "toml" and ("[pipeline]" in text or "[stage." in text):
            told = plan(baker, text if "[pipeline]" in text else completed(text))
            if told:
                yield f"{place}: {told}"
        for line in text.splitlines():
            command = COMMAND.match(line)
            if command and not re.search(r"[…<|]|COMMAND|PIPELINE", command.group(1)):
                told = typed(baker, command.group(1), source)
                if told:
                    yield f"{place}: baker {command.group(1)}: {told}"


def main(source, baker):
    mistakes = [mistake for page in pages(source) for mistake in mistakes_in(page, source, baker)]
    print("\n".join(mistakes))
    sys.exit(1 if mistakes else 0)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2])
