"""Whether every package asks for the same features of the crates that they share; where not, cargo compiles those anew."""

import subprocess
from collections import defaultdict

from .failure import Failure
from .paths import ROOT

Features = dict[str, set[frozenset[str]]]  # of "tokio v1.54.1", for each way in which it is compiled


def check() -> None:
    """Raises Failure with the crates, and the features they lack, for a build of each package alone beside one of all."""
    whole = _resolve(["--workspace"], "all")
    found = [line for package in _packages() for line in _differences(package, whole, _resolve(["-p", package], "normal,build"))]
    if found:
        raise Failure("some crates would be compiled again; add what they lack to ops/features/Cargo.toml:\n  "
                      + "\n  ".join(sorted(set(found))))


def _differences(package: str, whole: Features, alone: Features) -> list[str]:
    lines = []
    for crate, ways in alone.items():
        for way in ways - whole[crate]:
            lacks = ", ".join(sorted(frozenset().union(*whole[crate]) - way))
            lines.append(f"{package}: {crate} lacks {lacks or 'a set of its own'}")
    return lines


def _packages() -> list[str]:
    own = _cargo("tree", "--workspace", "--depth", "0", "--prefix", "none", "-f", "{p}")
    return sorted({line.split()[0] for line in own.splitlines() if line})


def _resolve(selection: list[str], edges: str) -> Features:
    found: Features = defaultdict(set)
    for line in _cargo("tree", *selection, "-e", edges, "--prefix", "none", "-f", "{p}|{f}").splitlines():
        crate, bar, features = line.replace(" (*)", "").replace(" (proc-macro)", "").partition("|")
        if bar and "(/" not in crate:  # own packages have no features but by choice
            found[crate].add(frozenset(filter(None, features.strip().split(","))))
    return found


def _cargo(*arguments: str) -> str:
    done = subprocess.run(["cargo", *arguments, "--locked"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"cargo {' '.join(arguments)} failed: {done.stderr.strip()}")
    return done.stdout
