"""Steps run side by side as far as the cores go, and none before those it needs."""

import contextlib
import io
import sys
import tempfile
import threading
import unittest
from pathlib import Path

from lib.failure import Failure
from lib.steps import Runner, Step


class Steps(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_all(self, *steps: Step, cores: int = 2):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            outcomes = Runner(list(steps), self.folder, cores).run()
        return {outcome.name: outcome for outcome in outcomes}, said.getvalue()

    def test_steps_run_side_by_side_where_cores_are_idle(self):
        both = threading.Barrier(2, timeout=10)
        outcomes, _ = self.run_all(Step("one", lambda _: both.wait()), Step("two", lambda _: both.wait()))
        self.assertTrue(all(outcome.passed for outcome in outcomes.values()))

    def test_no_more_steps_run_than_there_are_cores(self):
        running, most = [], []

        def work(output):
            running.append(1)
            most.append(len(running))
            output.command("sleep", "0.05")
            running.pop()

        self.run_all(*(Step(f"light {number}", work) for number in range(4)), Step("heavy", work, cores=2))
        self.assertLessEqual(max(most), 2)

    def test_a_step_that_wants_more_cores_than_there_are_runs_alone(self):
        outcomes, _ = self.run_all(Step("heavy", lambda _: None, cores=8), cores=1)
        self.assertTrue(outcomes["heavy"].passed)

    def test_a_step_begins_after_those_it_needs_and_not_at_all_when_one_failed(self):
        order = []

        def fail(_):
            order.append("broken")
            raise Failure("it is broken")

        outcomes, said = self.run_all(
            Step("last", lambda _: order.append("last"), after=("broken", "first")),
            Step("first", lambda _: order.append("first"), needs=("not asked for",)),
            Step("broken", fail), Step("needy", lambda _: order.append("needy"), needs=("broken",)),
            Step("needier", lambda _: order.append("needier"), needs=("needy",)))
        self.assertEqual(order[-1], "last")
        self.assertEqual(sorted(order), ["broken", "first", "last"])
        self.assertEqual([name for name, outcome in outcomes.items() if not outcome.passed], ["broken", "needy", "needier"])
        self.assertIn("! needy: FAILED", said)
        self.assertIn("it needs “broken”", said)

    def test_the_end_of_what_a_failed_command_wrote_is_shown_and_the_rest_kept(self):
        program = "import sys; print('on stdout'); sys.exit('on stderr')"
        outcomes, said = self.run_all(Step("A: command!", lambda output: output.command(sys.executable, "-c", program)),
                                      Step("fine", lambda output: output.command("echo", "hidden")))
        self.assertFalse(outcomes["A: command!"].passed)
        self.assertIn("exit code 1", outcomes["A: command!"].reason)
        for shown in ("| on stdout", "| on stderr", str(self.folder / "a-command.log")):
            self.assertIn(shown, said)
        self.assertNotIn("hidden", said)
        self.assertEqual((self.folder / "fine.log").read_text(), "hidden\n")

    def test_an_unforeseen_error_fails_its_step_alone(self):
        outcomes, _ = self.run_all(Step("odd", lambda _: {}["key"]), Step("even", lambda _: None))
        self.assertEqual((outcomes["odd"].passed, outcomes["even"].passed), (False, True))
        self.assertIn("KeyError", outcomes["odd"].reason)
