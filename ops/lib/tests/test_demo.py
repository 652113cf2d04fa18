"""The demo, against an API small enough to see through: complete the first time, unchanged the second."""

import json
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from lib import demo
from lib.failure import Failure
from lib.paths import Instance


class Api:
    """People, conversations and messages, as the contract has them. The first request is always answered BUSY."""

    def __init__(self):
        self.people: dict[str, dict] = {}
        self.conversations: list[dict] = []
        self.messages: list[tuple] = []
        self.busy = True

    def answer(self, method: str, path: str, body: dict, user: int) -> tuple[int, dict]:
        if self.busy:
            self.busy = False
            return 503, {"code": "BUSY"}
        if path == "/auth/register":
            if body["username"] in self.people:
                return 409, {"code": "CONFLICT"}
            self.people[body["username"]] = {"userId": len(self.people) + 1, "password": body["password"]}
            return self._signed_in(201, body["username"])
        if path == "/auth/login":
            if self.people[body["email"]]["password"] != body["password"]:
                return 401, {"code": "AUTH_INVALID"}
            return self._signed_in(200, body["email"])
        if path.endswith("/messages"):
            conversation = self.conversations[int(path.split("/")[3])]
            conversation["lastSeq"] += 1
            self.messages.append((conversation["id"], user, body["clientId"]))
            return 201, {}
        if method == "GET":
            return 200, {"items": self.conversations}
        return self._conversation(body, user)

    def _signed_in(self, status: int, name: str) -> tuple[int, dict]:
        user = self.people[name]["userId"]
        return status, {"user": {"userId": user}, "accessToken": str(user)}

    def _conversation(self, body: dict, user: int) -> tuple[int, dict]:
        members = sorted([user, *body["participantIds"]])
        for known in self.conversations:
            if body["type"] == "direct" and known["members"] == members:
                return 200, known
        made = {"id": len(self.conversations), "type": body["type"], "name": body.get("name"), "members": members,
                "lastSeq": 0}
        self.conversations.append(made)
        return 201, made


class Demo(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.instance = Instance(Path(folder.name))
        self.api = api = Api()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                user = int(self.headers.get("Authorization", "Bearer 0").split()[1])
                status, reply = api.answer(self.command, self.path.split("?")[0], json.loads(content or b"{}"), user)
                data = json.dumps(reply).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST

            def log_message(self, *_arguments):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.url = f"http://127.0.0.1:{server.server_port}"

    def test_the_first_run_makes_people_conversations_and_messages(self):
        text = demo.create(self.instance, self.url)
        self.assertEqual(set(self.api.people), set(demo.PEOPLE))
        self.assertEqual([made["type"] for made in self.api.conversations], ["direct", "direct", "group"])
        self.assertEqual(len(self.api.messages), sum(len(lines) for *_pair, lines in demo.DIRECT) + len(demo.TALK))
        self.assertIn(self.api.people["alice"]["password"], text)

    def test_the_second_run_changes_nothing(self):
        first = demo.create(self.instance, self.url)
        before = json.dumps([self.api.people, self.api.conversations, self.api.messages])
        self.assertEqual(demo.create(self.instance, self.url), first)
        self.assertEqual(json.dumps([self.api.people, self.api.conversations, self.api.messages]), before)

    def test_somebody_with_another_password_is_named(self):
        self.api.people["alice"] = {"userId": 1, "password": "other"}
        with self.assertRaisesRegex(Failure, "alice could not sign in: 401 AUTH_INVALID"):
            demo.create(self.instance, self.url)
