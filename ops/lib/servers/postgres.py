"""A private PostgreSQL: its own data directory, port and superuser with a generated password, on loopback."""

import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

from .. import tools
from ..failure import Failure
from ..paths import Instance, write_private
from ..unit import Unit

PORTS = ("postgres",)
USER = "warren"
DATABASE = "warren"


def unit(instance: Instance, chosen: dict[str, int], passwords: dict[str, str], fsync: bool) -> Unit:
    """The server; its database is created before the first use. `fsync=False` is for tests with throw-away data."""
    programs = tools.postgres_programs()
    if programs is None:
        raise Failure("PostgreSQL is not installed")
    port, user = chosen["postgres"], _account()
    home = _home(instance, user)
    settings = {
        "port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": 200,
        "shared_buffers": "64MB", "max_wal_size": "512MB", "log_checkpoints": "off", "log_line_prefix": "%m [%p] ",
    }
    if not fsync:
        settings |= {"fsync": "off", "full_page_writes": "off"}
    argv = [str(programs / "postgres"), "-D", str(home / "data")]
    for key, value in settings.items():
        argv += ["-c", f"{key}={value}"]
    log = instance.logs / "postgres.log"
    return Unit(
        name="postgres", kind="server", argv=argv, env=_environment(), log=log, user=user, cwd=home,
        ready=lambda: _accepts(programs, port),
        before=lambda: _initialise(programs, home, user, passwords["postgres"], log),
        after=lambda: _create_database(programs, port, passwords["postgres"], log),
        stop_signal=signal.SIGINT,  # "fast shutdown": ends the connections, not the transactions of others' making
        stop_seconds=30, details={"port": port, "url": url(port, passwords)})


def url(port: int, passwords: dict[str, str], database: str = DATABASE) -> str:
    """The URL with the generated credentials."""
    return f"postgres://{USER}:{passwords['postgres']}@127.0.0.1:{port}/{database}"


def remove_outside_data(instance: Instance) -> None:
    """Removes the data directory if it had to be placed outside the instance's folder."""
    link = instance.folder / "postgres"
    if link.is_symlink():
        shutil.rmtree(link.resolve(), ignore_errors=True)


def _account() -> str | None:
    """PostgreSQL refuses to run as root; then it runs as the account of its package. None: as the own user."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise Failure("PostgreSQL does not run as root and there is no account named postgres or nobody")


def _home(instance: Instance, user: str | None) -> Path:
    """The folder for its data: in the instance's, or in /var/lib/warren when its account cannot get there.

    (A checkout below /root, for example.) The instance's folder then holds a link to it.
    """
    home = instance.folder / "postgres"
    if home.is_symlink():
        return home.resolve()
    if user and not _can_enter(instance.folder, user):
        outside = Path("/var/lib/warren") / instance.key
        shutil.rmtree(outside, ignore_errors=True)  # without the link it belongs to an instance that was removed
        outside.parent.mkdir(mode=0o755, exist_ok=True)
        outside.mkdir(mode=0o700, exist_ok=True)
        home.symlink_to(outside)
        home = outside
    home.mkdir(mode=0o700, exist_ok=True)
    if user:
        shutil.chown(home, user, user)
    return home


def _can_enter(folder: Path, user: str) -> bool:
    done = subprocess.run(["test", "-x", str(folder)], user=user, group=user, extra_groups=[], cwd="/", check=False)
    return done.returncode == 0


def _environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _initialise(programs: Path, home: Path, user: str | None, password: str, log: Path) -> None:
    if (home / "data" / "PG_VERSION").exists():
        return
    fresh = home / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    secret = home / "password"
    write_private(secret, password + "\n")
    switch = {"user": user, "group": user, "extra_groups": []} if user else {}
    if user:
        shutil.chown(secret, user, user)
    try:
        with open(log, "ab") as out:
            done = subprocess.run(
                [str(programs / "initdb"), "-D", str(fresh), "-U", USER, "--auth=scram-sha-256", f"--pwfile={secret}",
                 "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"],
                stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=_environment(), cwd=home,
                check=False, **switch)
    finally:
        secret.unlink(missing_ok=True)
    if done.returncode != 0:
        raise Failure(f"PostgreSQL's initdb failed (exit code {done.returncode})", log)
    fresh.rename(home / "data")


def _accepts(programs: Path, port: int) -> bool:
    done = subprocess.run([str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-t", "2"],
                          env=_environment(), check=False)
    return done.returncode == 0


def _create_database(programs: Path, port: int, password: str, log: Path) -> None:
    """Creates the database unless it is there; also proves that the recorded password fits the data."""
    command = [str(programs / "psql"), "-X", "-q", "-h", "127.0.0.1", "-p", str(port), "-U", USER, "-d", "postgres",
               "-v", "ON_ERROR_STOP=1"]
    query = (f"select 'create database {DATABASE}' where not exists "
             f"(select from pg_database where datname = '{DATABASE}') \\gexec\n")
    done = subprocess.run(command, input=query, text=True, capture_output=True, check=False,
                          env=_environment() | {"PGPASSWORD": password})
    if done.returncode != 0:
        raise Failure(f"PostgreSQL refused to create the database {DATABASE}: {done.stderr.strip()}", log)
