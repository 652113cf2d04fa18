"""A recorded pid is trusted only while it is the same process."""

import signal
import subprocess
import unittest

from lib import processes


class Processes(unittest.TestCase):
    def setUp(self):
        self.child = subprocess.Popen(["sleep", "60"])
        self.started = processes.start_time(self.child.pid)

    def tearDown(self):
        self.child.kill()
        self.child.wait()

    def test_a_running_process_is_ours(self):
        self.assertTrue(processes.is_ours(self.child.pid, self.started))

    def test_a_pid_that_was_given_to_another_process_is_not_ours(self):
        self.assertFalse(processes.is_ours(self.child.pid, self.started - 1))
        self.assertFalse(processes.send(self.child.pid, self.started - 1, signal.SIGKILL))
        self.assertIsNone(self.child.poll())

    def test_a_zombie_is_gone(self):
        self.child.kill()
        self.assertTrue(processes.wait_gone(self.child.pid, self.started, 5))
        self.assertIsNone(processes.start_time(self.child.pid))

    def test_a_paused_process_can_be_terminated(self):
        processes.send(self.child.pid, self.started, signal.SIGSTOP)
        self.assertTrue(processes.terminate(self.child.pid, self.started, seconds=5))
        self.assertEqual(self.child.wait(), -signal.SIGTERM)

    def test_a_process_that_ignores_the_request_is_killed(self):
        stubborn = subprocess.Popen(["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"],
                                    stdout=subprocess.PIPE)
        stubborn.stdout.readline()
        self.assertFalse(processes.terminate(stubborn.pid, processes.start_time(stubborn.pid), seconds=0.3))
        self.assertEqual(stubborn.wait(), -signal.SIGKILL)
        stubborn.stdout.close()

    def test_nothing_recorded_is_never_ours(self):
        self.assertFalse(processes.is_ours(None, None))
        self.assertFalse(processes.is_ours(self.child.pid, None))
