"""Builds the Rust programs and the web client, and only what changed."""

import hashlib
import json
import os
import subprocess
from pathlib import Path

from . import tools
from .failure import Failure
from .output import run_logged
from .paths import ROOT, Instance
from .progress import Cargo

STARTED = ("warren-edge", "warren-workers", "warren-migrations")
FRONTEND = ROOT / "frontend"
STAMP = FRONTEND / "node_modules" / ".cache" / "warren-web.stamp"  # beside what built it: it outlives a data folder
RUST_ADVICE = "Install Rust with rustup"
NODE_ADVICE = "Install Node.js 20 or later with npm"


def require_tools() -> None:
    """Raises Failure when cargo, node or npm is missing or node is too old."""
    tools.require("cargo", RUST_ADVICE)
    node = tools.require("node", NODE_ADVICE)
    tools.require("npm", NODE_ADVICE)
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    if not version.startswith("v") or int(version[1:].split(".")[0]) < 20:
        raise Failure(f"{node} is version {version or 'unknown'}. {NODE_ADVICE}")


def rust(instance: Instance, *, release: bool = False, packages: tuple[str, ...] = STARTED, features: tuple[str, ...] = (),
         env: dict[str, str] | None = None) -> Path:
    """Builds the programs of these packages and returns their folder."""
    messages = instance.logs / "cargo.json"
    run_logged(rust_command(release, packages, features), instance.logs / "cargo.log", "building the Rust programs", cwd=ROOT,
               env=os.environ | Cargo.ENVIRONMENT | (env or {}), progress=Cargo(messages), out=messages)
    return _programs(messages)


def rust_command(release: bool, packages: tuple[str, ...], features: tuple[str, ...] = ()) -> list[str]:
    """The cargo command: the profile that the tests share, or `release` with all that is shipped, for measuring."""
    command = ["cargo", "build", *(argument for package in packages for argument in ("-p", package)), *Cargo.ARGUMENTS]
    if release:
        command.append("--release")
        features += tuple(f"{package}/shipped" for package in packages if package in STARTED)
    return command + (["--features", ",".join(features)] if features else [])


def _programs(messages: Path) -> Path:
    """The folder of the programs that a build names in its messages."""
    for line in reversed(messages.read_text(encoding="utf-8").splitlines()):
        message = json.loads(line)
        if message.get("executable") and "bin" in message["target"]["kind"]:
            return Path(message["executable"]).parent
    raise Failure(f"cargo built no program, says {messages}")


def lints() -> dict[str, str]:
    """The environment in which cargo compiles and lints in one go, and a warning is an error.

    This is how `cargo clippy` runs clippy, but for `cargo check`: that would check all dependencies besides compiling them.
    """
    sysroot = subprocess.run(["rustc", "--print", "sysroot"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    driver = Path(sysroot.strip()) / "bin" / "clippy-driver"
    if not driver.exists():
        raise Failure(f"{driver} is missing: install clippy with rustup component add clippy")
    return {"RUSTC_WORKSPACE_WRAPPER": str(driver), "CLIPPY_ARGS": "-Dwarnings__CLIPPY_HACKERY__"}


def web(instance: Instance) -> str:
    """Builds the web client into frontend/dist unless nothing changed; says which."""
    log = instance.logs / "npm.log"
    install_modules(log)
    if (FRONTEND / "dist" / "index.html").exists() and _read(STAMP) == _fingerprint(_sources()):
        return "unchanged"
    run_logged(["npm", "run", "build"], log, "building the web client", cwd=FRONTEND)
    mark_web_built()
    return "built"


def mark_web_built() -> None:
    """Remembers what frontend/dist was built from."""
    STAMP.parent.mkdir(parents=True, exist_ok=True)
    STAMP.write_text(_fingerprint(_sources()), encoding="ascii")


def install_modules(log: Path) -> None:
    """npm ci, unless node_modules already holds what package-lock.json asks for."""
    lock = FRONTEND / "package-lock.json"
    if not lock.exists():
        raise Failure(f"{lock} is missing: this checkout is not complete")
    if not _installed(lock, FRONTEND / "node_modules" / ".package-lock.json"):
        run_logged(["npm", "ci", "--no-audit", "--no-fund"], log, "npm ci", cwd=FRONTEND)


def _installed(lock: Path, installed: Path) -> bool:
    """Compares the lock file with the one npm keeps of what it installed; optional packages may be left out there."""
    try:
        wanted, found = (json.loads(path.read_text(encoding="utf-8"))["packages"] for path in (lock, installed))
    except (OSError, ValueError, KeyError):
        return False
    wanted.pop("", None)
    return (all(name in wanted and package.get("version") == wanted[name].get("version")
                for name, package in found.items())
            and all(name in found or package.get("optional") for name, package in wanted.items()))


def _sources() -> list[Path]:
    skipped = {"node_modules", "dist", "test-results", "playwright-report"}
    found = []
    for entry in FRONTEND.iterdir():
        if entry.name not in skipped:
            found += [entry] if entry.is_file() else [path for path in entry.rglob("*") if path.is_file()]
    return found


def _fingerprint(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _read(stamp: Path) -> str:
    try:
        return stamp.read_text(encoding="ascii")
    except OSError:
        return ""
