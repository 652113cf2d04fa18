"""The private servers of an instance, three and one for tests: which are needed, their ports, their start."""

import os
from pathlib import Path

from .. import install, ports
from ..failure import Failure
from ..paths import Instance, credentials
from ..supervisor import Supervisor
from . import mongo, postgres, rabbitmq, s3

# Server -> the settings that replace it, each under its old and its own name.
GIVEN = {
    "rabbitmq": {"RABBITMQ_URL": "WARREN__BROKER__URL"},
    "postgres": {"USER_DB_URL": "WARREN__USERS__DATABASE_URL"},
    "mongo": {"CHAT_DB_URL": "WARREN__CHAT__DATABASE_URL", "NOTIFICATION_DB_URL": "WARREN__NOTIFY__DATABASE_URL"},
}


def given_urls() -> dict[str, str]:
    """The server URLs set in the environment, by their old names (RABBITMQ_URL, USER_DB_URL, ...)."""
    found = {}
    for names in GIVEN.values():
        for old, new in names.items():
            value = os.environ.get(new) or os.environ.get(old)
            if value:
                found[old] = value
    return found


def needed(given: dict[str, str]) -> set[str]:
    """The servers to start: those for which a URL is missing."""
    return {server for server, names in GIVEN.items() if not all(old in given for old in names)}


def start(supervisor: Supervisor, wanted: set[str], *, management: bool = False, fsync: bool = True) -> None:
    """Installs what is missing, then starts the wanted servers side by side."""
    instance = supervisor.instance
    log = instance.logs / "install.log"
    install.apt(install.missing_servers(wanted), log)
    passwords = credentials(instance)
    chosen = choose_ports(instance, wanted)
    units = []
    if "postgres" in wanted:
        units.append(postgres.unit(instance, chosen, passwords, fsync))
    if "mongo" in wanted:
        units.append(mongo.unit(instance, chosen, passwords, install.mongod(log)))
    if "s3" in wanted:
        units.append(s3.unit(instance, chosen, install.python_packages(install.S3_SERVER, log)))
    if "rabbitmq" in wanted:
        epmd, broker = rabbitmq.units(instance, chosen, passwords, management)
        supervisor.start(epmd)
        units.append(broker)
    supervisor.start(*units)


def choose_ports(instance: Instance, wanted: set[str]) -> dict[str, int]:
    """The private ports: those of the last run where they are still free, and written down for the next."""
    names = [name for server, module in (("rabbitmq", rabbitmq), ("postgres", postgres), ("mongo", mongo), ("s3", s3))
             if server in wanted for name in module.PORTS]
    recorded = instance.read_json("ports.json")
    chosen = ports.choose(names, recorded)
    if chosen:
        instance.write_json("ports.json", recorded | chosen)
    return chosen


def urls(instance: Instance, given: dict[str, str]) -> dict[str, str]:
    """The four URLs a Warren process may need, by their old names: the given ones, else those of the own servers."""
    passwords = credentials(instance) if needed(given) else {}
    chosen = instance.read_json("ports.json")
    found = dict(given)
    if "RABBITMQ_URL" not in given:
        found["RABBITMQ_URL"] = rabbitmq.url(chosen["rabbitmq"], passwords)
    if "USER_DB_URL" not in given:
        found["USER_DB_URL"] = postgres.url(chosen["postgres"], passwords)
    for name, database in (("CHAT_DB_URL", "warren_chat"), ("NOTIFICATION_DB_URL", "warren_notifications")):
        if name not in given:
            found[name] = mongo.url(chosen["mongo"], passwords, database)
    return found


def require_space(folder: Path, needed_gb: float) -> None:
    """Raises Failure when the disk is nearly full: RabbitMQ would block its publishers, the databases would stop."""
    stat = os.statvfs(folder)
    free = stat.f_bavail * stat.f_frsize / 1e9
    if free < needed_gb:
        raise Failure(f"only {free:.1f} GB free on the disk of {folder}; {needed_gb:g} GB are needed. Make room first")
