"""How a message is signed: by the headers of Standard Webhooks 1.0, HMAC-SHA256 over id, time and body.

Laws kept here:

1. `webhook-signature` is `v1,` and the base64 of HMAC-SHA256, under the target's secret, over `ID.TIME.BODY`, where ID
   and TIME are the two other headers' values and BODY is what is sent, byte for byte.
2. A secret is read from a file that others cannot read, and is never shown or logged.

Source: https://www.standardwebhooks.com (specification, section "Signature scheme").
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import stat
from pathlib import Path

from printserver.errors import ConfigurationError

PREFIX = "whsec_"
LEAST_BYTES, MOST_BYTES = 24, 64
ALLOWED = f"a file with whsec_ and the base64 of {LEAST_BYTES} to {MOST_BYTES} bytes, which others cannot read"


def signature(secret: bytes, message: str, time: int, body: bytes) -> str:
    """Return the value of `webhook-signature`."""
    signed = hmac.new(secret, f"{message}.{time}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed.digest()).decode()}"


def read_secret(path: Path, where: str) -> bytes:
    """Return the secret in a file; raises ConfigurationError at `where`."""
    try:
        open_to_others = stat.S_IMODE(path.stat().st_mode) & stat.S_IROTH
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}", where=where, allowed=ALLOWED) from error
    if open_to_others:
        raise ConfigurationError(f"everybody can read {path}", where=where, allowed=ALLOWED)
    try:
        secret = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ConfigurationError(f"{path} holds no base64", where=where, allowed=ALLOWED) from error
    if not text.startswith(PREFIX) or not LEAST_BYTES <= len(secret) <= MOST_BYTES:
        raise ConfigurationError(f"{path} holds no such secret", where=where, allowed=ALLOWED)
    return secret
