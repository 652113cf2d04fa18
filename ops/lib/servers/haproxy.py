"""HAProxy in front of several edges: TLS with a certificate of its own, one address for clients."""

import http.client
import shutil
import ssl
from string import Template

from .. import install
from ..failure import Failure
from ..output import run_logged
from ..paths import ROOT, Instance, write_private
from ..unit import Unit

TEMPLATE = ROOT / "ops" / "haproxy" / "haproxy.cfg"


def missing() -> list[str]:
    """The Debian packages still needed."""
    return [name for name in ("haproxy", "openssl") if not shutil.which(name)]


def unit(instance: Instance, port: int, edges: dict[str, int]) -> Unit:
    """The balancer on 127.0.0.1:port for edges by name and port."""
    install.apt(missing(), instance.logs / "install.log")
    folder = instance.folder / "haproxy"
    folder.mkdir(mode=0o700, exist_ok=True)
    program = shutil.which("haproxy")
    if program is None:
        raise Failure("haproxy is not installed")
    file = folder / "haproxy.cfg"

    def configure() -> None:
        write_private(file, configuration(f"127.0.0.1:{port}", str(certificate(instance)), edges))

    return Unit(name="haproxy", kind="server", argv=[program, "-db", "-f", str(file)],
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, log=instance.logs / "haproxy.log", before=configure,
                ready=lambda: is_ready(port), details={"port": port, "url": f"https://127.0.0.1:{port}"})


def configuration(bind: str, certificate_file: str, edges: dict[str, int]) -> str:
    """ops/haproxy/haproxy.cfg for these edges."""
    sticky = [f"    use-server {name} if {{ url_param(sid) -m beg {name}. }}" for name in edges]
    servers = [f"    server {name} 127.0.0.1:{port}" for name, port in edges.items()]
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        bind=bind, certificate=certificate_file, sticky="\n".join(sticky), servers="\n".join(servers))


def certificate(instance: Instance):
    """A self-signed certificate and its key in one file, made once."""
    folder = instance.folder / "haproxy"
    both = folder / "certificate.pem"
    if not both.exists():
        key, chain = folder / "key.pem", folder / "chain.pem"
        run_logged(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "3650", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", str(key), "-out", str(chain)], instance.logs / "haproxy-certificate.log",
                   "making a certificate")
        write_private(both, chain.read_text(encoding="ascii") + key.read_text(encoding="ascii"))
        key.unlink()
    return both


def is_ready(port: int) -> bool:
    """Whether an edge that is ready answers behind it."""
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=2, context=ssl._create_unverified_context())
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
