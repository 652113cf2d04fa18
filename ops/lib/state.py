"""Reading state.json, the lock of a running instance, and stopping what a killed run left behind."""

import fcntl
import os
import threading

from . import processes
from .output import say
from .paths import Instance
from .supervisor import STOP_ORDER

ORPHAN_SECONDS = 30


def acquire(instance: Instance):
    """The lock a supervisor holds while it lives: the open file, or None when another one holds it.

    The kernel drops the lock when the holder dies, however it dies; child processes do not inherit it.
    """
    file = open(instance.run / "lock", "a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    file.truncate(0)
    file.write(f"{os.getpid()} {processes.start_time(os.getpid())}\n")
    file.flush()
    return file


def holder(instance: Instance) -> tuple[int, int] | None:
    """(pid, start time) of the live supervisor; None when there is none."""
    try:
        with open(instance.run / "lock", "r+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return None
            except OSError:
                pid, started = file.read().split()
                return int(pid), int(started)
    except (FileNotFoundError, ValueError):
        return None


def entries(state: dict) -> list[dict]:
    """All units of a state.json, in the order in which they are to be stopped."""
    units = list(state.get("servers", {}).values()) + state.get("processes", [])
    return sorted(units, key=lambda unit: STOP_ORDER.index(unit.get("kind", "server")))


def find(state: dict, name: str) -> dict | None:
    """The unit of that name ("mongodb" and "postgresql" are understood too)."""
    name = {"mongodb": "mongo", "postgresql": "postgres"}.get(name, name)
    return next((unit for unit in entries(state) if unit.get("name") == name), None)


def stop_orphans(instance: Instance) -> int:
    """Stops the processes a killed supervisor left running; returns how many. Only for the holder of the lock."""
    left = [unit for unit in entries(instance.read_json("run/state.json"))
            if processes.is_ours(unit.get("pid"), unit.get("started"))]
    if left:
        say(f"- stopping what an interrupted run left: {', '.join(unit['name'] for unit in left)}")
    for kind in STOP_ORDER:
        threads = [threading.Thread(target=processes.terminate, args=(
            unit["pid"], unit["started"], unit["stop_signal"], ORPHAN_SECONDS))
            for unit in left if unit["kind"] == kind]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    instance.state.unlink(missing_ok=True)
    return len(left)
