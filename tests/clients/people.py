"""People who sign up at a running Warren, for tests of other clients."""

import json
import os
import secrets
import urllib.request

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
    account = {"username": name, "email": f"{name}@example.org", "password": "correct horse battery"}
    return request("POST", "/auth/register", account)
