"""ops/test: everything the project checks, step by step, with servers and data of its own, removed at the end."""

import argparse
import shutil
import time
from contextlib import ExitStack

from . import build, checks, ci, install, testbed, tools
from .failure import Interrupted, pause
from .output import say, step
from .paths import DATA, Instance
from .servers import haproxy, require_space
from .steps import Outcome, Step, run_all, summary

PARTS = ("scripts", "rust", "web", "e2e", "audit")
SPACE_GB = 8


def main(argv: list[str]) -> int:
    """Runs the parts asked for; the exit code is 0 when every step passed."""
    parser = argparse.ArgumentParser(prog="ops/test", description=__doc__)
    parser.add_argument("part", nargs="*", help=f"only these parts: {', '.join(PARTS)} (default: all)")
    parser.add_argument("--servers-only", action="store_true",
                        help="start the servers, print the export lines, stay in the foreground")
    parser.add_argument("--release", action="store_true", help="e2e and audit run the release build, as ops/up does")
    arguments = parser.parse_args(argv)
    unknown = set(arguments.part) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    tools.complete_path()
    Instance(DATA).prepare()
    require_space(DATA, SPACE_GB)
    testbed.remove_leftovers()
    if arguments.servers_only:
        return serve()
    return run(arguments.part or list(PARTS), "release" if arguments.release else "dev")


def serve() -> int:
    """Keeps the test servers up until Ctrl-C or SIGTERM."""
    with ExitStack() as stack:
        with step("starting RabbitMQ, PostgreSQL, MongoDB and S3"):
            supervisor = stack.enter_context(testbed.running())
        found = testbed.variables(supervisor)
        say(testbed.export_lines(found).rstrip())
        testbed.write_exports(supervisor.instance, found)
        say("READY; Ctrl-C stops the servers and removes their data")
        try:
            pause(10**9)
        except Interrupted:
            pass
    return 0


def run(parts: list[str], profile: str) -> int:
    """Runs the steps of the parts in the order of PARTS and prints the summary."""
    begin = time.monotonic()
    outcomes: list[Outcome] = []
    with ExitStack() as stack:
        stack.enter_context(ci.wait_for_lock(DATA / "test.lock", "tests this checkout"))
        stack.enter_context(ci.shared_target())
        bed = testbed.Bed(stack, profile)
        steps = [Step("what the checks need is installed", lambda: prepare(parts))]
        steps += [step for part in PARTS if part in parts for step in getattr(checks, part)(bed)]
        outcomes += run_all(steps)
        if not all(outcome.passed for outcome in outcomes):
            bed.keep_logs()
    return summary(outcomes, time.monotonic() - begin)


def prepare(parts: list[str]) -> None:
    """Installs what a bare machine lacks for these parts."""
    log = DATA / "logs" / "install.log"
    packages = []
    if parts != ["scripts"]:
        build.require_tools()
    if {"rust", "e2e", "audit"} & set(parts):
        packages += install.missing_compiler() + install.missing_servers({"rabbitmq", "postgres"})
    if "e2e" in parts and not shutil.which("chromium"):
        packages.append("chromium")
    if {"e2e", "audit"} & set(parts):
        packages += haproxy.missing()
    install.apt(packages, log)
    if "rust" in parts:
        install.rust_components(log)
    if "rust" in parts and not shutil.which("cargo-nextest"):
        install.nextest(log)
    if {"rust", "e2e", "audit"} & set(parts):
        install.mongod(log)
