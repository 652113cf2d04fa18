"""People and conversations to try Warren with, made through its public REST API. Running it again changes nothing."""

import http.client
import json
import secrets
import time
from urllib.parse import urlsplit

from .failure import Failure, pause
from .paths import Instance

PEOPLE = {"alice": "Alice Ardent", "bob": "Bob Breaker", "carol": "Carol Clover", "dave": "Dave Dandelion"}
GROUP = "Burrow planning"
DIRECT = [
    ("alice", "bob", ["Hi Bob, did you see the new burrow?", "I did! Two exits, very wise.", "See you there at noon."]),
    ("carol", "alice", ["Alice, do you have the carrot ledger?", "It is in the usual place."]),
]
TALK = [("alice", "Welcome, everybody."), ("bob", "Glad to be here."), ("carol", "What is on the list for today?"),
        ("dave", "Digging, I hope."), ("alice", "Digging it is.")]
RETRIED = {"BUSY", "UNAVAILABLE", "TIMEOUT", "RATE_LIMITED"}  # safe to repeat, says the contract
RETRY_SECONDS = 90


def create(instance: Instance, url: str) -> str:
    """Creates what is missing and returns how to sign in."""
    password = _password(instance)
    people = {name: _Person(url, name, password) for name in PEOPLE}
    for first, second, lines in DIRECT:
        pair = [people[first], people[second]]
        conversation = pair[0].call("POST", "/chat/conversations", {
            "type": "direct", "participantIds": [pair[1].user_id]})
        _talk(conversation, [(pair[number % 2], line) for number, line in enumerate(lines)])
    group = _group(people)
    _talk(group, [(people[name], line) for name, line in TALK])
    return f"sign in at {url} as {', '.join(PEOPLE)}; password of each: {password}"


def _password(instance: Instance) -> str:
    known = instance.read_json("demo.json")
    if not known:
        known = {"password": secrets.token_urlsafe(9)}
        instance.write_json("demo.json", known)
    return known["password"]


def _group(people: dict) -> dict:
    owner = people["alice"]
    for conversation in owner.call("GET", "/chat/conversations?limit=100")["items"]:
        if conversation["type"] == "group" and conversation["name"] == GROUP:
            return conversation
    others = [person.user_id for name, person in people.items() if name != "alice"]
    return owner.call("POST", "/chat/conversations", {
        "type": "group", "name": GROUP, "participantIds": others, "clientId": "demo-group"})


def _talk(conversation: dict, lines: list[tuple["_Person", str]]) -> None:
    """Writes the lines into a conversation that is still new."""
    if conversation["lastSeq"] >= len(lines):
        return
    for number, (person, line) in enumerate(lines):
        person.call("POST", f"/chat/conversations/{conversation['id']}/messages",
                    {"content": line, "clientId": f"demo-{number}"})


class _Person:
    """Somebody who is signed in."""

    def __init__(self, url: str, name: str, password: str):
        self._address = urlsplit(url).netloc
        self._token = ""
        status, reply = self._send("POST", "/auth/register", {
            "username": name, "email": f"{name}@example.com", "password": password, "displayName": PEOPLE[name]})
        if status == 409:
            status, reply = self._send("POST", "/auth/login", {"email": name, "password": password})
        if status not in (200, 201):
            raise Failure(f"demo: {name} could not sign in: {_problem(status, reply)}. If {name} was made with "
                          "another password, that one still holds")
        self._token = reply["accessToken"]
        self.user_id: int = reply["user"]["userId"]

    def call(self, method: str, path: str, body: dict | None = None) -> dict:
        """A request that must succeed."""
        status, reply = self._send(method, path, body)
        if status >= 300:
            raise Failure(f"demo: {method} {path}: {_problem(status, reply)}")
        return reply

    def _send(self, method: str, path: str, body: dict | None) -> tuple[int, dict]:
        end = time.monotonic() + RETRY_SECONDS
        while True:
            status, reply, wait = self._once(method, path, body)
            if status < 300 or reply.get("code") not in RETRIED or time.monotonic() + wait > end:
                return status, reply
            pause(wait)

    def _once(self, method: str, path: str, body: dict | None) -> tuple[int, dict, float]:
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        connection = http.client.HTTPConnection(self._address, timeout=20)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            response = connection.getresponse()
            content = response.read()
            wait = response.headers.get("Retry-After", "1")
            return response.status, json.loads(content or b"{}"), float(wait) if wait.isdigit() else 1.0
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Failure(f"demo: {method} {path}: {error}") from error
        finally:
            connection.close()


def _problem(status: int, reply: dict) -> str:
    return f"{status} {reply.get('code', '')} {reply.get('detail') or reply.get('title') or ''}".strip()
