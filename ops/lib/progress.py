"""How far a long command is, read from its log: how many of how many, and how long the rest will take."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .output import duration

TAIL_BYTES = 256 * 1024
SOON_SECONDS = 20  # too early for a forecast

# What a crate costs to compile beside an average one of the tree (cargo build --timings).
WEIGHTS: dict[str, float] = {}


def text(log: Path) -> str:
    """The end of a log; empty while it is not there."""
    try:
        with open(log, "rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - TAIL_BYTES))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def rest(done: float, total: float, seconds: float) -> str:
    """", about 5 min left", as far as that can be said after so many seconds."""
    if done <= 0 or done >= total or seconds < SOON_SECONDS:
        return ""
    left = seconds / done * (total - done)
    return f", about {duration(left) if left < 90 else f'{left / 60:.0f} min'} left"


@dataclass
class Counted:
    """A runner that numbers its lines. `pattern` finds a line's number and, where the line has it, the total; else `total` does."""

    pattern: re.Pattern
    what: str
    total: re.Pattern | None = None
    began: float = field(default_factory=time.monotonic)

    def __call__(self, log: Path) -> str:
        """"120 of 609 tests, about 3 min left"; empty while nothing is counted."""
        found, seen = text(log), None
        for seen in self.pattern.finditer(found):
            pass
        if seen is None:
            return ""
        done = int(seen[1])
        if self.total is None:
            total = int(seen[2])
        else:
            named = self.total.search(_start(log))
            total = int(named[1]) if named else done
        return f"{done} of {total} {self.what}{rest(done, total, time.monotonic() - self.began)}"


def _start(log: Path) -> str:
    with open(log, "rb") as file:
        return file.read(TAIL_BYTES).decode(errors="replace")


class Cargo:
    """A cargo build: `log` holds its progress bar, `messages` its messages in JSON, one a line."""

    BAR = re.compile(r"Building \[[=> ]*\] (\d+)/(\d+)(?:: ([^\r\n]*))?")

    def __init__(self, messages: Path):
        self.messages = messages
        self.began = time.monotonic()
        self.fresh, self.compiled, self._read = 0, 0.0, 0

    def __call__(self, log: Path) -> str:
        """"120 of 431 crates compiled, about 6 min left (now sqlx-core, warren-workers)"."""
        bar = None
        for bar in self.BAR.finditer(text(log)):
            pass
        if bar is None:
            return ""
        self._follow()
        done, total, now = int(bar[1]), int(bar[2]), _names(bar[3] or "")
        heavy = sum(weight - 1 for name, weight in WEIGHTS.items() if name not in self._finished_heavy)
        left = total - done + heavy
        forecast = rest(self.compiled, self.compiled + left, time.monotonic() - self.began)
        return f"{done} of {total} crates compiled{forecast}" + (f" (now {now})" if now else "")

    _finished_heavy: frozenset[str] = frozenset()

    def _follow(self) -> None:
        try:
            with open(self.messages, "rb") as file:
                file.seek(self._read)
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    self._read += len(line)
                    self._take(json.loads(line))
        except OSError:
            pass

    def _take(self, message: dict) -> None:
        if message.get("reason") not in ("compiler-artifact", "build-script-executed"):
            return
        name = message.get("target", {}).get("name", "").replace("_", "-")
        if name in WEIGHTS:
            self._finished_heavy |= {name}
        if message.get("fresh"):
            self.fresh += 1
        else:
            self.compiled += WEIGHTS.get(name, 1)


def _names(bar: str, shown: int = 4) -> str:
    names = [name.strip().replace("...", "…") for name in bar.split(",") if name.strip()]
    return ", ".join(names[:shown])


ProgressOf = Callable[[Path], str]
NEXTEST = re.compile(r"\(\s*(\d+)/(\d+)\)")
PLAYWRIGHT = re.compile(r"^\s+\S\s+(\d+) ", re.MULTILINE)
PLAYWRIGHT_TOTAL = re.compile(r"Running (\d+) tests")
