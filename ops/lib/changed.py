"""What a change can break: from the files that differ to the parts of ops/test."""

import subprocess
from pathlib import PurePosixPath

from .failure import Failure
from .paths import ROOT

PARTS = ("scripts", "rust", "web", "e2e", "audit")
_ALL = set(PARTS)
_SERVER = {"rust", "e2e", "audit"}

# The first that matches counts. What is not named here can break anything.
_RULES: tuple[tuple[str, set[str]], ...] = (
    ("ops/bench/", {"rust", "audit"}),
    ("ops/runtime/", _SERVER),
    ("ops/features/", _SERVER),
    ("ops/haproxy/", {"scripts", "e2e"}),
    ("ops/fuzz", {"scripts"}),
    ("ops/audit", {"scripts", "audit"}),
    ("edge/fuzz/", {"rust"}),
    ("edge/tests/", {"rust"}),
    ("migrations/tests/", {"rust"}),
    ("tests/clients/", {"e2e"}),
    ("tests/", {"rust"}),
    ("frontend/e2e/", {"web", "e2e"}),
    ("frontend/", {"web", "e2e"}),
    ("docs/", set()),
    ("edge/", _SERVER),
    ("workers/", _SERVER),
    ("topology/", _SERVER),
    ("storage/", _SERVER),
    ("migrations/", _SERVER),
)


def parts(files: list[str]) -> list[str]:
    """The parts to run for a change of these files, in the order of PARTS."""
    found: set[str] = set()
    for file in files:
        found |= _broken_by(file)
    return [part for part in PARTS if part in found]


def _broken_by(file: str) -> set[str]:
    if PurePosixPath(file).suffix in (".md", ".png"):
        return set()
    return next((broken for begins, broken in _RULES if file.startswith(begins)), _ALL)


def default_base() -> str:
    """The branch the change will go to: that of origin, else main; on main itself, its last commit."""
    for name in ("origin/HEAD", "origin/main", "main"):
        if _git("rev-parse", "--verify", "--quiet", name, check=False) and _git("rev-parse", name) != _git("rev-parse", "HEAD"):
            return name
    return "HEAD"


def files(base: str) -> list[str]:
    """What differs from where this branch left `base`, committed or not, and files that git does not know yet."""
    fork = _git("merge-base", base, "HEAD", check=False) or base
    changed = _git("diff", "--name-only", "--no-renames", fork)
    fresh = _git("ls-files", "--others", "--exclude-standard")
    return sorted({*changed.splitlines(), *fresh.splitlines()})


def _git(*arguments: str, check: bool = True) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        if check:
            raise Failure(f"git {' '.join(arguments)}: {done.stderr.strip()}")
        return ""
    return done.stdout.strip()
