"""schemathesis against a running Warren: whatever is sent to any route, the answer is one that /openapi.json describes.

  WARREN_E2E_URL=http://127.0.0.1:3000 python3 tests/clients/openapi_contract.py

Needs schemathesis; ops/test installs it beside the project and runs this.
"""

import subprocess
import sys
import tempfile
import unittest

from people import URL, make_admin, register

CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
          "response_schema_conformance", "negative_data_rejection", "unsupported_method", "ignored_auth")
# What ends the session or the account it is called with; tried without one.
ENDS_THE_SESSION = "^(auth-logout|auth-delete-account|auth-end-session)$"
# What nobody else may do.
FOR_ADMINISTRATORS = "^(auth-(grant|withdraw)-role|auth-suspend|auth-lift-suspension|user-(list|update)|notification-broadcast)$"


class OpenApiContract(unittest.TestCase):
    """Every route, with what its schema allows and with what it does not."""

    def test_signed_in(self):
        token = register()["accessToken"]
        self.answers_as_described("--header", f"Authorization: Bearer {token}",
                                  "--exclude-operation-id-regex", ENDS_THE_SESSION)

    def test_as_an_administrator(self):
        admin = make_admin(register())
        self.answers_as_described("--header", f"Authorization: Bearer {admin['accessToken']}",
                                  "--include-operation-id-regex", FOR_ADMINISTRATORS)

    def test_without_a_session(self):
        self.answers_as_described()

    def answers_as_described(self, *options: str) -> None:
        """Runs schemathesis with its examples always the same."""
        command = [sys.executable, "-B", "-m", "schemathesis.cli", "run", f"{URL}/openapi.json", "--url", URL,
                   "--checks", ",".join(CHECKS), "--max-examples", "30", "--phases", "examples,coverage,fuzzing",
                   "--generation-deterministic", "--warnings", "off",
                   "--no-color", *options]
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
        self.assertEqual(done.returncode, 0, f"\n{done.stdout}\n{done.stderr}")


if __name__ == "__main__":
    unittest.main()
