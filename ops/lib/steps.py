"""Runs steps one after the other, and says at the end how each went."""

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .failure import Failure, Interrupted, interrupted
from .output import duration, kill_group, say
from .paths import ROOT

TIMEOUT_SECONDS = 3600


@dataclass
class Step:
    """One thing to check. `run` raises Failure when it does not hold."""

    name: str
    run: Callable[[], None]


@dataclass
class Outcome:
    """How a step went."""

    name: str
    passed: bool
    seconds: float
    reason: str = ""


def command(*argv: str, cwd: Path = ROOT, env: dict[str, str] | None = None,
            timeout: float = TIMEOUT_SECONDS) -> None:
    """Runs a command whose output goes to the terminal; Failure when it exits non-zero or takes too long."""
    try:
        process = subprocess.Popen(argv, cwd=cwd, env=os.environ | (env or {}), stdin=subprocess.DEVNULL,
                                   start_new_session=True)
    except OSError as error:
        raise Failure(f"{argv[0]}: {error.strerror}") from error
    end = time.monotonic() + timeout
    try:
        while True:
            try:
                code = process.wait(0.25)
                break
            except subprocess.TimeoutExpired:
                pass
            if interrupted():
                raise Interrupted
            if time.monotonic() > end:
                raise Failure(f"not done after {duration(timeout)}: {' '.join(argv)}")
    finally:
        kill_group(process)
    if code != 0:
        raise Failure(f"exit code {code}: {' '.join(argv)}")


def run_all(steps: list[Step]) -> list[Outcome]:
    """Runs all steps, whatever fails on the way."""
    outcomes = []
    for step in steps:
        say(f"\n=== {step.name} ===")
        begin = time.monotonic()
        outcome = Outcome(step.name, True, 0)
        try:
            step.run()
        except Failure as failure:
            outcome.passed, outcome.reason = False, str(failure)
            say(f"FAILED: {failure}")
        outcome.seconds = time.monotonic() - begin
        say(f"=== {step.name}: {'passed' if outcome.passed else 'FAILED'} ({duration(outcome.seconds)}) ===")
        outcomes.append(outcome)
    return outcomes


def summary(outcomes: list[Outcome], seconds: float) -> int:
    """Prints every step with its result, then "N passed, M failed" as the last line; returns the exit code."""
    width = max((len(outcome.name) for outcome in outcomes), default=0)
    say(f"\nSummary ({duration(seconds)})")
    for outcome in outcomes:
        reason = f"  {outcome.reason.splitlines()[0]}" if outcome.reason else ""
        result = "ok    " if outcome.passed else "FAILED"
        say(f"  {result}  {outcome.name:<{width}}  {duration(outcome.seconds)}{reason}")
    failed = sum(not outcome.passed for outcome in outcomes)
    say(f"{len(outcomes) - failed} passed, {failed} failed")
    return 1 if failed or not outcomes else 0
