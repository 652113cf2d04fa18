"""Runs steps, side by side as far as the cores go, and says at the end how each went."""

import os
import queue
import re
import resource
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .failure import Failure, Interrupted, interrupted, tail
from .output import duration, kill_group, say
from .paths import ROOT
from .progress import Progress

TIMEOUT_SECONDS = 3600
SAID_EVERY_SECONDS = 15
SHOWN_LINES = 300  # of the log of a step that failed


@dataclass
class Step:
    """One thing to check. `run` raises Failure when it does not hold."""

    name: str
    run: Callable[["Output"], None]
    needs: tuple[str, ...] = ()  # the steps that must have passed before, as far as they are asked for
    after: tuple[str, ...] = ()  # the steps that must have ended before, as far as they are asked for
    cores: int = 1  # how many it keeps busy


@dataclass
class Outcome:
    """How a step went."""

    name: str
    passed: bool
    seconds: float
    reason: str = ""


class Output:
    """Where the output of a step goes, and how far it is."""

    def __init__(self, log: Path):
        self.log = log
        self._progress: Progress | None = None

    def progress(self) -> str:
        """How far the command is that runs now; empty while nothing is known."""
        return self._progress(self.log) if self._progress else ""

    def command(self, *argv: str, cwd: Path = ROOT, env: dict[str, str] | None = None,
                timeout: float = TIMEOUT_SECONDS, progress: Progress | None = None, out: Path | None = None) -> None:
        """Runs a command; Failure when it exits non-zero or takes too long. Standard output goes to `out`, else to the log."""
        self._progress = progress
        with open(self.log, "ab") as log, open(out or self.log, "ab") as standard:
            try:
                process = subprocess.Popen(argv, cwd=cwd, env=os.environ | (env or {}), stdin=subprocess.DEVNULL,
                                           stdout=standard, stderr=log, start_new_session=True)
            except OSError as error:
                raise Failure(f"{argv[0]}: {error.strerror}") from error
        code = _wait(process, timeout, argv)
        if code != 0:
            raise Failure(f"exit code {code}: {' '.join(argv)}")


def _wait(process: subprocess.Popen, timeout: float, argv: tuple[str, ...]) -> int:
    end = time.monotonic() + timeout
    try:
        while True:
            try:
                return process.wait(0.25)
            except subprocess.TimeoutExpired:
                pass
            if interrupted():
                raise Interrupted
            if time.monotonic() > end:
                raise Failure(f"not done after {duration(timeout)}: {' '.join(argv)}")
    finally:
        kill_group(process)


class Runner:
    """Runs all steps, whatever fails on the way: each as soon as those before it have passed and enough cores are idle."""

    def __init__(self, steps: list[Step], logs: Path, cores: int | None = None):
        self.waiting, self.logs, self.cores = list(steps), logs, cores or os.cpu_count() or 1
        self.names = {step.name for step in steps}
        self.running: dict[str, tuple[Step, Output, float]] = {}
        self.outcomes: list[Outcome] = []
        self._ended: queue.Queue[tuple[Step, Exception | None]] = queue.Queue()
        logs.mkdir(parents=True, exist_ok=True)

    def run(self) -> list[Outcome]:
        """The outcomes, in the order in which the steps ended."""
        said = time.monotonic()
        while self.waiting or self.running:
            if interrupted() and not self.running:
                raise Interrupted
            if not interrupted():
                self._start()
            try:
                self._end(*self._ended.get(timeout=0.25))
            except queue.Empty:
                pass
            if time.monotonic() - said > SAID_EVERY_SECONDS:
                said = time.monotonic()
                self._say_progress()
        if interrupted():
            raise Interrupted
        return self.outcomes

    def _start(self) -> None:
        ended = {outcome.name: outcome.passed for outcome in self.outcomes}
        for step in list(self.waiting):
            before = [name for name in (*step.needs, *step.after) if name in self.names]
            if failed := [name for name in step.needs if ended.get(name) is False]:
                self.waiting.remove(step)
                self._note(Outcome(step.name, False, 0, f"not run: it needs “{failed[0]}”"))
                return self._start()
            busy = sum(other.cores for other, _, _ in self.running.values())
            if all(name in ended for name in before) and (not busy or busy + step.cores <= self.cores):
                self.waiting.remove(step)
                self._spawn(step)
        return None

    def _spawn(self, step: Step) -> None:
        log = self.logs / f"{re.sub(r'[^a-z0-9]+', '-', step.name.lower()).strip('-')}.log"
        log.write_bytes(b"")
        output = Output(log)
        self.running[step.name] = (step, output, time.monotonic())
        say(f"> {step.name}")

        def body() -> None:
            try:
                step.run(output)
                self._ended.put((step, None))
            except Exception as problem:  # whatever it is, the step has not passed
                self._ended.put((step, problem))

        threading.Thread(target=body, name=step.name).start()

    def _end(self, step: Step, problem: Exception | None) -> None:
        _, output, began = self.running.pop(step.name)
        if isinstance(problem, Interrupted):
            return
        seconds = time.monotonic() - began
        if problem is None:
            return self._note(Outcome(step.name, True, seconds))
        for line in tail(output.log, SHOWN_LINES):
            say(f"    | {line}")
        reason = str(problem) if isinstance(problem, Failure) else f"{type(problem).__name__}: {problem}"
        return self._note(Outcome(step.name, False, seconds, reason), output.log)

    def _note(self, outcome: Outcome, log: Path | None = None) -> None:
        self.outcomes.append(outcome)
        if outcome.passed:
            say(f"= {outcome.name}: passed ({duration(outcome.seconds)})")
        else:
            say(f"! {outcome.name}: FAILED ({duration(outcome.seconds)}): {outcome.reason}" + (f"\n  log: {log}" if log else ""))

    def _say_progress(self) -> None:
        now = time.monotonic()
        for step, output, began in self.running.values():
            if now - began > SAID_EVERY_SECONDS / 2:
                far = output.progress()
                say(f"  ... {step.name}, {duration(now - began)}" + (f": {far}" if far else ""))


def cpu_seconds() -> float:
    """What the commands that have ended took, user and system."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def summary(outcomes: list[Outcome], seconds: float) -> int:
    """Prints every step with its result, then "N passed, M failed" as the last line; returns the exit code."""
    width = max((len(outcome.name) for outcome in outcomes), default=0)
    say(f"\nSummary ({duration(seconds)}, {cpu_seconds() / 60:.1f} CPU minutes)")
    for outcome in outcomes:
        reason = f"  {outcome.reason.splitlines()[0]}" if outcome.reason else ""
        result = "ok    " if outcome.passed else "FAILED"
        say(f"  {result}  {outcome.name:<{width}}  {duration(outcome.seconds)}{reason}")
    failed = sum(not outcome.passed for outcome in outcomes)
    say(f"{len(outcomes) - failed} passed, {failed} failed")
    return 1 if failed or not outcomes else 0
