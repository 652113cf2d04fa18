"""A private RabbitMQ: its own node name, ports, epmd, Erlang cookie and user, all on loopback."""

import os
import socket
from pathlib import Path

from .. import ports, tools
from ..failure import Failure
from ..paths import Instance, write_private
from ..unit import Unit

PORTS = ("rabbitmq", "rabbitmq_dist", "epmd", "rabbitmq_management", "rabbitmq_prometheus")
USER = "warren"
# The schedulers sleep instead of spinning when idle: the databases and Warren share the cores.
ERLANG_ARGUMENTS = ("+sbwt none +sbwtdcpu none +sbwtdio none "
                    "-kernel inet_dist_use_interface {127,0,0,1}")


def units(instance: Instance, chosen: dict[str, int], passwords: dict[str, str], management: bool) -> list[Unit]:
    """The port mapper of the Erlang node, then the broker. They must be started in this order."""
    scripts = tools.rabbitmq_scripts()
    if scripts is None:
        raise Failure("rabbitmq-server is not installed")
    home = instance.folder / "rabbitmq"
    port = chosen["rabbitmq"]
    broker = Unit(
        name="rabbitmq", kind="server", argv=[str(scripts / "rabbitmq-server")],
        env=environment(instance, chosen), log=instance.logs / "rabbitmq.log",
        ready=lambda: answers(port), before=lambda: _configure(home, chosen, passwords, management),
        stop_seconds=40, cwd=home,
        details={"port": port, "url": url(port, passwords), "node": f"{node(instance)}"})
    if management:
        broker.details["management_url"] = \
            f"http://{USER}:{passwords['rabbitmq']}@127.0.0.1:{chosen['rabbitmq_management']}"
    return [_epmd(instance, chosen), broker]


def url(port: int, passwords: dict[str, str]) -> str:
    """The AMQP URL with the generated credentials; virtual host "/"."""
    return f"amqp://{USER}:{passwords['rabbitmq']}@127.0.0.1:{port}/%2f"


def node(instance: Instance) -> str:
    """The Erlang node name, unique for the folder."""
    return f"warren-{instance.key}@localhost"


def environment(instance: Instance, chosen: dict[str, int]) -> dict[str, str]:
    """What rabbitmq-server and rabbitmqctl of this instance need, and nothing of the user's environment."""
    home = instance.folder / "rabbitmq"
    return {
        "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(home),
        "ERL_CRASH_DUMP_BYTES": "0",
        "ERL_EPMD_PORT": str(chosen["epmd"]), "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RUNNING_UNDER_SYSTEMD": "true",  # the script becomes the Erlang machine: the recorded pid is the broker's
        "RABBITMQ_NODENAME": node(instance),
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(chosen["rabbitmq"]),
        "RABBITMQ_DIST_PORT": str(chosen["rabbitmq_dist"]),
        "RABBITMQ_MNESIA_BASE": str(home / "data"),
        "RABBITMQ_LOG_BASE": str(instance.logs),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
        "RABBITMQ_CONFIG_FILES": str(home / "conf.d"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),
        "RABBITMQ_CONF_ENV_FILE": str(home / "rabbitmq-env.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "generated"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ERLANG_ARGUMENTS,
    }


def _configure(home: Path, chosen: dict[str, int], passwords: dict[str, str], management: bool) -> None:
    for folder in (home, home / "data", home / "conf.d"):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    # default_user replaces guest: it is created with the empty database on the first start.
    settings = {
        "listeners.tcp.1": f"127.0.0.1:{chosen['rabbitmq']}",
        "default_user": USER,
        "default_pass": passwords["rabbitmq"],
        "raft.wal_max_size_bytes": 64 * 1024 * 1024,
        "classic_queue.default_version": 2,
        "vm_memory_high_watermark.absolute": "1GB",
        "log.console": "true",
        "log.console.level": "info",
        "log.console.use_colors": "off",
        "log.file": "false",
    }
    if management:
        settings |= {
            "management.tcp.ip": "127.0.0.1", "management.tcp.port": chosen["rabbitmq_management"],
            "prometheus.tcp.ip": "127.0.0.1", "prometheus.tcp.port": chosen["rabbitmq_prometheus"],
        }
    write_private(home / "rabbitmq.conf", "".join(f"{key} = {value}\n" for key, value in settings.items()))
    write_private(home / "rabbitmq-env.conf", "")
    write_private(home / "advanced.config", "[].\n")
    plugins = "rabbitmq_management,rabbitmq_prometheus" if management else ""
    write_private(home / "enabled_plugins", f"[{plugins}].\n")
    cookie = home / ".erlang.cookie"
    if not cookie.exists():
        write_private(cookie, passwords["erlang_cookie"])
    cookie.chmod(0o400)


def _epmd(instance: Instance, chosen: dict[str, int]) -> Unit:
    """The Erlang port mapper on a port of its own, so that neither the user's nor another checkout's is touched."""
    port = chosen["epmd"]
    return Unit(name="epmd", kind="port mapper", argv=["epmd", "-port", str(port), "-address", "127.0.0.1"],
                env={"PATH": os.environ["PATH"]}, log=instance.logs / "epmd.log",
                ready=lambda: ports.accepts(port), ready_seconds=20, stop_seconds=5, details={"port": port})


def answers(port: int) -> bool:
    """Whether an AMQP 0-9-1 broker answers the protocol header with connection.start."""
    try:
        with socket.create_connection(("127.0.0.1", port), 2) as connection:
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            return connection.recv(1) == b"\x01"
    except OSError:
        return False
