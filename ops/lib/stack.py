"""Warren's own processes: their ports, their environment, their start."""

import http.client
import os
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from . import ports
from .failure import Failure
from .output import run_logged
from .paths import ROOT, Instance, write_private
from .servers import haproxy
from .supervisor import Supervisor
from .unit import Unit

ADMIN_OFFSET = {"users": 1, "chat": 2, "notify": 3, "auth": 4}  # from the base port; +100 for each further process
EDGE_ADMIN_OFFSET = 10
BALANCER_OFFSET = 443
STEP = 100
BASES = range(13000, 19000, 1000)  # where free ports are sought
SECRET_NAMES = {"RABBITMQ_URL": "WARREN__BROKER__URL", "USER_DB_URL": "WARREN__USERS__DATABASE_URL",
                "CHAT_DB_URL": "WARREN__CHAT__DATABASE_URL", "NOTIFICATION_DB_URL": "WARREN__NOTIFY__DATABASE_URL"}


@dataclass
class Plan:
    """How many processes of each kind, and from which port on."""

    base: int = 3000
    edges: int = 1
    workers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ADMIN_OFFSET, 1))
    balancer: bool = False

    def edge_ports(self, index: int) -> tuple[int, int]:
        """(public, admin) ports of an edge."""
        public = self.base + STEP * index
        return public, public + EDGE_ADMIN_OFFSET

    def worker_port(self, pool: str, index: int) -> int:
        """The admin port of a pool's process."""
        return self.base + ADMIN_OFFSET[pool] + STEP * index

    def urls(self) -> list[str]:
        """Where people reach each edge."""
        return [f"http://127.0.0.1:{self.edge_ports(index)[0]}" for index in range(self.edges)]

    def balancer_port(self) -> int:
        """Where the balancer listens, if there is one."""
        return self.base + BALANCER_OFFSET

    def balancer_url(self) -> str:
        """Where people reach all edges through the balancer."""
        return f"https://127.0.0.1:{self.balancer_port()}"

    def refused_by_browsers(self) -> dict[int, str]:
        """The ports that people open in a browser and no browser would open, and what for."""
        opened = {self.edge_ports(index)[0] for index in range(self.edges)}
        if self.balancer:
            opened.add(self.balancer_port())
        return {port: purpose for port, purpose in self.ports().items() if port in opened & ports.REFUSED_BY_BROWSERS}

    def ports(self) -> dict[int, str]:
        """Every port it needs and what for."""
        needed = {}
        for index in range(self.edges):
            public, admin = self.edge_ports(index)
            needed |= {public: f"edge-{index}", admin: f"edge-{index}'s admin"}
        if self.balancer:
            needed[self.balancer_port()] = "the balancer"
        for pool, count in self.workers.items():
            needed |= {self.worker_port(pool, index): f"{pool}-{index}'s admin" for index in range(count)}
        return needed


def parse_workers(text: str) -> dict[str, int]:
    """"chat=2,notify=1" as numbers per pool; pools not named get one process. Raises ValueError."""
    counts = dict.fromkeys(ADMIN_OFFSET, 1)
    for part in filter(None, text.split(",")):
        pool, _, number = part.partition("=")
        if pool not in counts or not number.isdigit() or not 0 <= int(number) <= 20:
            raise ValueError(f"{part!r}: expected POOL=NUMBER with a pool of {', '.join(counts)} and at most 20")
        counts[pool] = int(number)
    return counts


def free_base(plan: Plan) -> int:
    """A base port from which on all ports of the plan are free, and fit for a browser (for tests)."""
    for base in BASES:
        plan.base = base
        if not plan.refused_by_browsers() and all(ports.is_free(port) for port in plan.ports()):
            return base
    raise Failure("no block of free ports between 13000 and 19000")


