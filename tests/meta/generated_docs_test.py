"""Pages that are made from baker itself say what it says now.

    generated_docs_test.py SOURCE_FOLDER BAKER
"""
import difflib
import pathlib
import subprocess
import sys
import tempfile


def main(source, baker):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([source / "docs/generate", baker, folder], check=True)
        stale = []
        for page in pathlib.Path(folder).iterdir():
            now, there = page.read_text(), (source / "docs" / page.name).read_text()
            stale += difflib.unified_diff(there.splitlines(), now.splitlines(),
                                          f"docs/{page.name}", "what baker says", lineterm="")
    print("\n".join(stale))
    if stale:
        sys.exit("make them again: docs/generate build/dev/bin/baker")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2])
