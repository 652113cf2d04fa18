"""Keeps the units of one instance running, writes state.json, and stops everything in order.

Everything that changes a unit happens under `lock`; state.json is rewritten after each change, so that ops/down,
ops/ctl and a later run find every process by its recorded pid, also after the supervisor itself was killed.
"""

import os
import resource
import threading
import time
from collections.abc import Callable

from . import processes
from .failure import TAIL_LINES, Failure, Interrupted, tail
from .output import duration, say
from .paths import Instance
from .unit import Unit, exit_text

FILE_LIMIT = 200_000  # open files per process; a huge limit would make the Erlang machine allocate tables for it
STEADY_SECONDS = 60  # after this long without a crash the restart pause begins small again
STOP_ORDER = ("edge", "worker", "server", "port mapper")


class Supervisor:
    """Starts, watches, restarts and stops units. `header` is copied into state.json (url, edges, ...)."""

    def __init__(self, instance: Instance, header: dict | None = None):
        self.instance = instance
        self.header = header or {}
        self.units: dict[str, Unit] = {}
        self.lock = threading.RLock()
        self.new_worker: Callable[[str], Unit] | None = None  # makes the next unit of a pool, for ops/ctl start-worker
        self._stopping = threading.Event()
        self._watcher: threading.Thread | None = None
        self._due: dict[str, float] = {}
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = FILE_LIMIT if hard == resource.RLIM_INFINITY else min(hard, FILE_LIMIT)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(wanted, 0) or soft, hard))

    def start(self, *units: Unit) -> None:
        """Starts units side by side and waits until all are ready; raises the first Failure."""
        problems: list[Exception] = []

        def run(unit: Unit) -> None:
            try:
                self.start_one(unit, lambda: bool(problems))
            except Exception as problem:  # whatever it is, it must end the caller, not only this thread
                problems.append(problem)

        threads = [threading.Thread(target=run, args=(unit,), name=unit.name) for unit in units]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if problems:
            raise next((problem for problem in problems if not isinstance(problem, Interrupted)), problems[0])

    def start_one(self, unit: Unit, given_up: Callable[[], bool] = lambda: False) -> None:
        """Starts one unit and waits until it is ready, or until there is no point any more."""
        with self.lock:
            if self._stopping.is_set():
                raise Interrupted
            self.units[unit.name] = unit
            if not unit.running():
                unit.spawn()
            self._due.pop(unit.name, None)
            self.write()
        try:
            unit.wait_ready(given_up)
            unit.wanted = True  # from now on the watcher starts it again when it dies
        finally:
            with self.lock:
                self.write()

    def stop_one(self, unit: Unit) -> bool:
        """Stops one unit for good (until it is started again). True when it ended by itself."""
        with self.lock:
            unit.wanted = False
            self._due.pop(unit.name, None)
            self.write()
        gentle = unit.stop()
        with self.lock:
            self.write()
        return gentle

    def watch(self) -> None:
        """Watches in a thread of its own: crashed units are reported and started again after a pause."""
        self._watcher = threading.Thread(target=self._watch, name="watch", daemon=True)
        self._watcher.start()

    def _watch(self) -> None:
        trimmed = time.monotonic()
        while not self._stopping.wait(0.2):
            with self.lock:
                for unit in list(self.units.values()):
                    self._look_after(unit)
                if time.monotonic() - trimmed > 10:
                    trimmed = time.monotonic()
                    for unit in self.units.values():
                        unit.trim_log()

    def _look_after(self, unit: Unit) -> None:
        if not unit.wanted or self._stopping.is_set():
            return
        if unit.running():
            self._notice_ready(unit)
            return
        now = time.monotonic()
        due = self._due.get(unit.name)
        if due is None:
            self._report_death(unit, now)
        elif now >= due:
            del self._due[unit.name]
            try:
                unit.spawn()
            except Failure as failure:
                say(f"! {failure}")
                unit.process = None
            self.write()

    def _report_death(self, unit: Unit, now: float) -> None:
        code = unit.process.returncode if unit.process else None
        unit.restarts = 0 if now - unit.began > STEADY_SECONDS else unit.restarts + 1
        wait = min(30.0, 1.0 * 2 ** max(0, unit.restarts - 1))
        unit.status, unit.pid, unit.started = "failed", None, None
        self._due[unit.name] = now + wait
        say(f"! {unit.name} {exit_text(code)}; starting it again in {wait:.0f} s. Log: {unit.log}")
        for line in tail(unit.log, TAIL_LINES if code not in (0, -9, -15) else 3):
            say(f"    | {line}")
        self.write()

    def _notice_ready(self, unit: Unit) -> None:
        if unit.status != "starting":
            return
        name = f"ready-{unit.name}"
        if any(thread.name in (name, unit.name) for thread in threading.enumerate()):
            return
        threading.Thread(target=self._await_restart, args=(unit,), name=name, daemon=True).start()

    def _await_restart(self, unit: Unit) -> None:
        try:
            unit.wait_ready()
        except Interrupted:
            return
        except Failure as failure:
            if unit.running():
                say(f"! {failure}")
            return
        say(f"- {unit.name} is ready again (pid {unit.pid}, {duration(time.monotonic() - unit.began)})")
        with self.lock:
            self.write()

    def stop_all(self) -> bool:
        """Stops everything in order: edges, workers, servers. True when all of it ended by itself."""
        self._stopping.set()
        if self._watcher:
            self._watcher.join()
        gentle = True
        for kind in STOP_ORDER:
            batch = [unit for unit in self.units.values() if unit.kind == kind]
            threads = [threading.Thread(target=self.stop_one, args=(unit,)) for unit in batch if unit.running()]
            forced = {unit.name: unit.pid for unit in batch if unit.running()}
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for unit in batch:
                if unit.name in forced and unit.process.returncode == -9:
                    gentle = False
                    say(f"! {unit.name} (pid {forced[unit.name]}) had to be killed. Log: {unit.log}")
        with self.lock:
            self.write()
        return gentle

    def write(self) -> None:
        """Writes state.json."""
        servers = {unit.name: _entry(unit) for unit in self.units.values() if unit.kind in ("server", "port mapper")}
        given = {name: {"pid": None, "status": "given", **entry}
                 for name, entry in self.header.get("given", {}).items()}
        state = {key: value for key, value in self.header.items() if key != "given"}
        state |= {
            "supervisor": {"pid": os.getpid(), "started": processes.start_time(os.getpid())},
            "servers": given | servers,
            "processes": [_entry(unit) for unit in self.units.values() if unit.kind in ("edge", "worker")],
        }
        self.instance.write_json("run/state.json", state)


def _entry(unit: Unit) -> dict:
    return {"name": unit.name, "kind": unit.kind, "pid": unit.pid, "started": unit.started, "status": unit.status,
            "stop_signal": int(unit.stop_signal), "log": str(unit.log), **unit.details}