class Stack:
    """The migrations, workers and edges of one instance, run with given URLs."""

    def __init__(self, supervisor: Supervisor, plan: Plan, programs: Path, urls: dict[str, str],
                 extra: dict[str, str] | None = None):
        self.supervisor, self.plan, self.programs = supervisor, plan, programs
        self.instance: Instance = supervisor.instance
        self.keys = self.instance.folder / "keys"
        shared = {SECRET_NAMES[name]: url for name, url in urls.items()}
        own = {name: value for name, value in os.environ.items() if name.startswith("WARREN__")}
        self.extra = (extra or {}) | own
        self.broker = {"WARREN__BROKER__URL": shared["WARREN__BROKER__URL"]}
        self.databases = {name: url for name, url in shared.items() if name not in self.broker}
        supervisor.header |= {
            "url": plan.urls()[0] if plan.edges else None, "edges": plan.urls(),
            "credentials_file": str(self.instance.folder / "credentials.json"),
            "environment": self.settings("auth"),
        }
        supervisor.new_worker = self.next_worker

    def prepare(self) -> None:
        """Makes the token keys on the first run and brings both databases to the newest schema."""
        self.keys.mkdir(mode=0o700, exist_ok=True)
        if not (self.keys / "private.pem").exists():
            self._run("warren-worker", ["keys", "generate", "--dir", str(self.keys)], "generating the token keys")
        self._run("warren-migrate", ["up"], "migrating the databases")

    def _run(self, program: str, arguments: list[str], what: str) -> None:
        log = self.instance.logs / f"{program}-{arguments[0]}.log"
        run_logged([str(self.programs / program), *arguments], log, what, env=os.environ | self.settings("auth"),
                   cwd=ROOT, timeout=600)

    def start(self) -> None:
        """Starts the workers, then the edges, and waits until all are ready."""
        workers = [self.worker(pool, index) for pool, count in self.plan.workers.items() for index in range(count)]
        self.supervisor.start(*workers)
        self.supervisor.start(*(self.edge(index) for index in range(self.plan.edges)))
        if self.plan.balancer:
            edges = {f"edge-{index}": self.plan.edge_ports(index)[0] for index in range(self.plan.edges)}
            self.supervisor.start(haproxy.unit(self.instance, self.plan.balancer_port(), edges))

    def settings(self, role: str) -> dict[str, str]:
        """The WARREN__ variables of a role: an edge sees no database, and only the auth pool the private key."""
        found = dict(self.broker)
        if role != "edge":
            found |= self.databases
        if role in ("edge", "auth"):
            found["WARREN__AUTH__JWKS_FILE"] = str(self.keys / "jwks.json")
        if role == "auth":
            found["WARREN__AUTH__PRIVATE_KEY_FILE"] = str(self.keys / "private.pem")
        if role in ("edge", "chat"):
            found["WARREN__FILES__URL"] = (self.instance.folder / "files").as_uri()
        found["WARREN__AUTH__COOKIE_SECURE"] = "false"  # plain HTTP on loopback
        return found | self.extra

    def worker(self, pool: str, index: int) -> Unit:
        """A process of a pool."""
        admin = self.plan.worker_port(pool, index)
        settings = self.settings(pool) | {"WARREN__WORKER__ADMIN_LISTEN": f"127.0.0.1:{admin}"}
        command = ["warren-worker", "--pool", pool]
        return self._unit(f"{pool}-{index}", "worker", command, settings, admin, {"pool": pool})

    def next_worker(self, pool: str) -> Unit:
        """One more process of a pool, with the next free number."""
        if pool not in ADMIN_OFFSET:
            raise Failure(f"there is no pool {pool}; there are {', '.join(ADMIN_OFFSET)}")
        index = 0
        while f"{pool}-{index}" in self.supervisor.units or not ports.is_free(self.plan.worker_port(pool, index)):
            index += 1
        return self.worker(pool, index)

    def edge(self, index: int) -> Unit:
        """An edge."""
        public, admin = self.plan.edge_ports(index)
        urls = self.plan.urls() + ([self.plan.balancer_url()] if self.plan.balancer else [])
        origins = [url.replace("127.0.0.1", host) for url in urls for host in ("127.0.0.1", "localhost")]
        settings = self.settings("edge") | {
            "WARREN__EDGE__LISTEN": f"127.0.0.1:{public}", "WARREN__EDGE__ADMIN_LISTEN": f"127.0.0.1:{admin}",
            "WARREN__EDGE__NAME": f"edge-{index}"}
        if self.plan.balancer:
            settings.setdefault("WARREN__EDGE__TRUSTED_PROXIES", "127.0.0.1")
        if "ALLOWED_ORIGINS" not in os.environ:
            settings.setdefault("WARREN__EDGE__ALLOWED_ORIGINS", ",".join(origins))
        if (ROOT / "frontend" / "dist" / "index.html").exists():
            settings.setdefault("WARREN__EDGE__STATIC_DIR", str(ROOT / "frontend" / "dist"))
        details = {"pool": "edge", "port": public, "url": self.plan.urls()[index]}
        return self._unit(f"edge-{index}", "edge", ["warren-edge"], settings, admin, details)

    def _unit(self, name: str, kind: str, command: list[str], settings: dict[str, str], admin: int,
              details: dict) -> Unit:
        env_file = self.instance.run / "env" / f"{name}.env"
        env_file.parent.mkdir(mode=0o700, exist_ok=True)
        write_private(env_file, "".join(f"{key}={shlex.quote(value)}\n" for key, value in settings.items()))
        argv = [str(self.programs / command[0]), *command[1:]]
        unit = Unit(name=name, kind=kind, argv=argv, env=os.environ | settings, cwd=ROOT,
                    log=self.instance.logs / f"{name}.log",
                    # Who took the port meanwhile would answer in place of the one that cannot begin.
                    ready=lambda: is_ready(admin) and ports.holder(admin) in (None, unit.pid), stop_seconds=25,
                    details={**details, "admin": admin, "args": argv, "env_file": str(env_file)})
        return unit


def is_ready(admin: int) -> bool:
    """Whether the process behind an admin port says that it is ready."""
    connection = http.client.HTTPConnection("127.0.0.1", admin, timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
