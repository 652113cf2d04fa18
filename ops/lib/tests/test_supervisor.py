"""Supervision: start, crash, restart, stop in order, and what a killed supervisor leaves behind."""

import os
import signal
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

from lib import control, processes, state
from lib.failure import Failure
from lib.paths import Instance
from lib.supervisor import Supervisor
from lib.unit import Unit, exit_text


def wait_until(condition, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("did not happen in time")
        time.sleep(0.02)


class Supervised(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.instance = Instance(self.folder)
        for path in (self.instance.run, self.instance.logs):
            path.mkdir()
        self.said: list[str] = []
        for module in ("supervisor", "control", "state"):
            patch = mock.patch(f"lib.{module}.say", self.said.append)
            patch.start()
            self.addCleanup(patch.stop)
        self.supervisor = Supervisor(self.instance)
        self.addCleanup(self.supervisor.stop_all)

    def unit(self, name: str, script: str = "sleep 60", kind: str = "worker", **more) -> Unit:
        return Unit(name=name, kind=kind, argv=["sh", "-c", script], env=dict(os.environ),
                    log=self.instance.logs / f"{name}.log", **{"ready": lambda: True, **more})

    def recorded(self, name: str) -> dict:
        return state.find(self.instance.read_json("run/state.json"), name)

    def test_a_started_unit_is_recorded_with_pid_and_start_time(self):
        self.supervisor.start(self.unit("a"))
        found = self.recorded("a")
        self.assertTrue(processes.is_ours(found["pid"], found["started"]))
        self.assertEqual(found["status"], "ready")

    def test_a_unit_that_dies_while_starting_is_reported_with_its_log(self):
        with self.assertRaises(Failure) as caught:
            self.supervisor.start(self.unit("a", "echo no such database; exit 78", ready=lambda: False))
        self.assertIn("a exited with code 78 while starting", str(caught.exception))
        self.assertIn("no such database", str(caught.exception))

    def test_one_failure_ends_the_wait_for_the_others(self):
        begin = time.monotonic()
        with self.assertRaises(Failure):
            self.supervisor.start(self.unit("slow", ready=lambda: False),
                                  self.unit("broken", "exit 1", ready=lambda: False))
        self.assertLess(time.monotonic() - begin, 10)

    def test_any_mistake_in_a_start_reaches_the_caller(self):
        def broken():
            raise FileExistsError("data")

        with self.assertRaises(FileExistsError):
            self.supervisor.start(self.unit("a", before=broken))

    def test_a_crashed_unit_is_reported_and_started_again(self):
        self.supervisor.start(self.unit("a", "echo working; sleep 60"))
        self.supervisor.watch()
        first = self.recorded("a")["pid"]
        wait_until(lambda: "working" in (self.instance.logs / "a.log").read_text())
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: self.recorded("a")["pid"] not in (None, first))
        self.assertTrue(any("a was killed by SIGKILL" in line for line in self.said))
        wait_until(lambda: any("a is ready again" in line for line in self.said))

    def test_a_unit_that_keeps_dying_is_started_more_and_more_rarely(self):
        unit = self.unit("a")
        self.supervisor.start(unit)
        for expected in (1, 2, 4):
            unit.process.kill()
            unit.process.wait()
            self.supervisor._report_death(unit, time.monotonic())
            self.assertIn(f"starting it again in {expected} s", " ".join(self.said[-5:]))

    def test_a_stopped_unit_stays_down_until_it_is_started(self):
        self.supervisor.start(self.unit("a"))
        control.serve(self.supervisor)
        self.supervisor.watch()
        control.request(self.instance, "stop", "a")
        time.sleep(1.5)
        self.assertIsNone(self.recorded("a")["pid"])
        control.request(self.instance, "start", "a")
        self.assertIsNotNone(self.recorded("a")["pid"])

    def test_requests_about_unknown_units_are_refused(self):
        control.serve(self.supervisor)
        with self.assertRaises(Failure):
            control.request(self.instance, "stop", "nobody")

    def test_edges_stop_before_workers_and_workers_before_servers(self):
        order = self.folder / "order"
        script = f"trap 'sleep 0.2; echo NAME >> {order}; exit 0' TERM; echo up; while :; do sleep 0.02; done"
        for kind in ("server", "edge", "worker"):
            unit = self.unit(kind, script.replace("NAME", kind), kind=kind)
            self.supervisor.start(unit)
            wait_until(lambda log=unit.log: "up" in log.read_text())
        self.assertTrue(self.supervisor.stop_all())
        self.assertEqual(order.read_text().split(), ["edge", "worker", "server"])

    def test_orphans_of_a_killed_supervisor_are_found_and_stopped(self):
        program = (f"import sys; sys.path[:0] = {sys.path!r}\n"
                   "import os\nfrom pathlib import Path\n"
                   "from lib.paths import Instance\nfrom lib.supervisor import Supervisor\nfrom lib.unit import Unit\n"
                   f"instance = Instance(Path({str(self.folder)!r}))\n"
                   "Supervisor(instance).start(Unit('a', 'worker', ['sleep', '60'], {'PATH': '/usr/bin:/bin'},"
                   " instance.logs / 'a.log', lambda: True))\nos.kill(os.getpid(), 9)")
        self.assertEqual(os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-B", "-c", program]), -9)
        orphan = self.recorded("a")
        self.assertTrue(processes.is_ours(orphan["pid"], orphan["started"]))
        self.assertEqual(state.stop_orphans(self.instance), 1)
        self.assertFalse(processes.is_ours(orphan["pid"], orphan["started"]))

    def test_the_lock_is_held_by_one_and_names_its_holder(self):
        lock = state.acquire(self.instance)
        self.assertIsNone(state.acquire(self.instance))
        self.assertEqual(state.holder(self.instance), (os.getpid(), processes.start_time(os.getpid())))
        lock.close()
        self.assertIsNone(state.holder(self.instance))

    def test_exit_codes_in_words(self):
        self.assertEqual(exit_text(78), "exited with code 78")
        self.assertEqual(exit_text(-9), "was killed by SIGKILL")
