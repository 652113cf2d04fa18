"""Ports: recorded ones are kept while free, and a busy one is reported with its holder."""

import os
import socket
import unittest

from lib import ports
from lib.failure import Failure


class Ports(unittest.TestCase):
    def setUp(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.busy = self.listener.getsockname()[1]

    def tearDown(self):
        self.listener.close()

    def test_a_recorded_port_is_kept_while_it_is_free(self):
        first = ports.choose(["a", "b"], {})
        self.assertEqual(ports.choose(["a", "b"], first), first)
        self.assertNotEqual(first["a"], first["b"])

    def test_a_recorded_port_that_is_taken_is_replaced(self):
        chosen = ports.choose(["a", "b"], {"a": self.busy})
        self.assertNotEqual(chosen["a"], self.busy)

    def test_a_busy_port_is_reported_with_its_purpose_and_its_holder(self):
        with self.assertRaises(Failure) as caught:
            ports.require_free({self.busy: "edge-0"}, "Use --port")
        message = str(caught.exception)
        self.assertIn(f"port {self.busy} (for edge-0)", message)
        self.assertIn(f"pid {os.getpid()}", message)
        self.assertIn("Use --port", message)
