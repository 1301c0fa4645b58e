"""A test that nobody builds proves nothing: every *_test.cc of the tree is compiled.

    every_test_is_built_test.py SOURCE_FOLDER COMPILE_COMMANDS
"""
import json
import pathlib
import re
import sys


def tests_of(root):
    for file in root.rglob("*_test.cc"):
        top = file.relative_to(root).parts[0]
        if not top.startswith((".", "build")):  # the hidden and the built
            yield file


def files_in(source):
    """The file itself, or those that a unity build has put into one."""
    yield source
    if "Unity" in source.parts:
        for included in re.findall(r'#include "([^"]+)"', source.read_text()):
            yield pathlib.Path(included)


def main(root, compile_commands):
    compiled = {file.resolve()
                for entry in json.loads(compile_commands.read_text())
                for file in files_in(pathlib.Path(entry["directory"], entry["file"]))}
    tests = [file.resolve() for file in tests_of(root)]
    forgotten = sorted(str(file.relative_to(root)) for file in tests if file not in compiled)
    for file in forgotten:
        print(f"{file} is built by no CMakeLists.txt: add it with baker_add_test()")
    if not forgotten:
        print(f"all {len(tests)} tests are built")
    return 1 if forgotten or not tests else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])))
