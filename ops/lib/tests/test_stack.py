"""The ports of the processes, and what each role gets to see."""

import contextlib
import http.server
import io
import os
import tempfile
import threading
import unittest
from pathlib import Path
from unittest import mock

from lib import servers, up
from lib.paths import Instance
from lib.servers import haproxy
from lib.stack import Plan, Stack, free_base, parse_workers
from lib.supervisor import Supervisor

URLS = {"RABBITMQ_URL": "amqp://x", "USER_DB_URL": "postgres://x", "CHAT_DB_URL": "mongodb://x/chat",
        "NOTIFICATION_DB_URL": "mongodb://x/notifications"}


class Plans(unittest.TestCase):
    def test_the_default_ports_are_those_of_the_contract(self):
        self.assertEqual(sorted(Plan().ports()), [3000, 3001, 3002, 3003, 3004, 3010])

    def test_further_processes_follow_in_steps_of_100(self):
        plan = Plan(edges=2, workers=parse_workers("chat=2"))
        self.assertEqual(plan.ports()[3100], "edge-1")
        self.assertEqual(plan.ports()[3110], "edge-1's admin")
        self.assertEqual(plan.ports()[3102], "chat-1's admin")

    def test_no_two_processes_share_a_port(self):
        plan = Plan(edges=9, workers=parse_workers("auth=9,users=9,chat=9,notify=9"), balancer=True)
        self.assertEqual(len(plan.ports()), 9 * 2 + 4 * 9 + 1)

    def test_ports_that_browsers_refuse_are_known_where_people_open_them(self):
        for plan, refused in (
            (Plan(base=6000), {6000: "edge-0"}),
            (Plan(base=4961, edges=2), {5061: "edge-1"}),
            (Plan(base=6254, balancer=True), {6697: "the balancer"}),
            (Plan(base=6254), {}),
            # A worker's admin port is for no browser.
            (Plan(base=5999), {}),
        ):
            with self.subTest(plan.base):
                self.assertEqual(plan.refused_by_browsers(), refused)

    def test_free_ports_are_sought_where_browsers_go(self):
        with mock.patch("lib.stack.BASES", (6000, 10080, 13000)), mock.patch("lib.ports.is_free", return_value=True):
            self.assertEqual(free_base(Plan()), 13000)

    def test_a_port_that_browsers_refuse_is_not_taken_when_it_is_asked_for(self):
        said = io.StringIO()
        with contextlib.redirect_stderr(said), self.assertRaises(SystemExit):
            up.main(["--port", "6000"])
        self.assertIn("browsers refuse to open port 6000 (for edge-0)", said.getvalue())
        self.assertIn("Choose another --port", said.getvalue())

    def test_workers_not_named_get_one_process(self):
        self.assertEqual(parse_workers("chat=3"), {"users": 1, "chat": 3, "notify": 1, "auth": 1})

    def test_mistakes_in_workers_are_refused(self):
        for text in ("chat", "chat=x", "cat=2", "chat=-1", "chat=1000"):
            with self.subTest(text), self.assertRaises(ValueError):
                parse_workers(text)


class Balancer(unittest.TestCase):
    def test_each_edge_has_a_server_and_keeps_its_own_sessions(self):
        text = haproxy.configuration("127.0.0.1:3443", "/some/file.pem", {"edge-0": 3000, "edge-1": 3100})
        self.assertNotIn("$", text.split("global", 1)[1])
        for line in ("bind 127.0.0.1:3443 ssl crt /some/file.pem alpn http/1.1", "server edge-1 127.0.0.1:3100",
                     "use-server edge-0 if { url_param(sid) -m beg edge-0. }"):
            self.assertIn(f"    {line}\n", text)


class Settings(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.stack = Stack(Supervisor(Instance(Path(folder.name))), Plan(), Path("/programs"), URLS)

    def test_an_edge_sees_no_database_and_no_private_key(self):
        text = str(self.stack.settings("edge"))
        self.assertIn("amqp://", text)
        self.assertIn("jwks.json", text)
        for secret in ("postgres://", "mongodb://", "private.pem"):
            self.assertNotIn(secret, text)

    def test_only_the_auth_pool_sees_the_private_key(self):
        self.assertIn("private.pem", str(self.stack.settings("auth")))
        for pool in ("users", "chat", "notify"):
            self.assertNotIn("private.pem", str(self.stack.settings(pool)))


class Readiness(unittest.TestCase):
    def test_an_answer_of_somebody_else_makes_nobody_ready(self):
        class Fine(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        stranger = http.server.HTTPServer(("127.0.0.1", 0), Fine)
        self.addCleanup(stranger.server_close)
        self.addCleanup(stranger.shutdown)
        threading.Thread(target=stranger.serve_forever, daemon=True).start()
        with tempfile.TemporaryDirectory() as folder:
            plan = Plan(base=stranger.server_port - 10)
            edge = Stack(Supervisor(Instance(Path(folder)).prepare()), plan, Path("/programs"), URLS).edge(0)
            edge.pid = os.getpid()
            self.assertTrue(edge.ready())
            edge.pid = os.getppid()
            self.assertFalse(edge.ready())


class Servers(unittest.TestCase):
    def test_a_server_is_needed_unless_all_its_urls_are_given(self):
        self.assertEqual(servers.needed({}), {"rabbitmq", "postgres", "mongo"})
        self.assertEqual(servers.needed({"CHAT_DB_URL": "x"}), {"rabbitmq", "postgres", "mongo"})
        self.assertEqual(servers.needed(URLS), set())
