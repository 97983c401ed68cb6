"""The messages of the vendor's print service on TCP port 18000: JSON-RPC 2.0, one request a connection.

Laws kept here:

1. What a client or device wrote goes into a request as a JSON string, so it can never become another command.
2. An answer is the text of its result, or a typed error; an answer to another request is none.

| message | bytes (evolis-premium_sdk, Ruby; evolis-sdk-simulator, Java) |
|---|---|
| request | {"jsonrpc":"2.0","method":M,"params":{...},"id":"1"}, then the client closes its half |
| answer | {"jsonrpc":"2.0","result":text,"id":"1"}, or in the place of result error: {code, message} |
"""

from __future__ import annotations

import json

from printserver.dialogue import json_to_end
from printserver.errors import DeviceReplyUnknown
from printserver_evolis.codec import harmless

PORT = 18000
# The largest answers are lists of printers.
MESSAGE_LIMIT = 65_536
IDENTITY = "1"
FRAME = json_to_end(MESSAGE_LIMIT)

# Names of JSON-RPC 2.0, section 5.1.
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMETERS = -32700, -32600, -32601, -32602


def request(method: str, **parameters: str) -> bytes:
    """Return the bytes of one request; every parameter of this service is a text."""
    return _bytes_of({"jsonrpc": "2.0", "method": method, "params": parameters, "id": IDENTITY})


def result(text: str, identity: object) -> bytes:
    """Return the bytes of a good answer."""
    return _bytes_of({"jsonrpc": "2.0", "result": text, "id": identity})


def refusal(code: int, message: str, identity: object = None) -> bytes:
    """Return the bytes of an answer that is an error."""
    return _bytes_of({"jsonrpc": "2.0", "error": {"code": code, "message": message}, "id": identity})


def _bytes_of(message: dict[str, object]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode("ascii")


def parse_object(message: bytes) -> dict[str, object] | None:
    """Return a JSON object, None for anything else."""
    try:
        found = json.loads(message)
    except (ValueError, RecursionError):  # ValueError: no JSON, no UTF-8, or a number of too many digits
        return None
    return found if isinstance(found, dict) else None


def parse_result(message: bytes) -> str:
    """Return the text of an answer; raises DeviceReplyUnknown with the service's words for an error or nonsense."""
    answer = parse_object(message)
    if answer is None:
        raise DeviceReplyUnknown(f"the service says {harmless(message)!r}")
    error = answer.get("error")
    if isinstance(error, dict):
        words = f"{error.get('code')}: {error.get('message')}"
        raise DeviceReplyUnknown(f"the service refuses, {harmless(words.encode('utf-8', 'replace'))}")
    text = answer.get("result")
    if answer.get("id") != IDENTITY or not isinstance(text, str):
        raise DeviceReplyUnknown(f"the service says {harmless(message)!r}")
    return text
