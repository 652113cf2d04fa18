"""One supervised process: how to start it, when it is ready, how to stop it."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from . import processes
from .failure import Failure, Interrupted, impatient, interrupted

LOG_LIMIT_BYTES = 100 * 1024 * 1024


@dataclass
class Unit:
    """A server or a Warren process. `details` goes into state.json as it is."""

    name: str
    kind: str  # "server", "edge" or "worker"
    argv: list[str]
    env: dict[str, str]  # the whole environment
    log: Path
    ready: Callable[[], bool]
    details: dict = field(default_factory=dict)
    user: str | None = None  # start as this user instead of the own one
    cwd: Path | None = None
    stop_signal: int = signal.SIGTERM
    stop_seconds: float = 20
    ready_seconds: float = 120
    before: Callable[[], None] = lambda: None  # runs ahead of every start
    after: Callable[[], None] = lambda: None  # runs once it is ready, after every start

    wanted: bool = False
    status: str = "stopped"  # stopped, starting, ready, failed
    pid: int | None = None
    started: int | None = None
    process: subprocess.Popen | None = None
    began: float = 0.0
    restarts: int = 0

    def running(self) -> bool:
        """Whether its process is alive."""
        return self.process is not None and self.process.poll() is None

    def spawn(self) -> None:
        """Starts the process in a session of its own, so that Ctrl-C reaches only the supervisor."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.process is None and self.log.exists():  # a log per run, and the one before
            self.log.replace(f"{self.log}.1")
        self.before()
        switch = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        with open(self.log, "ab") as out:
            try:
                self.process = subprocess.Popen(
                    self.argv, env=self.env, cwd=self.cwd or "/", stdin=subprocess.DEVNULL, stdout=out,
                    stderr=subprocess.STDOUT, start_new_session=True, **switch)
            except OSError as error:
                raise Failure(f"cannot start {self.name}: {self.argv[0]}: {error.strerror}", self.log) from error
        self.pid = self.process.pid
        self.started = processes.start_time(self.pid)
        self.began = time.monotonic()
        self.status = "starting"

    def wait_ready(self, given_up: Callable[[], bool] = lambda: False) -> None:
        """Waits until it answers. Failure when it dies or takes too long, Interrupted on a signal or given_up."""
        end = time.monotonic() + self.ready_seconds
        while not self.ready():
            if not self.running():
                code = self.process.returncode if self.process else None
                raise Failure(f"{self.name} {exit_text(code)} while starting", self.log)
            if time.monotonic() > end:
                raise Failure(f"{self.name} did not get ready within {self.ready_seconds:.0f} s", self.log)
            if interrupted() or given_up():
                raise Interrupted
            time.sleep(0.1)
        self.after()
        self.status = "ready"

    def stop(self) -> bool:
        """Ends it, gently first. True when it went by itself in time."""
        self.status = "stopped"
        if not self.running():
            return True
        processes.send(self.pid, self.started, self.stop_signal)
        processes.send(self.pid, self.started, signal.SIGCONT)
        gentle = self._wait(self.stop_seconds)
        if not gentle:
            processes.send(self.pid, self.started, signal.SIGKILL)
            self._wait(5)
        self.pid = self.started = None
        return gentle

    def _wait(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while self.running():
            if time.monotonic() > end or impatient():
                return False
            time.sleep(0.05)
        return True

    def trim_log(self) -> None:
        """Keeps a log that grew too long as NAME.log.1 and begins anew (the process appends, so this is safe)."""
        try:
            if self.log.stat().st_size > LOG_LIMIT_BYTES:
                shutil.copyfile(self.log, f"{self.log}.1")
                os.truncate(self.log, 0)
        except OSError:
            pass


def exit_text(code: int | None) -> str:
    """An exit code in words: "was killed by SIGKILL", "exited with code 78"."""
    if code is not None and code < 0:
        try:
            return f"was killed by {signal.Signals(-code).name}"
        except ValueError:
            return f"was killed by signal {-code}"
    return f"exited with code {code}"

