"""layers_test.py finds what it is there to find."""
import pathlib
import tempfile
import unittest

import layers_test


def mistakes(path, line, *others):
    """What is found in `path`, which has this line, with other files as (path, text) around it."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for file, text in [(path, line), *others]:
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_text("// a comment\n" + text)
        return [text for file in layers_test.sources(root)
                for text in layers_test.mistakes_in(
                    root, str(file.relative_to(root)), file.read_text())]


class FindMistakes(unittest.TestCase):
    def assert_wrong(self, path, line, *others):
        found = mistakes(path, line, *others)
        self.assertEqual(len(found), 1, f"{line} in {path}: {found}")
        self.assertTrue(found[0].startswith(f"{path}:2: "), found[0])

    def assert_right(self, path, line, *others):
        self.assertEqual(mistakes(path, line, *others), [])

    def test_layers_run_one_way(self):
        self.assert_wrong("engine/io/a.cc", '#include "cache/store.h"')
        self.assert_wrong("cache/a.h", '#include "engine/plan/key.h"')
        self.assert_wrong("engine/plan/a.cc", '#  include "engine/cli/main.h"')
        self.assert_wrong("engine/machines/a.cc", '#include "engine/report/log.h"')
        self.assert_right("engine/cli/a.cc", '#include "engine/report/log.h"')
        self.assert_right("engine/io/download/a.cc", '#include "engine/io/hasher.h"')

    def test_base_has_the_standard_library_alone(self):
        self.assert_wrong("engine/base/a.cc", "#include <fcntl.h>")
        self.assert_wrong("engine/base/a.cc", "#include <nlohmann/json.hpp>")
        self.assert_right("engine/base/a.cc", "#include <vector>")

    def test_each_library_has_one_place(self):
        self.assert_wrong("engine/io/a.cc", "#include <curl/curl.h>")
        self.assert_right("engine/io/download/a.cc", "#include <curl/curl.h>")
        self.assert_wrong("cache/a.cc", "#include <archive.h>")
        self.assert_wrong("engine/plan/a.cc", "#include <toml++/toml.h>")
        self.assert_wrong("engine/bake/a.cc", "#include <boost/dll/shared_library.hpp>")
        self.assert_wrong("engine/cli/a.cc", "#include <spdlog/spdlog.h>")
        self.assert_wrong("engine/cli/a.cc", "#include <unheard/of.h>")

    def test_a_stage_has_the_sdk_and_its_own_files(self):
        self.assert_wrong("stages/kafka/a.cc", '#include "engine/base/text.h"')
        self.assert_wrong("stages/kafka/a.cc", '#include "stages/apt/pin.h"')
        self.assert_wrong("plugins/examples/motd/a.cc", '#include "engine/base/text.h"')
        self.assert_wrong("stages/user/a.cc", "#include <archive.h>")
        self.assert_right("stages/kafka/a.cc", "#include <baker/stage.h>")
        self.assert_right("stages/kafka/a.cc", '#include "pin.h"', ("stages/kafka/pin.h", ""))

    def test_the_sdk_stands_alone(self):
        self.assert_wrong("plugins/sdk/include/baker/a.h", "#include <sys/stat.h>")
        self.assert_right("plugins/sdk/include/baker/a.h", "#include <stdint.h>")

    def test_the_border_to_the_plugins_is_the_abi(self):
        self.assert_right("engine/plugin/a.cc", '#include "plugins/sdk/include/baker/abi.h"')
        self.assert_wrong("engine/plugin/a.cc", '#include "plugins/sdk/include/baker/stage.h"')
        self.assert_wrong("engine/bake/a.cc", '#include "plugins/sdk/include/baker/abi.h"')
        self.assert_wrong("engine/plugin/a.cc", "#include <baker/stage.h>")

    def test_what_is_shipped_does_not_use_what_is_for_tests(self):
        self.assert_wrong("stages/apt/a.cc", '#include "world.h"',
                          ("stages/apt/world.h", "namespace baker::testing {}"))

    def test_tests_are_free(self):
        self.assert_right("cache/store_test.cc", '#include "tests/support/workbench.h"')


if __name__ == "__main__":
    unittest.main()
