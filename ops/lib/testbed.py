"""The throw-away servers of ops/test: fresh data below .warren/test-PID, removed at the end, come what may."""

import os
import shlex
import shutil
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path

from . import build, control, servers, state
from .failure import Failure
from .output import say
from .paths import DATA, ROOT, Instance, write_private
from .servers import postgres
from .stack import Plan, Stack, free_base, parse_workers
from .supervisor import Supervisor

# Tests sign many people up from one address, and quickly.
TEST_SETTINGS = {"WARREN__LIMITS__ENABLED": "false", "WARREN__AUTH__BCRYPT_COST": "4", "WARREN__BROKER__PREFIX": "e2e"}


def remove_leftovers() -> None:
    """Stops and removes what killed test runs of this checkout left behind."""
    for folder in DATA.glob("test-*"):
        instance = Instance(folder)
        if not instance.run.exists():
            shutil.rmtree(folder, ignore_errors=True)
            continue
        lock = state.acquire(instance)
        if lock:
            state.stop_orphans(instance)
            _remove(instance)
            lock.close()


def _remove(instance: Instance) -> None:
    postgres.remove_outside_data(instance)
    shutil.rmtree(instance.folder, ignore_errors=True)


@contextmanager
def running():
    """A supervisor whose servers run while the body does."""
    instance = Instance(DATA / f"test-{os.getpid()}").prepare()
    lock = state.acquire(instance)
    supervisor = Supervisor(instance, {"root": str(ROOT)})
    try:
        servers.start(supervisor, {"rabbitmq", "postgres", "mongo", "s3"}, management=True, fsync=False)
        control.serve(supervisor)
        supervisor.watch()
        yield supervisor
    finally:
        supervisor.stop_all()
        _remove(instance)
        if lock:
            lock.close()


def variables(supervisor: Supervisor) -> dict[str, str]:
    """What the tests read: the servers' URLs and the state file for ops/ctl."""
    instance = supervisor.instance
    broker, database = supervisor.units["rabbitmq"].details, supervisor.units["postgres"].details
    return {
        "WARREN_TEST_RABBITMQ_URL": broker["url"],
        "WARREN_TEST_RABBITMQ_MANAGEMENT_URL": broker["management_url"],
        "WARREN_TEST_POSTGRES_URL": database["url"].rsplit("/", 1)[0] + "/postgres",
        "WARREN_TEST_MONGO_URL": supervisor.units["mongo"].details["url"],
        "WARREN_TEST_S3_URL": supervisor.units["s3"].details["url"],
        "WARREN_TEST_CTL": str(instance.state),
    }


def export_lines(found: dict[str, str]) -> str:
    """The variables as shell commands."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in found.items())


def write_exports(instance: Instance, found: dict[str, str]) -> Path:
    """Writes the export lines to run/test.env of the instance."""
    path = instance.run / "test.env"
    write_private(path, export_lines(found))
    say(f"- these lines are in {path} too")
    return path


class Bed:
    """What the steps of one run share, started when the first step asks for it: servers, then Warren itself."""

    def __init__(self, stack: ExitStack, release: bool):
        self._stack, self._release = stack, release
        self._lock = threading.Lock()
        self._bench: Path | None = None
        self._supervisor: Supervisor | None = None
        self._warren: Stack | None = None
        self._broken: str | None = None

    def supervisor(self) -> Supervisor:
        """The supervisor of the running servers."""
        with self._lock:
            if self._supervisor is None:
                self._once("the servers", self._start_servers)
            return self._supervisor

    def instance(self) -> Instance:
        """The folder of the run."""
        return self.supervisor().instance

    def variables(self) -> dict[str, str]:
        """What the Rust tests read."""
        return variables(self.supervisor())

    def stack_variables(self) -> dict[str, str]:
        """What tests against a running Warren read, besides."""
        self.supervisor()
        with self._lock:
            if self._warren is None:
                self._once("Warren", self._start_warren)
        return self.variables() | {
            "WARREN_E2E_URL": self._warren.plan.urls()[0],
            "WARREN_E2E_BALANCER_URL": self._warren.plan.balancer_url(),
            "CHROMIUM": shutil.which("chromium") or "/usr/bin/chromium",
            "WARREN_STATE": str(self.instance().state),
            "WARREN_BENCH": str(self._bench),
        }

    def _once(self, what: str, start) -> None:
        if self._broken:
            raise Failure(self._broken)
        try:
            start()
        except Failure as failure:
            self._broken = f"{what} did not start (see above)"
            self.keep_logs()
            raise failure from None

    def keep_logs(self) -> None:
        """Copies the logs to .warren/logs/last-failed-test, before the folder of the run goes."""
        logs, kept = Instance(DATA / f"test-{os.getpid()}").logs, DATA / "logs" / "last-failed-test"
        if logs.exists():
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(logs, kept, ignore_dangling_symlinks=True)
            say(f"- the logs of servers and processes are kept in {kept}")

    def _start_servers(self) -> None:
        say("- starting RabbitMQ, PostgreSQL, MongoDB and S3")
        self._supervisor = self._stack.enter_context(running())

    def _start_warren(self) -> None:
        supervisor = self._supervisor
        say("- building and starting Warren")
        programs = build.rust(supervisor.instance, release=self._release, packages=(*build.STARTED, "warren-bench"),
                              env=build.lints())
        self._bench = programs / "warren-bench"
        plan = Plan(edges=2, workers=parse_workers("chat=2"), balancer=True)
        free_base(plan)
        warren = Stack(supervisor, plan, programs, servers.urls(supervisor.instance, {}), TEST_SETTINGS)
        warren.prepare()
        warren.start()
        self._warren = warren
