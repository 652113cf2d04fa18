"""The steps of ops/test, part by part. Each function returns the steps of the part that bears its name."""

import ast
import os
import shutil
import subprocess
import sys

from . import build, install
from .failure import Failure
from .paths import DATA, ROOT
from .steps import Step, command
from .testbed import Bed

OPS = ROOT / "ops"


def scripts(_bed: Bed) -> list[Step]:
    """The operations scripts themselves."""
    return [
        Step("scripts: syntax", _syntax),
        Step("scripts: unit tests", lambda: command(
            sys.executable, "-B", "-m", "unittest", "discover", "-s", "ops/lib/tests", "-t", "ops")),
    ]


def _syntax() -> None:
    programs = [path for path in OPS.iterdir() if path.is_file() and os.access(path, os.X_OK)]
    for path in [*programs, ROOT / ".ci" / "run", *OPS.rglob("*.py"), *OPS.rglob("*.sh")]:
        text = path.read_text(encoding="utf-8")
        first = text.split("\n", 1)[0]
        if path.suffix == ".py" or "python" in first:
            try:
                ast.parse(text, str(path))
            except SyntaxError as error:
                raise Failure(f"{path}: {error}") from error
        elif path.suffix == ".sh" or first.endswith("sh"):
            done = subprocess.run([first[2:].split()[-1], "-n", str(path)], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise Failure(done.stderr.strip())


def rust(bed: Bed) -> list[Step]:
    """The Rust workspace: format, lints, tests against real servers, documentation."""
    def tests() -> None:
        command("cargo", "nextest", "run", "--workspace", "--no-fail-fast", env=bed.variables())

    steps = [
        Step("rust: format", lambda: command("cargo", "fmt", "--check")),
        Step("rust: clippy", lambda: command(
            "cargo", "clippy", "--workspace", "--all-targets", "--", "-D", "warnings")),
        Step("rust: tests", tests),
        Step("rust: doc tests", lambda: command("cargo", "test", "--workspace", "--doc")),
        Step("rust: documentation", lambda: command(
            "cargo", "doc", "--workspace", "--no-deps", env={"RUSTDOCFLAGS": "-D warnings"})),
    ]
    if shutil.which("cargo-deny") and (ROOT / "deny.toml").exists():
        steps.append(Step("rust: dependencies", lambda: command("cargo", "deny", "check")))
    return steps


def web(_bed: Bed) -> list[Step]:
    """The web client."""
    def npm(script: str) -> Step:
        return Step(f"web: {script}", lambda: command("npm", "run", script, cwd=build.FRONTEND))

    def bundle() -> None:
        command("npm", "run", "build", cwd=build.FRONTEND)
        build.mark_web_built()

    modules = Step("web: npm ci", lambda: build.install_modules(DATA / "logs" / "npm.log"))
    return [modules, *map(npm, ("lint", "format:check", "typecheck", "test")), Step("web: build", bundle)]


def e2e(bed: Bed) -> list[Step]:
    """The web client in a browser against a running system."""
    def playwright() -> None:
        build.install_modules(DATA / "logs" / "npm.log")
        build.web(bed.instance())
        command("npm", "run", "e2e", cwd=build.FRONTEND, env=bed.stack_variables())

    def python(program: str, packages: tuple[str, ...]) -> None:
        folder = install.python_packages(packages, DATA / "logs" / "install.log")
        command(sys.executable, "-B", f"tests/clients/{program}", "-v",
                env=bed.stack_variables() | {"PYTHONPATH": str(folder)})

    def types() -> None:
        build.install_modules(DATA / "logs" / "npm.log")
        variables = bed.stack_variables()
        command("npm", "run", "types", "--", "--check", cwd=build.FRONTEND,
                env=variables | {"WARREN_URL": variables["WARREN_E2E_URL"]})

    return [
        Step("e2e: generated types", types),
        Step("e2e: browser tests", playwright),
        Step("e2e: python-socketio", lambda: python("python_client.py", install.PYTHON_CLIENT)),
        Step("e2e: schemathesis", lambda: python("openapi_contract.py", install.CONTRACT_TESTER)),
    ]


def audit(bed: Bed) -> list[Step]:
    """The short form of the fault audit, where it exists."""
    program = OPS / "audit"
    if not program.exists():
        return []
    return [Step("audit: faults under load", lambda: command(str(program), "--short", env=bed.stack_variables()))]
