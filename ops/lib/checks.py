"""The steps of ops/test, part by part. Each function returns the steps of the part that bears its name."""

import ast
import os
import shutil
import subprocess
import sys

from . import build, features, install
from .failure import Failure
from .paths import DATA, ROOT
from .progress import Cargo, nextest
from .progress import playwright as playwright_progress
from .steps import Output, Step
from .testbed import Bed

OPS = ROOT / "ops"
# Steps that others come after.
INSTALLED = "what the checks need is installed"
COMPILED = "rust: compiles without warnings"
MODULES = "web: npm ci"
BUNDLE = "web: build"
BROWSER = "e2e: browser tests"


def scripts(_bed: Bed, _everything: bool) -> list[Step]:
    """The operations scripts themselves."""
    return [
        Step("scripts: syntax", lambda _output: _syntax()),
        Step("scripts: unit tests", lambda output: output.command(
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


def rust(bed: Bed, everything: bool) -> list[Step]:
    """The Rust workspace: format, lints, tests against real servers, documentation."""
    def compile_and_lint(output: Output) -> None:
        messages = output.log.with_suffix(".json")
        messages.write_bytes(b"")
        output.command("cargo", "build", "--workspace", "--all-targets", *Cargo.ARGUMENTS, env=Cargo.ENVIRONMENT | build.lints(),
                       progress=Cargo(messages), out=messages)

    def tests(output: Output) -> None:
        output.command("cargo", "nextest", "run", "--workspace", "--no-fail-fast", "--failure-output", "final",
                       env=bed.variables() | build.lints(), progress=nextest())

    def doc_tests(output: Output) -> None:
        output.command("cargo", "test", "--workspace", "--doc", env=build.lints())

    steps = [
        Step("rust: format", lambda output: output.command("cargo", "fmt", "--check"), (INSTALLED,)),
        Step("rust: one set of features", lambda _output: features.check(), (INSTALLED,)),
        Step(COMPILED, compile_and_lint, (INSTALLED,), cores=2),
        Step("rust: tests", tests, (COMPILED,)),
        Step("rust: doc tests", doc_tests, (COMPILED,)),
    ]
    if shutil.which("cargo-deny") and (ROOT / "deny.toml").exists():
        steps.append(Step("rust: dependencies", lambda output: output.command("cargo", "deny", "check"), (INSTALLED,)))
    if everything:
        # It checks all dependencies once more, which takes minutes.
        steps.append(Step("rust: documentation", lambda output: output.command(
            "cargo", "doc", "--workspace", "--no-deps", env={"RUSTDOCFLAGS": "-D warnings"}), (COMPILED,), cores=2))
    return steps


def web(_bed: Bed, _everything: bool) -> list[Step]:
    """The web client."""
    def npm(script: str) -> Step:
        return Step(f"web: {script}", lambda output: output.command("npm", "run", script, cwd=build.FRONTEND), (MODULES,))

    def bundle(output: Output) -> None:
        output.command("npm", "run", "build", cwd=build.FRONTEND)
        build.mark_web_built()

    return [_modules(), *map(npm, ("typecheck", "lint", "format:check", "test")), Step(BUNDLE, bundle, (MODULES,))]


def _modules() -> Step:
    return Step(MODULES, lambda output: build.install_modules(output.log), (INSTALLED,))


def e2e(bed: Bed, _everything: bool) -> list[Step]:
    """The web client in a browser against a running system, and clients that others wrote."""
    def playwright(output: Output) -> None:
        build.web(bed.instance())
        output.command("npm", "run", "e2e", cwd=build.FRONTEND, env=bed.stack_variables(), progress=playwright_progress())

    def python(output: Output, program: str, packages: tuple[str, ...]) -> None:
        folder = install.python_packages(packages, DATA / "logs" / f"install-{program}.log")
        output.command(sys.executable, "-B", f"tests/clients/{program}", "-v",
                       env=bed.stack_variables() | {"PYTHONPATH": str(folder)})

    def types(output: Output) -> None:
        variables = bed.stack_variables()
        output.command("npm", "run", "types", "--", "--check", cwd=build.FRONTEND,
                       env=variables | {"WARREN_URL": variables["WARREN_E2E_URL"]})

    return [
        _modules(),
        Step("e2e: generated types", types, (MODULES, COMPILED)),
        Step("e2e: python-socketio", lambda output: python(output, "python_client.py", install.PYTHON_CLIENT), (COMPILED,)),
        Step("e2e: schemathesis", lambda output: python(output, "openapi_contract.py", install.CONTRACT_TESTER), (COMPILED,)),
        Step(BROWSER, playwright, (MODULES, BUNDLE, COMPILED), cores=2),
    ]


def audit(bed: Bed, everything: bool) -> list[Step]:
    """The fault audit. Nothing else may speak to Warren meanwhile: it stops and kills its processes."""
    form = [] if everything else ["--short"]
    others = ("e2e: generated types", "e2e: python-socketio", "e2e: schemathesis", BROWSER, "rust: tests")
    return [Step("audit: faults under load", lambda output: output.command(
        str(OPS / "audit"), *form, env=bed.stack_variables()), (COMPILED,), others, cores=2)]
