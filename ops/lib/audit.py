"""ops/audit: audits a running Warren under faults. Nothing acked is lost, doubled or out of order, and service resumes by itself.

ops/audit            all faults, about five minutes, on the system that ops/up runs
ops/audit --short    the quick ones

Needs a system of two edges and two chat workers, its rate limits lifted:
WARREN__LIMITS__ENABLED=false ./ops/up --edges 2 --workers chat=2
"""

import json
import os
from pathlib import Path

from . import build, tools
from .failure import Failure
from .output import step
from .paths import DATA, ROOT, Instance

SHORT = ["--people", "24", "--conversations", "24", "--seconds", "20", "--rate", "60", "--late-devices", "40"]
FULL = ["--people", "40", "--conversations", "40", "--seconds", "120", "--rate", "200", "--late-devices", "1000"]


def main(argv: list[str]) -> int:
    """Becomes warren-bench audit, with what is not known here passed on to it."""
    if {"-h", "--help"} & set(argv):
        print(__doc__)
        return 0
    tools.complete_path()
    state = Path(os.environ.get("WARREN_STATE") or DATA / "run" / "state.json")
    try:
        edges = json.loads(state.read_text(encoding="utf-8"))["edges"]
    except (OSError, LookupError, ValueError):
        raise Failure(f"no running Warren is recorded in {state}: start one with "
                      "WARREN__LIMITS__ENABLED=false ./ops/up --edges 2 --workers chat=2") from None
    form = "short" if "--short" in argv else "full"
    command = [_bench(), "audit", "--state", str(state), *(word for url in edges for word in ("--url", url)),
               *(SHORT if form == "short" else FULL), "--faults", str(ROOT / "ops" / "bench" / "faults" / f"{form}.toml")]
    os.chdir(ROOT)
    os.execv(command[0], command + [argument for argument in argv if argument != "--short"])


def _bench() -> str:
    """The auditor: the one that is named (ops/test has built it), or built now."""
    if named := os.environ.get("WARREN_BENCH"):
        return named
    with step("building the auditor"):
        return str(build.rust(Instance(DATA).prepare(), packages=("warren-bench",)) / "warren-bench")
