"""A private MongoDB: a replica set of one, with a key file and a user with a generated password, on loopback.

A replica set, because majority writes and retryable writes exist only there.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

from ..failure import Failure, Interrupted, interrupted
from ..mongowire import CommandError, Connection
from ..paths import Instance, write_private
from ..unit import Unit

PORTS = ("mongo",)
USER = "warren"
REPLICA_SET = "rs0"
PRIMARY_SECONDS = 60
NOT_YET_INITIALIZED = 94  # an error code of MongoDB


def unit(instance: Instance, chosen: dict[str, int], passwords: dict[str, str], mongod: Path) -> Unit:
    """The server; the replica set and the user are made on the first start."""
    home, port = instance.folder / "mongo", chosen["mongo"]
    log = instance.logs / "mongo.log"
    argv = [
        str(mongod), "--dbpath", str(home / "data"), "--port", str(port), "--bind_ip", "127.0.0.1",
        "--nounixsocket", "--replSet", REPLICA_SET, "--keyFile", str(home / "key"), "--oplogSize", "1024",
        "--wiredTigerCacheSizeGB", f"{_cache_gb():.2f}", "--setParameter", "diagnosticDataCollectionEnabled=false",
    ]
    return Unit(
        name="mongo", kind="server", argv=argv, env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(home)},
        log=log, ready=lambda: _answers(port), before=lambda: _prepare(instance, home, passwords),
        after=lambda: _set_up(instance, port, passwords["mongo"], log), cwd="/", stop_seconds=40,
        details={"port": port, "url": url(port, passwords, "")})


def _cache_gb() -> float:
    """At most an eighth of the memory, and 8 GB: what is often read, indexes above all, should fit."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(8.0, max(0.25, memory / 2**33))


def url(port: int, passwords: dict[str, str], database: str) -> str:
    """The URL with the generated credentials."""
    return f"mongodb://{USER}:{passwords['mongo']}@127.0.0.1:{port}/{database}?replicaSet={REPLICA_SET}&authSource=admin"


def _prepare(instance: Instance, home: Path, passwords: dict[str, str]) -> None:
    data = home / "data"
    home.mkdir(mode=0o700, exist_ok=True)
    if data.exists() and not (home / "ready.json").exists():
        # An earlier first start was cut off before the user existed: nothing can be in there yet.
        data.rename(home / f"unfinished-{int(time.time())}")
    data.mkdir(mode=0o700, exist_ok=True)
    key = home / "key"
    if not key.exists():
        write_private(key, passwords["mongo_key"])


def _answers(port: int) -> bool:
    try:
        with Connection(port, 2) as connection:
            connection.command("admin", {"hello": 1})
            return True
    except (OSError, CommandError):
        return False


def _set_up(instance: Instance, port: int, password: str, log: Path) -> None:
    """Brings the replica set of one up at this port; on the first start it makes the set and the user."""
    known = instance.read_json("mongo/ready.json")
    members = [{"_id": 0, "host": f"127.0.0.1:{port}"}]
    try:
        with Connection(port, 30) as connection:
            if not known:
                connection.command("admin", {"replSetInitiate": {"_id": REPLICA_SET, "members": members}})
                _await_primary(connection, log)
                connection.command("admin", {"createUser": USER, "pwd": password, "roles": ["root"]})
            else:
                connection.sign_in(USER, password)
                if known["port"] != port:
                    _move(connection, members)
                _await_primary(connection, log)
    except (OSError, CommandError) as error:
        raise Failure(f"MongoDB could not be set up: {error}", log) from error
    instance.write_json("mongo/ready.json", {"port": port})


def _move(connection: Connection, members: list[dict]) -> None:
    """Its old port was taken meanwhile: tells the replica set its new address."""
    config = _patiently(lambda: connection.command("admin", {"replSetGetConfig": 1})["config"])
    config = {"_id": config["_id"], "version": config["version"] + 1, "members": members,
              "settings": config["settings"]}
    connection.command("admin", {"replSetReconfig": config, "force": True})


def _patiently(call: Callable[[], dict]) -> dict:
    """Repeats the call while the server, just started, has not yet loaded its replica set's configuration."""
    end = time.monotonic() + PRIMARY_SECONDS
    while True:
        try:
            return call()
        except CommandError as error:
            if error.code != NOT_YET_INITIALIZED or time.monotonic() > end or interrupted():
                raise
        time.sleep(0.1)


def _await_primary(connection: Connection, log: Path) -> None:
    end = time.monotonic() + PRIMARY_SECONDS
    while not connection.command("admin", {"hello": 1}).get("isWritablePrimary"):
        if time.monotonic() > end:
            raise Failure(f"MongoDB did not become primary within {PRIMARY_SECONDS} s", log)
        if interrupted():
            raise Interrupted
        time.sleep(0.1)
