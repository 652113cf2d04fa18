"""A MongoDB client small enough to set up a replica set and a user: BSON, OP_MSG and SCRAM-SHA-256.

Formats: bsonspec.org, MongoDB wire protocol (OP_MSG, opcode 2013), RFC 5802 and RFC 7677.
"""

import base64
import hashlib
import hmac
import secrets
import socket
import struct

OP_MSG = 2013


class CommandError(Exception):
    """A command answered ok: 0."""

    def __init__(self, reply: dict):
        self.code = reply.get("code", 0)
        super().__init__(f"{reply.get('codeName', self.code)}: {reply.get('errmsg', '')}")


class Connection:
    """One connection to 127.0.0.1:port. Raises OSError when the server does not answer."""

    def __init__(self, port: int, timeout: float = 5):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout)
        self._request = 0

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_error) -> None:
        self._socket.close()

    def command(self, database: str, command: dict) -> dict:
        """Runs a command; its name is the first key. Raises CommandError when the server refuses it."""
        self._request += 1
        body = struct.pack("<iB", 0, 0) + encode({**command, "$db": database})
        self._socket.sendall(struct.pack("<iiii", 16 + len(body), self._request, 0, OP_MSG) + body)
        (length,) = struct.unpack("<i", self._read(4))
        reply = decode(self._read(length - 4)[12 + 5:])
        if reply.get("ok") != 1:
            raise CommandError(reply)
        return reply

    def _read(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            part = self._socket.recv(length - len(data))
            if not part:
                raise ConnectionError("mongod closed the connection")
            data += part
        return data

    def sign_in(self, user: str, password: str) -> None:
        """SCRAM-SHA-256 against the admin database."""
        nonce = base64.b64encode(secrets.token_bytes(24)).decode()
        bare = f"n={user},r={nonce}"
        reply = self.command("admin", {"saslStart": 1, "mechanism": "SCRAM-SHA-256",
                                       "payload": f"n,,{bare}".encode(), "options": {"skipEmptyExchange": True}})
        final, signature = client_final(password, bare, reply["payload"].decode())
        reply = self.command("admin", {"saslContinue": 1, "conversationId": reply["conversationId"],
                                       "payload": final.encode()})
        if reply["payload"].decode() != f"v={signature}":
            raise ConnectionError("mongod did not prove that it knows the password")


def client_final(password: str, bare: str, server_first: str) -> tuple[str, str]:
    """RFC 5802, section 3: the client-final-message and the server signature to expect (base64)."""
    fields = dict(part.split("=", 1) for part in server_first.split(","))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(fields["s"]), int(fields["i"]))
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    without_proof = f"c=biws,r={fields['r']}"
    message = f"{bare},{server_first},{without_proof}".encode()
    signature = hmac.digest(hashlib.sha256(client_key).digest(), message, "sha256")
    proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    expected = base64.b64encode(hmac.digest(server_key, message, "sha256")).decode()
    return f"{without_proof},p={base64.b64encode(proof).decode()}", expected


def encode(document: dict) -> bytes:
    """A BSON document of the types that commands need."""
    body = b"".join(_element(key, value) for key, value in document.items())
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def _element(key: str, value: object) -> bytes:
    name = key.encode() + b"\0"
    match value:
        case bool():
            return b"\x08" + name + bytes([value])
        case int():
            small = -(2**31) <= value < 2**31
            return (b"\x10" + name + struct.pack("<i", value)) if small else (b"\x12" + name + struct.pack("<q", value))
        case float():
            return b"\x01" + name + struct.pack("<d", value)
        case str():
            text = value.encode() + b"\0"
            return b"\x02" + name + struct.pack("<i", len(text)) + text
        case bytes():
            return b"\x05" + name + struct.pack("<iB", len(value), 0) + value
        case dict():
            return b"\x03" + name + encode(value)
        case list():
            return b"\x04" + name + encode({str(index): item for index, item in enumerate(value)})
        case Raw():
            return bytes([value.kind]) + name + value.data
        case None:
            return b"\x0a" + name
    raise TypeError(f"no BSON form for {type(value).__name__}")


class Raw:
    """A value kept as its bytes (ObjectId, timestamps, ...), so that a document can be sent back unchanged."""

    def __init__(self, kind: int, data: bytes):
        self.kind, self.data = kind, data


_FIXED = {0x01: "<d", 0x08: "<?", 0x10: "<i", 0x12: "<q"}
_RAW = {0x07: 12, 0x09: 8, 0x11: 8, 0x13: 16, 0x06: 0, 0x7F: 0, 0xFF: 0}


def decode(data: bytes) -> dict:
    """The fields of a BSON document."""
    result: dict = {}
    position, end = 4, struct.unpack_from("<i", data)[0] - 1
    while position < end:
        kind = data[position]
        stop = data.index(b"\0", position + 1)
        key = data[position + 1:stop].decode()
        result[key], position = _value(kind, data, stop + 1)
    return result


def _value(kind: int, data: bytes, at: int) -> tuple[object, int]:
    if kind in _FIXED:
        return struct.unpack_from(_FIXED[kind], data, at)[0], at + struct.calcsize(_FIXED[kind])
    if kind in _RAW:
        return Raw(kind, data[at:at + _RAW[kind]]), at + _RAW[kind]
    if kind == 0x0A:
        return None, at
    (length,) = struct.unpack_from("<i", data, at)
    if kind in (0x03, 0x04):
        inner = decode(data[at:at + length])
        return (inner if kind == 0x03 else list(inner.values())), at + length
    if kind == 0x02:
        return data[at + 4:at + 3 + length].decode(), at + 4 + length
    if kind == 0x05:
        return data[at + 5:at + 5 + length], at + 5 + length
    raise ValueError(f"BSON type {kind:#x} is not supported")
