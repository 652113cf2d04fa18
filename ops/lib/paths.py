"""Where things are: the checkout, and the folder of one running instance (.warren, or .warren/test-PID)."""

import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from .failure import Failure

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / ".warren"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "warren"


@dataclass(frozen=True)
class Instance:
    """The folder that holds one instance's data, logs, credentials and running state."""

    folder: Path

    @property
    def run(self) -> Path:
        """Running state: state.json, the control socket, environment files."""
        return self.folder / "run"

    @property
    def logs(self) -> Path:
        """One log per process."""
        return self.folder / "logs"

    @property
    def state(self) -> Path:
        """Who runs where; see state.py."""
        return self.run / "state.json"

    @property
    def key(self) -> str:
        """A short name that no other folder on this machine shares."""
        return hashlib.sha256(str(self.folder).encode()).hexdigest()[:8]

    def prepare(self) -> "Instance":
        """Creates the folders. Others may pass through (the PostgreSQL user must), but not look inside."""
        try:
            for folder, mode in ((DATA, 0o711), (self.folder, 0o711), (self.run, 0o700), (self.logs, 0o700)):
                folder.mkdir(parents=True, exist_ok=True)
                folder.chmod(mode)
        except OSError as error:
            raise Failure(f"cannot write to {self.folder}: {error.strerror}. "
                          "If an earlier run as another user made it, run as that user or remove it") from error
        return self

    def read_json(self, name: str) -> dict:
        """A JSON file of the instance; empty when it is not there."""
        try:
            return json.loads((self.folder / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise Failure(f"{self.folder / name} is damaged ({error}); remove it") from error

    def write_json(self, name: str, value: dict) -> None:
        """Writes a JSON file in one piece, readable by its owner only."""
        write_private(self.folder / name, json.dumps(value, indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Replaces a file in one piece, mode 600."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)


def credentials(instance: Instance) -> dict[str, str]:
    """The generated passwords of the private servers, made on the first run (credentials.json, mode 600)."""
    known = instance.read_json("credentials.json")
    if not known:
        used = [name for name in ("rabbitmq", "postgres", "mongo") if (instance.folder / name).exists()]
        if used:
            raise Failure(f"{instance.folder}/credentials.json is missing, but there is data it belongs to "
                          f"({', '.join(used)}): put it back, or remove {instance.folder} to begin anew")
        names = ("rabbitmq", "postgres", "mongo", "mongo_key", "erlang_cookie")
        known = {name: secrets.token_hex(24) for name in names}
        instance.write_json("credentials.json", known)
    return known
