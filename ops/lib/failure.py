"""The one exception that ends a command, and the signals that interrupt it."""

import signal
import sys
import threading
from pathlib import Path

TAIL_LINES = 25
TAIL_WIDTH = 240


class Failure(Exception):
    """Something the operator must know: one message naming the cause and, where there is one, its log."""

    def __init__(self, message: str, log: Path | None = None):
        self.message = message
        self.log = log
        super().__init__(message)

    def __str__(self) -> str:
        if self.log is None:
            return self.message
        end = tail(self.log)
        quoted = "".join(f"\n    | {line}" for line in end)
        return f"{self.message}\n  log: {self.log}{quoted}"


class Interrupted(Exception):
    """Ctrl-C, SIGTERM or SIGHUP arrived while something was being waited for."""


_signals = 0
_requested = threading.Event()


def _on_signal(_number, _frame):
    global _signals
    _signals += 1
    _requested.set()


def install_signals() -> None:
    """Turns SIGINT, SIGTERM and SIGHUP into a flag, so that no step is torn apart half-way."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _on_signal)


def interrupted() -> bool:
    """Whether a signal asked for the end."""
    return _requested.is_set()


def impatient() -> bool:
    """Whether a second signal arrived: stop now instead of draining."""
    return _signals > 1


def pause(seconds: float) -> None:
    """Sleeps; raises Interrupted at once when a signal arrives."""
    if _requested.wait(seconds):
        raise Interrupted


def tail(log: Path, lines: int = TAIL_LINES) -> list[str]:
    """The last lines of a log; empty when it cannot be read."""
    try:
        with open(log, "rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 64 * 1024))
            text = file.read().decode(errors="replace")
    except OSError:
        return []
    return [line.rstrip()[:TAIL_WIDTH] for line in text.splitlines() if line.strip()][-lines:]


def run_main(name: str, main, signals: bool = True) -> None:
    """Runs a command's main(argv) and turns its end into one message and an exit code."""
    if signals:
        install_signals()
    try:
        code = main(sys.argv[1:])
    except (Interrupted, KeyboardInterrupt):
        print(f"{name}: interrupted", file=sys.stderr)
        code = 130
    except Failure as failure:
        print(f"{name}: {failure}", file=sys.stderr)
        code = 1
    except BrokenPipeError:
        code = 1
    except OSError as error:  # a full disk, a folder that may not be written to
        print(f"{name}: {error.strerror}: {error.filename or ''}", file=sys.stderr)
        code = 1
    sys.exit(code)
