"""Finds programs, also with a bare PATH, and installs what is missing."""

import os
import shutil
from pathlib import Path

from .failure import Failure

# Places a login shell would have in PATH and cron, sudo or a service may not.
EXTRA_PATH = (Path.home() / ".cargo" / "bin", Path("/usr/local/bin"), Path("/usr/bin"), Path("/bin"),
              Path("/usr/sbin"), Path("/sbin"))


def complete_path() -> None:
    """Appends the usual places to PATH for this process and everything it starts."""
    known = [entry for entry in os.environ.get("PATH", "").split(":") if entry]
    known += [str(folder) for folder in EXTRA_PATH if str(folder) not in known]
    os.environ["PATH"] = ":".join(known)


def require(name: str, advice: str) -> str:
    """The path of a program that must be there already; Failure with advice when it is not."""
    found = shutil.which(name)
    if not found:
        raise Failure(f"{name} is not installed (or not in PATH). {advice}")
    return found


def newest(pattern: str) -> Path | None:
    """Of the executables that match /usr/lib/... with a version number as one folder, the newest."""
    def version(path: Path) -> list[int]:
        return [int(part) for part in path.parts if part.isdigit()]

    found = [path for path in Path("/").glob(pattern.lstrip("/")) if os.access(path, os.X_OK)]
    return max(found, key=version, default=None)


def rabbitmq_scripts() -> Path | None:
    """The folder of the plain rabbitmq-server script (the one in PATH changes the user when root calls it)."""
    packaged = Path("/usr/lib/rabbitmq/bin")
    if (packaged / "rabbitmq-server").exists() and shutil.which("epmd"):
        return packaged
    return None


def postgres_programs() -> Path | None:
    """The folder of initdb, postgres and psql: the newest packaged version, else what PATH has."""
    packaged = newest("/usr/lib/postgresql/*/bin/postgres")
    if packaged:
        return packaged.parent
    found = shutil.which("postgres")
    if found and shutil.which("initdb") and shutil.which("psql"):
        return Path(found).resolve().parent
    return None
