"""Every public function and field of the SDK's classes stands in docs/plugin-calls.md.

    sdk_calls_test.py SOURCE_FOLDER
"""
import pathlib
import re
import sys

CLASSES = {"Options": "options.h", "Context": "context.h", "Root": "root.h", "Command": "command.h",
           "Network": "network.h", "Host": "host.h", "Machines": "probe.h"}
FUNCTION = re.compile(r"^  (?!explicit|return|throw|if|for)[\w:<>,&* ]+[ &](\w+)\(", re.M)
FIELD = re.compile(r"^  [\w:<>, ]+ (\w+)(?: = [^;]+|\{\})?;", re.M)
NOT_FOR_AUTHORS = {"Context", "Root", "Network", "Host", "Machines"}  # constructors


def public_part(header, name):
    body = re.search(rf"^(?:class|struct) {name}\b[^;{{]*\{{(.*?)^}};", header, re.M | re.S).group(1)
    return body.split(" private:")[0]


def missing(source):
    page = (source / "docs/plugin-calls.md").read_text()
    words = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", page))))
    for name, header in CLASSES.items():
        part = public_part((source / "plugins/sdk/include/baker/sdk" / header).read_text(), name)
        found = set(FIELD.findall(part) if name == "Command" else FUNCTION.findall(part))
        assert found, f"no call of {name} was found in {header}"
        found = {call for call in found if not call.endswith("_")}
        for call in sorted(found - words - NOT_FOR_AUTHORS):
            yield f"docs/plugin-calls.md says nothing of {name}::{call}"


if __name__ == "__main__":
    mistakes = list(missing(pathlib.Path(sys.argv[1])))
    print("\n".join(mistakes))
    sys.exit(1 if mistakes else 0)
