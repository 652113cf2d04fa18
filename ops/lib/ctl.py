"""ops/ctl: pokes at a running instance, by recorded pid: for fault tests and for operators.

  ops/ctl status                        who runs, where
  ops/ctl env                           export lines for warren-bench or warren-worker by hand
  ops/ctl kill NAME [-9] [--leave-down] signal a process; it is started again after a pause, unless --leave-down
  ops/ctl pause|resume NAME             SIGSTOP, SIGCONT
  ops/ctl stop|start|restart NAME       rabbitmq, postgres, mongo, edge-0, chat-0, ...
  ops/ctl start-worker POOL             one more process of a pool; prints its name
  ops/ctl rabbitmqctl ARGUMENT...       RabbitMQ's own tool, for the private node

NAME is one that `status` lists. --state FILE (or WARREN_STATE) chooses another instance by its state.json.
"""

import argparse
import os
import shlex
import signal
import sys
from pathlib import Path

from . import control, processes, state, tools
from .failure import Failure
from .paths import DATA, Instance
from .servers import rabbitmq

SIGNALLED = {"pause": signal.SIGSTOP, "resume": signal.SIGCONT}


def main(argv: list[str]) -> int:
    """Runs one subcommand."""
    parser = argparse.ArgumentParser(prog="ops/ctl", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", type=Path, help="state.json of the instance")
    parser.add_argument("operation", choices=["status", "env", "kill", *SIGNALLED, "stop", "start", "restart",
                                              "start-worker", "rabbitmqctl"])
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    parsed = parser.parse_args(argv)
    tools.complete_path()
    instance = _instance(parsed.state)
    if parsed.operation == "rabbitmqctl":
        return _rabbitmqctl(instance, parsed.arguments)
    if parsed.operation == "status":
        return _status(instance)
    if parsed.operation == "env":
        return _environment(instance)
    name, options = _name(parser, parsed.arguments)
    if parsed.operation == "kill":
        _kill(instance, name, options)
    elif parsed.operation in SIGNALLED:
        _signal(instance, name, SIGNALLED[parsed.operation])
    else:
        reply = control.request(instance, parsed.operation, name)
        print(f"{reply['name']} {reply['pid'] or 'stopped'}")
    return 0


def _instance(chosen: Path | None) -> Instance:
    path = chosen or Path(os.environ.get("WARREN_STATE") or DATA / "run" / "state.json")
    if not path.exists():
        raise Failure(f"nothing is running: there is no {path}")
    return Instance(path.resolve().parent.parent)


def _name(parser: argparse.ArgumentParser, arguments: list[str]) -> tuple[str, set[str]]:
    names = [argument for argument in arguments if not argument.startswith("-")]
    options = set(arguments) - set(names)
    if len(names) != 1 or options - {"-9", "--leave-down"}:
        parser.error("one NAME is expected")
    return names[0], options


def _find(instance: Instance, name: str) -> dict:
    known = instance.read_json("run/state.json")
    unit = state.find(known, name)
    if unit is None:
        raise Failure(f"there is no {name}; there are {', '.join(unit['name'] for unit in state.entries(known))}")
    return unit


def _signal(instance: Instance, name: str, number: int) -> None:
    unit = _find(instance, name)
    if not processes.send(unit.get("pid"), unit.get("started"), number):
        raise Failure(f"{name} is not running")
    print(f"{name} {unit['pid']} {signal.Signals(number).name}")


def _kill(instance: Instance, name: str, options: set[str]) -> None:
    if "--leave-down" in options:
        control.request(instance, "leave-down", _find(instance, name)["name"])
    _signal(instance, name, signal.SIGKILL if "-9" in options else signal.SIGTERM)


def _status(instance: Instance) -> int:
    known = instance.read_json("run/state.json")
    holder = state.holder(instance)
    print(f"{instance.folder}: {f'supervisor {holder[0]}' if holder else 'NO SUPERVISOR'} {known.get('url', '')}")
    for unit in reversed(state.entries(known)):
        alive = processes.is_ours(unit.get("pid"), unit.get("started"))
        pid = unit["pid"] if alive else "-"
        where = unit.get("admin") or unit.get("port") or ""
        status = unit["status"] if alive or unit["status"] in ("stopped", "given", "failed") else "gone"
        print(f"  {unit.get('name', '?'):12} {status:9} pid {pid!s:8} {where}")
    return 0 if holder else 1


def _environment(instance: Instance) -> int:
    found = instance.read_json("run/state.json").get("environment")
    if not found:
        raise Failure("this instance runs servers only; its test variables are in run/env")
    for name, value in found.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _rabbitmqctl(instance: Instance, arguments: list[str]) -> int:
    scripts = tools.rabbitmq_scripts()
    if scripts is None or "node" not in _find(instance, "rabbitmq"):
        raise Failure("this instance has no RabbitMQ of its own")
    found = rabbitmq.environment(instance, instance.read_json("ports.json"))
    sys.stdout.flush()
    os.execve(scripts / "rabbitmqctl", ["rabbitmqctl", *arguments], found)
