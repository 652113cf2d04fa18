"""How far a long command is, read from what it writes: how many of how many, and how long the rest will take."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

Progress = Callable[[Path], str]  # from the command's log to "120 of 431 crates compiled, about 6 min left"; "" if unknown

TAIL_BYTES = 64 * 1024
SOON_SECONDS = 20  # too early for a forecast

# Crates that cost far more to compile than an average one, in times of that (cargo build --timings). What they are compiled
# to is called as they are, or as below.
HEAVY = {"mongodb": 120, "warren-workers": 80, "warren-topology": 50, "warren-worker": 40, "sqlx-postgres": 35, "warren-edge": 40,
         "rustls": 18, "tokio": 15}


def rest(done: float, total: float, seconds: float) -> str:
    """", about 5 min left", as far as that can be said after so many seconds; "" while it cannot."""
    if done <= 0 or done >= total or seconds < SOON_SECONDS:
        return ""
    left = seconds / done * (total - done)
    return f", about {left:.0f} s left" if left < 90 else f", about {left / 60:.0f} min left"


class Numbered:
    """A runner that numbers its lines: `pattern` finds the number and the total, or `total` finds that at the log's beginning."""

    def __init__(self, pattern: str, what: str, total: str | None = None):
        self._pattern, self._what, self._total = re.compile(pattern, re.MULTILINE), what, total and re.compile(total)
        self._began = time.monotonic()

    def __call__(self, log: Path) -> str:
        found = list(self._pattern.finditer(_end(log)))
        if not found:
            return ""
        done = int(found[-1][1])
        if self._total:
            named = self._total.search(_beginning(log))
            total = int(named[1]) if named else done
        else:
            total = int(found[-1][2])
        return f"{done} of {total} {self._what}{rest(done, total, time.monotonic() - self._began)}"


def nextest() -> Numbered:
    """cargo nextest run: `PASS [   0.5s] ( 12/609) warren-tests::it …`."""
    return Numbered(r"\(\s*(\d+)/(\d+)\)", "tests")


def playwright() -> Numbered:
    """Playwright's list reporter: `  ✓   12 …`."""
    return Numbered(r"^\s+\S+\s+(\d+) ", "tests in the browser", r"Running (\d+) tests")


class Cargo:
    """cargo build with ENVIRONMENT and ARGUMENTS: its log has a progress bar, `messages` a line of JSON for each crate."""

    ENVIRONMENT = {"CARGO_TERM_PROGRESS_WHEN": "always", "CARGO_TERM_PROGRESS_WIDTH": "100", "CARGO_TERM_COLOR": "never"}
    ARGUMENTS = ("--message-format", "json-render-diagnostics")
    _BAR = re.compile(r"Building \[[=> ]*\] (\d+)/(\d+)(?:: ([^\r\n]*))?")

    def __init__(self, messages: Path):
        self._messages, self._read, self._began = messages, 0, time.monotonic()
        self._compiled = 0.0
        self._heavy_left = dict(HEAVY)

    def __call__(self, log: Path) -> str:
        bars = list(self._BAR.finditer(_end(log)))
        if not bars:
            return ""
        self._follow()
        done, total = int(bars[-1][1]), int(bars[-1][2])
        left = max(0, total - done - len(self._heavy_left)) + sum(self._heavy_left.values())
        forecast = rest(self._compiled, self._compiled + left, time.monotonic() - self._began) if done < total else ""
        now = ", ".join(name.strip() for name in (bars[-1][3] or "").split(",")[:4])
        return f"{done} of {total} crates compiled{forecast}" + (f"; now {now}" if now else "")

    def _follow(self) -> None:
        try:
            with open(self._messages, "rb") as file:
                file.seek(self._read)
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    self._read += len(line)
                    self._take(json.loads(line))
        except (OSError, ValueError):
            return

    def _take(self, message: dict) -> None:
        if message.get("reason") not in ("compiler-artifact", "build-script-executed"):
            return
        name = message.get("target", {}).get("name", "").replace("_", "-")
        heavy = self._heavy_left.pop(name, None)
        if not message.get("fresh"):
            self._compiled += heavy or 1


def _end(log: Path) -> str:
    try:
        with open(log, "rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - TAIL_BYTES))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def _beginning(log: Path) -> str:
    try:
        with open(log, "rb") as file:
            return file.read(TAIL_BYTES).decode(errors="replace")
    except OSError:
        return ""
