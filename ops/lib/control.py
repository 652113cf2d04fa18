"""The control socket of a running supervisor: ops/ctl sends it requests, one JSON line each way.

The socket lies beside state.json, in a folder only the owner can enter. It is reached through a folder descriptor,
because a socket's path may have 107 bytes only and a checkout may lie deep.
"""

import json
import os
import socket
import threading
from contextlib import contextmanager

from .failure import Failure, Interrupted
from .output import say
from .paths import Instance
from .supervisor import Supervisor

NAME = "control.sock"


@contextmanager
def _short_path(instance: Instance):
    folder = os.open(instance.run, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{NAME}"
    finally:
        os.close(folder)


def serve(supervisor: Supervisor) -> None:
    """Answers requests in a thread until the process ends."""
    (supervisor.instance.run / NAME).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with _short_path(supervisor.instance) as path:
        listener.bind(path)
    listener.listen(16)

    def accept() -> None:
        while True:
            connection, _address = listener.accept()
            threading.Thread(target=_answer, args=(supervisor, connection), daemon=True).start()

    threading.Thread(target=accept, name="control", daemon=True).start()


def _answer(supervisor: Supervisor, connection: socket.socket) -> None:
    with connection, connection.makefile("rw", encoding="utf-8") as stream:
        try:
            request = json.loads(stream.readline())
            say(f"- ctl: {' '.join(str(value) for value in request.values())}")
            reply = {"ok": True, **_perform(supervisor, request)}
        except (Failure, Interrupted, ValueError, KeyError) as error:
            reply = {"ok": False, "error": str(error) or type(error).__name__}
        try:
            stream.write(json.dumps(reply) + "\n")
            stream.flush()
        except OSError:
            pass


def _perform(supervisor: Supervisor, request: dict) -> dict:
    operation, name = request["operation"], request["name"]
    if operation == "start-worker":
        if supervisor.new_worker is None:
            raise Failure("this instance runs servers only")
        with supervisor.lock:
            unit = supervisor.new_worker(name)
            supervisor.units[unit.name] = unit
        supervisor.start_one(unit)
        return {"name": unit.name, "pid": unit.pid}
    unit = supervisor.units.get(name)
    if unit is None:
        raise Failure(f"there is no {name}; there are {', '.join(supervisor.units)}")
    if operation == "leave-down":
        with supervisor.lock:
            unit.wanted = False
    elif operation in ("stop", "restart"):
        supervisor.stop_one(unit)
    if operation in ("start", "restart"):
        supervisor.start_one(unit)
    return {"name": name, "pid": unit.pid}


def request(instance: Instance, operation: str, name: str, timeout: float = 180) -> dict:
    """Sends a request to the instance's supervisor and returns its reply; Failure when it is refused."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        try:
            with _short_path(instance) as path:
                connection.connect(path)
        except OSError as error:
            raise Failure(f"nothing is running in {instance.folder} (start it with ./ops/up)") from error
        with connection.makefile("rw", encoding="utf-8") as stream:
            stream.write(json.dumps({"operation": operation, "name": name}) + "\n")
            stream.flush()
            line = stream.readline()
    reply = json.loads(line or '{"ok": false, "error": "the supervisor went away"}')
    if not reply["ok"]:
        raise Failure(f"{operation} {name}: {reply['error']}")
    return reply
