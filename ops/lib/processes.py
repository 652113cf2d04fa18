"""Processes by pid and start time: a recorded pid is trusted only while /proc says it is the same process."""

import os
import signal
import time
from pathlib import Path


def start_time(pid: int) -> int | None:
    """Clock ticks since boot at which the process started (proc(5), stat field 22); None when gone or a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat[stat.rfind(")") + 2:].split()
    return None if fields[0] in "ZX" else int(fields[19])


def is_ours(pid: int | None, started: int | None) -> bool:
    """Whether the process recorded as (pid, start time) still runs."""
    return bool(pid) and started is not None and start_time(pid) == started


def send(pid: int | None, started: int | None, number: int) -> bool:
    """Signals the recorded process; False when it is no longer there."""
    if not is_ours(pid, started):
        return False
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def wait_gone(pid: int | None, started: int | None, seconds: float) -> bool:
    """Waits until the recorded process is gone; False when it is still there after `seconds`."""
    end = time.monotonic() + seconds
    while is_ours(pid, started):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def terminate(pid: int | None, started: int | None, number: int = signal.SIGTERM, seconds: float = 20) -> bool:
    """Asks the process to end (continuing a paused one) and kills it after `seconds`. True if it went by itself."""
    if not send(pid, started, number):
        return True
    send(pid, started, signal.SIGCONT)
    if wait_gone(pid, started, seconds):
        return True
    send(pid, started, signal.SIGKILL)
    wait_gone(pid, started, 5)
    return False


def command_line(pid: int) -> str:
    """The command line of a process, shortened; empty when it cannot be read."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ""
    return raw.replace(b"\0", b" ").decode(errors="replace").strip()[:120]
