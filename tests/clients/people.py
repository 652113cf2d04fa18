"""People who sign up at a running Warren, for tests of other clients."""

import json
import os
import secrets
import subprocess
import urllib.request

PASSWORD = "correct horse battery"
URL = os.environ.get("WARREN_E2E_URL", "http://127.0.0.1:3000")


def request(method: str, path: str, body: dict | None = None, token: str | None = None) -> dict:
    """A request to the REST interface; raises for any answer but success."""
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(URL + path, data, headers, method=method), timeout=30) as answer:
        return json.load(answer)


def register() -> dict:
    """A new person, signed in."""
    name = f"p{secrets.token_hex(6)}"
    account = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
    return request("POST", "/auth/register", account)


def make_admin(person: dict) -> dict:
    """The same person as an administrator, as operators make one; WARREN_STATE names the running system."""
    with open(os.environ["WARREN_STATE"], encoding="utf-8") as file:
        state = json.load(file)
    worker = next(process["args"][0] for process in state["processes"] if process.get("pool"))
    username = person["user"]["username"]
    subprocess.run([worker, "admin", "grant", username], env=os.environ | state["environment"], timeout=60, check=True,
                   capture_output=True)
    return request("POST", "/auth/login", {"email": username, "password": PASSWORD})
