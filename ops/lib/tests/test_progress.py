"""How far a command is, read from what cargo, nextest and Playwright write."""

import json
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from lib import progress
from lib.progress import Cargo, nextest, playwright, rest


class Progress(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.log, self.messages = Path(folder.name) / "log", Path(folder.name) / "messages"
        self.clock = mock.patch.object(progress.time, "monotonic", return_value=0.0).start()
        self.addCleanup(mock.patch.stopall)

    def test_there_is_no_forecast_at_once_and_none_at_the_end(self):
        self.assertEqual(rest(1, 100, 5), "")
        self.assertEqual(rest(0, 100, 60), "")
        self.assertEqual(rest(100, 100, 60), "")
        self.assertEqual(rest(50, 100, 60), ", about 60 s left")
        self.assertEqual(rest(10, 100, 60), ", about 9 min left")

    def test_nothing_is_told_of_a_log_that_is_not_there_or_empty(self):
        for read in (nextest(), playwright(), Cargo(self.messages)):
            self.assertEqual(read(self.log), "")
        self.log.write_text("hello\n")
        for read in (nextest(), playwright(), Cargo(self.messages)):
            self.assertEqual(read(self.log), "")

    def test_tests_are_counted(self):
        read = nextest()
        self.log.write_text("  PASS [   0.5s] (  1/600) a::b one (2/3)\n  SLOW [> 60s] a::b two\n  PASS [ 9.1s] (150/600) a::b two\n")
        self.clock.return_value = 60.0
        self.assertEqual(read(self.log), "150 of 600 tests, about 3 min left")

    def test_tests_in_the_browser_are_counted(self):
        read = playwright()
        self.log.write_text("Running 96 tests using 2 workers\n\n  ✓   1 [chromium] › a.spec.ts:3 (2s)\n  ✘  24 [chromium] › b (1s)\n")
        self.assertEqual(read(self.log), "24 of 96 tests in the browser")

    def test_crates_are_counted_and_those_at_hand_do_not_speed_the_forecast_up(self):
        read = Cargo(self.messages)
        read._heavy_left = {"mongodb": 100}
        self.log.write_text("   Compiling syn\r    Building [=====>   ] 110/200: mongodb, tokio(build)          \r")
        units = [("serde", True)] * 100 + [("syn", False)] * 10
        self.messages.write_text("".join(
            json.dumps({"reason": "compiler-artifact", "target": {"name": name}, "fresh": fresh}) + "\n" for name, fresh in units))
        self.clock.return_value = 30.0
        # 10 in 30 s; 89 are left, and one that costs as much as 100.
        self.assertEqual(read(self.log), "110 of 200 crates compiled, about 9 min left; now mongodb, tokio(build)")
        with self.messages.open("a") as file:
            file.write(json.dumps({"reason": "compiler-artifact", "target": {"name": "mongodb"}, "fresh": False}) + "\n{\"reas")
        self.log.write_text("    Building [=====>   ] 111/200: tokio\r")
        # 110 in 30 s; 89 are left.
        self.assertEqual(read(self.log), "111 of 200 crates compiled, about 24 s left; now tokio")
