"""A server that speaks S3, for the tests: it forgets everything when it stops."""

import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

from ..paths import Instance
from ..unit import Unit

PORTS = ("s3",)


def unit(instance: Instance, chosen: dict[str, int], packages: Path) -> Unit:
    """The server, from the folder of its Python packages."""
    url = f"http://127.0.0.1:{chosen['s3']}"
    return Unit(
        name="s3", kind="server",
        argv=[sys.executable, "-B", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(chosen["s3"])],
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONPATH": str(packages)},
        log=instance.logs / "s3.log", ready=lambda: _answers(url), details={"url": url})


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/moto-api/", timeout=2) as reply:
            return reply.status == 200
    except (urllib.error.URLError, OSError):
        return False
