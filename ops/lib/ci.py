"""Runs that share folders: locks, and the compiled crates that continuous integration keeps between fresh clones."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from .failure import pause
from .output import say
from .paths import CACHE

KEEP_DAYS = 30
MIN_FREE_GB = 12


@contextmanager
def shared_target():
    """With CI=true and no CARGO_TARGET_DIR: a target folder per compiler version, locked while the body runs.

    Locked, because two clones that build there at once would run each other's programs.
    """
    if os.environ.get("CI", "").lower() not in ("true", "1") or os.environ.get("CARGO_TARGET_DIR"):
        yield
        return
    version = subprocess.run(["rustc", "-vV"], capture_output=True, check=False).stdout
    target = CACHE / f"target-{hashlib.sha256(version).hexdigest()[:12]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with wait_for_lock(target.with_suffix(".lock"), f"uses {target}"):
        _make_room(target)
        os.environ["CARGO_TARGET_DIR"] = str(target)
        # What a fresh clone builds it does not build again: the files for that would only fill the disk.
        os.environ.setdefault("CARGO_INCREMENTAL", "0")
        say(f"- compiled crates are kept in {target}")
        yield


def wait_for_lock(path: Path, what: str):
    """The open file with an exclusive lock on it, as soon as nobody else holds that."""
    file = open(path, "a", encoding="utf-8")
    said = False
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.utime(path)
            return file
        except OSError:
            if not said:
                say(f"- waiting for another run that {what}")
            said = True
        pause(1)


def _make_room(target: Path) -> None:
    """Removes target folders of compilers not used for a month, and this one when the disk is nearly full."""
    for lock in CACHE.glob("target-*.lock"):
        if time.time() - lock.stat().st_mtime > KEEP_DAYS * 86400:
            shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
            lock.unlink(missing_ok=True)
    if target.exists() and shutil.disk_usage(CACHE).free < MIN_FREE_GB * 1e9:
        say(f"- the disk is nearly full: removing {target}")
        shutil.rmtree(target, ignore_errors=True)
