"""What the commands print: steps with timings, and long commands with their progress."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from .failure import Failure, Interrupted, interrupted, tail
from .progress import Progress

_lock = threading.Lock()


def say(text: str = "") -> None:
    """Prints one line at once; a closed terminal does not stop the program."""
    with _lock:
        try:
            print(text, flush=True)
        except (BrokenPipeError, OSError):
            sys.stdout = open(os.devnull, "w", encoding="utf-8")


def duration(seconds: float) -> str:
    """Seconds as a person reads them: 0.4 s, 12 s, 3 min 20 s."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


@contextmanager
def step(title: str):
    """Prints the title, then how long the body took. The body may set result["note"]."""
    say(f"- {title}")
    begin = time.monotonic()
    result: dict[str, str] = {}
    yield result
    note = result.get("note", "done")
    say(f"  {note} ({duration(time.monotonic() - begin)})")


def run_logged(argv: list[str], log: Path, what: str, *, env: dict[str, str] | None = None,
               cwd: Path | None = None, timeout: float = 3600, finish: bool = False, progress: Progress | None = None,
               out: Path | None = None) -> None:
    """Runs a long command with its output in `log`, showing now and then where it is.

    Raises Failure with the end of the log when it exits non-zero or exceeds `timeout` seconds.
    `progress` tells how far it is; without, the last line of the log is shown. Standard output goes to `out`, else to the log.
    With `finish` a signal waits for its end (a package manager must not be cut off half-way).
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    for file in filter(None, (log, out)):
        file.write_bytes(b"")
    with open(log, "ab") as errors, open(out or log, "ab") as standard:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=standard, stderr=errors,
                                   env=env, cwd=cwd, start_new_session=True)
    try:
        _watch(process, log, what, begin, timeout, finish, progress or _last_line)
    finally:
        kill_group(process)
    if process.returncode != 0:
        raise Failure(f"{what} failed (exit code {process.returncode}): {' '.join(argv)}", log)


def _watch(process: subprocess.Popen, log: Path, what: str, begin: float, timeout: float,
           finish: bool, progress: Progress) -> None:
    shown = begin
    while True:
        try:
            process.wait(0.25)
            return
        except subprocess.TimeoutExpired:
            pass
        if interrupted() and not finish:
            raise Interrupted
        now = time.monotonic()
        if now - begin > timeout:
            raise Failure(f"{what} did not end within {duration(timeout)}", log)
        if now - shown > 15:
            shown = now
            say(f"  ... {duration(now - begin)}: {progress(log) or 'nothing to tell yet'}")


def _last_line(log: Path) -> str:
    last = tail(log, 1)
    return last[0].strip()[:100] if last else ""


def kill_group(process: subprocess.Popen) -> None:
    """Ends a command started in its own session, with everything it started; a finished one is left alone."""
    if process.poll() is not None:
        return
    for number, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        try:
            os.killpg(process.pid, number)
            process.wait(patience)
            return
        except (ProcessLookupError, PermissionError):
            return
        except subprocess.TimeoutExpired:
            continue
