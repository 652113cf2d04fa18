"""Loopback ports: free ones for the private servers, and who holds a busy one."""

import os
import random
import socket
from collections.abc import Iterable
from pathlib import Path

from .failure import Failure
from .processes import command_line

# Below the kernel's range for outgoing connections (32768 and up), so that none of those takes a recorded port.
PRIVATE_RANGE = (20000, 31000)

# The Fetch standard's "bad ports" from 1024 on: of other services, to which no browser speaks HTTP, whoever listens there.
REFUSED_BY_BROWSERS = frozenset({1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668,
                                 6669, 6679, 6697, 10080})


def is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def accepts(port: int) -> bool:
    """Whether something accepts connections on 127.0.0.1:port."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False


def choose(names: Iterable[str], recorded: dict[str, int]) -> dict[str, int]:
    """A free port for each name; the recorded one wherever it is still free."""
    chosen: dict[str, int] = {}
    for name in names:
        port = recorded.get(name, 0)
        while port in chosen.values() or not port or not is_free(port):
            port = random.randint(*PRIVATE_RANGE)
        chosen[name] = port
    return chosen


def require_free(ports: dict[int, str], advice: str) -> None:
    """Raises Failure naming every busy port, what wanted it and, where it can be seen, who holds it."""
    busy = []
    for port, purpose in sorted(ports.items()):
        if not is_free(port):
            busy.append(f"port {port} (for {purpose}) is in use{_held_by(port)}")
    if busy:
        raise Failure("\n  ".join(busy) + f"\n  {advice}")


def _held_by(port: int) -> str:
    pid = holder(port)
    return f" by pid {pid}: {command_line(pid)}" if pid else ""


def holder(port: int) -> int | None:
    """The pid listening on the port, when this user may see it."""
    inodes = _listening_inodes(port)
    if not inodes:
        return None
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and _has_socket(folder, inodes):
            return int(folder.name)
    return None


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            listening = fields[3] == "0A"
            if listening and int(fields[1].rsplit(":", 1)[1], 16) == port:
                inodes.add(fields[9])
    return inodes


def _has_socket(folder: Path, inodes: set[str]) -> bool:
    try:
        for link in (folder / "fd").iterdir():
            if os.readlink(link) in {f"socket:[{inode}]" for inode in inodes}:
                return True
    except OSError:
        pass
    return False
