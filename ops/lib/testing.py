"""ops/test: everything the project checks, side by side as far as the cores go, with servers and data of its own, removed at
the end.

ops/test             all checks, in the form that continuous integration runs
ops/test PART...     these parts only: scripts, rust, web, e2e, audit
ops/test --changed   the parts that what you changed can break, compared with --base (default: the branch it will go to)
ops/test --all       the longer forms too: every fault of the audit, the documentation
"""

import argparse
import shutil
import time
from contextlib import ExitStack

from . import build, changed, checks, ci, install, testbed, tools
from .failure import Interrupted, pause
from .output import say, step
from .paths import DATA, Instance
from .servers import haproxy, require_space
from .steps import Output, Runner, Step, summary

SPACE_GB = 8


def main(argv: list[str]) -> int:
    """Runs the parts asked for; the exit code is 0 when every step passed."""
    parser = argparse.ArgumentParser(prog="ops/test", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="*", help=f"only these parts: {', '.join(changed.PARTS)} (default: all)")
    parser.add_argument("--changed", action="store_true", help="only what can be broken by what changed")
    parser.add_argument("--base", metavar="COMMIT", help="with --changed: compared with what")
    parser.add_argument("--all", action="store_true", dest="everything", help="the longer forms too")
    parser.add_argument("--servers-only", action="store_true",
                        help="start the servers, print the export lines, stay in the foreground")
    parser.add_argument("--release", action="store_true", help="e2e and audit run the build that is measured")
    arguments = parser.parse_args(argv)
    unknown = set(arguments.part) - set(changed.PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(changed.PARTS)}")
    if arguments.base and not arguments.changed:
        parser.error("--base goes with --changed")
    if arguments.changed and (arguments.part or arguments.everything):
        parser.error("--changed chooses the parts by itself")
    tools.complete_path()
    Instance(DATA).prepare()
    require_space(DATA, SPACE_GB)
    testbed.remove_leftovers()
    if arguments.servers_only:
        return serve()
    parts = arguments.part or list(changed.PARTS)
    if arguments.changed:
        parts = _changed_parts(arguments.base)
    return run(parts, arguments.everything, arguments.release)


def _changed_parts(base: str | None) -> list[str]:
    base = base or changed.default_base()
    files = changed.files(base)
    parts = changed.parts(files)
    say(f"- {len(files)} files differ from {base}; what they can break: {', '.join(parts) or 'nothing but the scripts'}")
    return parts or ["scripts"]


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


def run(parts: list[str], everything: bool, release: bool) -> int:
    """Runs the steps of the parts and prints the summary."""
    begin = time.monotonic()
    with ExitStack() as stack:
        stack.enter_context(ci.wait_for_lock(DATA / "test.lock", "tests this checkout"))
        stack.enter_context(ci.shared_target())
        bed = testbed.Bed(stack, release)
        steps = {checks.INSTALLED: Step(checks.INSTALLED, lambda output: prepare(parts, output))}
        for part in changed.PARTS:
            if part in parts:
                steps |= {step.name: step for step in getattr(checks, part)(bed, everything)}
        say(f"- {len(steps)} steps; what each writes is in {DATA / 'logs' / 'test'}")
        outcomes = Runner(list(steps.values()), DATA / "logs" / "test").run()
        if not all(outcome.passed for outcome in outcomes):
            bed.keep_logs()
    return summary(outcomes, time.monotonic() - begin)


def prepare(parts: list[str], output: Output) -> None:
    """Installs what a bare machine lacks for these parts."""
    log = output.log
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
    if {"rust", "e2e", "audit"} & set(parts):
        install.rust_components(log)
    if "rust" in parts and not shutil.which("cargo-nextest"):
        install.nextest(log)
    if {"rust", "e2e", "audit"} & set(parts):
        install.mongod(log)
