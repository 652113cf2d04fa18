"""ops/up: Warren with everything it needs, on this machine, until Ctrl-C or ops/down.

A RABBITMQ_URL, USER_DB_URL, CHAT_DB_URL or NOTIFICATION_DB_URL in the environment is used instead of a server of its
own; WARREN__SECTION__KEY variables reach every process. Data, logs and credentials are in .warren/.
"""

import argparse
import time

from . import build, control, demo, install, ports, processes, servers, state, tools
from .failure import Failure, Interrupted, pause
from .output import duration, say, step
from .paths import DATA, ROOT, Instance
from .servers import GIVEN
from .stack import Plan, Stack, parse_workers
from .supervisor import Supervisor

SPACE_GB = 1
SPACE_GB_FIRST_BUILD = 6


def main(argv: list[str]) -> int:
    """Starts everything, stays in the foreground, stops everything."""
    arguments = _arguments(argv)
    begin = time.monotonic()
    tools.complete_path()
    instance = Instance(DATA).prepare()
    lock = state.acquire(instance)
    if lock is None:
        raise Failure(_already_running(instance))
    supervisor = Supervisor(instance, {"root": str(ROOT)})
    try:
        _start(supervisor, arguments, begin)
        while True:
            pause(3600)
    except Interrupted:
        say("- stopping (once more Ctrl-C: at once)")
        return 0
    finally:
        if supervisor.units:
            supervisor.stop_all()
            say("- stopped")
        instance.state.unlink(missing_ok=True)
        lock.close()


def _arguments(argv: list[str]) -> argparse.Namespace:
    def workers(text: str) -> dict[str, int]:
        try:
            return parse_workers(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    parser = argparse.ArgumentParser(prog="ops/up", description=__doc__)
    parser.add_argument("--demo", action="store_true", help="create people and conversations to try")
    parser.add_argument("--edges", type=int, default=1, choices=range(1, 10), metavar="N", help="edges (default 1)")
    parser.add_argument("--workers", type=workers, default=parse_workers(""), metavar="chat=2,notify=1",
                        help="processes per pool (default 1 each)")
    parser.add_argument("--release", action="store_true",
                        help="build as for measuring: longer to build, quicker to run")
    parser.add_argument("--port", type=int, default=3000, metavar="BASE", help="the first edge's port (default 3000)")
    parser.add_argument("--management", action="store_true",
                        help="RabbitMQ's management page and Prometheus endpoint, on ports of their own")
    parser.add_argument("--balancer", action="store_true", help="HAProxy with TLS in front of the edges, on port BASE+443")
    arguments = parser.parse_args(argv)
    plan = _plan(arguments)
    planned = plan.ports()
    if min(planned) < 1024 or max(planned) > 65535:
        parser.error(f"--port {arguments.port}: the ports {min(planned)} to {max(planned)} would be needed; "
                     "they must be from 1024 to 65535")
    if refused := plan.refused_by_browsers():
        named = ", ".join(f"{port} (for {purpose})" for port, purpose in sorted(refused.items()))
        parser.error(f"--port {arguments.port}: browsers refuse to open port {named}, which other services have. "
                     "Choose another --port BASE")
    return arguments


def _plan(arguments: argparse.Namespace) -> Plan:
    return Plan(arguments.port, arguments.edges, arguments.workers, arguments.balancer)


def _already_running(instance: Instance) -> str:
    holder, known = state.holder(instance), instance.read_json("run/state.json")
    who = f" (pid {holder[0]})" if holder else ""
    where = f": {known['url']}" if known.get("url") else ", still starting"
    return f"already running{who}{where}. Stop it with ./ops/down"


def _start(supervisor: Supervisor, arguments: argparse.Namespace, begin: float) -> None:
    instance = supervisor.instance
    state.stop_orphans(instance)
    plan = _plan(arguments)
    _require_ports(plan)
    given = servers.given_urls()
    with step("checking tools and disk"):
        _check(instance)
    with step("building the Rust programs (minutes, the first time)"):
        programs = build.rust(instance, release=arguments.release, features=_features(given))
    with step("building the web client") as result:
        result["note"] = build.web(instance)
    _start_servers(supervisor, given, arguments.management)
    stack = Stack(supervisor, plan, programs, servers.urls(instance, given))
    with step("migrating the databases"):
        stack.prepare()
    # Somebody may have taken one while this was built.
    _require_ports(plan)
    with step(f"starting {', '.join(f'{count} {pool}' for pool, count in plan.workers.items())}, {plan.edges} edges"):
        stack.start()
    control.serve(supervisor)
    supervisor.watch()
    if arguments.demo:
        _demo(instance, plan.urls()[0])
    for url in plan.urls()[1:]:
        say(f"- another edge: {url}")
    if plan.balancer:
        say(f"- all edges behind one address, with a certificate that no browser knows: {plan.balancer_url()}")
    say(f"- everything is up after {duration(time.monotonic() - begin)}; data and logs: {instance.folder}")
    say(f"READY {plan.urls()[0]}")


def _features(given: dict[str, str]) -> tuple[str, ...]:
    """What the programs need besides for the servers given: to find MongoDB's hosts by DNS takes a resolver."""
    by_dns = any(url.startswith("mongodb+srv://") for url in given.values())
    return ("warren-workers/srv", "warren-migrations/srv") if by_dns else ()


def _require_ports(plan: Plan) -> None:
    ports.require_free(plan.ports(), "Stop it, or choose other ports with --port BASE")


def _demo(instance: Instance, url: str) -> None:
    with step("creating the demo people and conversations") as result:
        try:
            result["note"] = demo.create(instance, url)
        except Failure as failure:
            result["note"] = f"! {failure}"


def _check(instance: Instance) -> None:
    first = not (ROOT / "target").exists()
    servers.require_space(instance.folder, SPACE_GB_FIRST_BUILD if first else SPACE_GB)
    build.require_tools()
    wanted = servers.needed(servers.given_urls())
    install.apt(install.missing_compiler() + install.missing_servers(wanted), instance.logs / "install.log")


def _start_servers(supervisor: Supervisor, given: dict[str, str], management: bool) -> None:
    wanted = servers.needed(given)
    supervisor.header["given"] = {
        server: {"name": server, "url": next(given[old] for old in names if old in given)}
        for server, names in GIVEN.items() if server not in wanted}
    if wanted:
        with step(f"starting {', '.join(sorted(wanted))}"):
            servers.start(supervisor, wanted, management=management)
    if management and "rabbitmq" in wanted:
        say(f"- RabbitMQ's management: {supervisor.units['rabbitmq'].details['management_url']}")


def down(_argv: list[str]) -> int:
    """ops/down: stops what ops/up started in this checkout, or what a killed one left behind."""
    instance = Instance(DATA)
    if not instance.run.exists():
        say("- nothing is running")
        return 0
    lock = state.acquire(instance)
    was_running = lock is None
    if lock is None:
        lock = _ask_to_stop(instance)
    stopped = state.stop_orphans(instance)
    lock.close()
    say("- stopped" if was_running or stopped else "- nothing is running")
    return 0


def _ask_to_stop(instance: Instance, seconds: float = 120):
    """Sends ops/up SIGTERM and waits for its lock."""
    holder = state.holder(instance)
    if holder:
        say(f"- stopping ops/up (pid {holder[0]})")
        processes.send(*holder, 15)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        lock = state.acquire(instance)
        if lock:
            return lock
        pause(0.1)
    raise Failure(f"ops/up (pid {holder[0] if holder else '?'}) did not stop within {seconds:.0f} s")
