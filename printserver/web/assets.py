"""Style sheets, scripts and pictures: read once, served under an address that changes with their bytes.

Laws kept here:

1. Only what lies in the folder when the server starts is served; no path of a client reaches the file system.
2. The address holds the hash of the bytes, so a browser may keep them for ever and still never has old ones.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from printserver.listeners.http.errors import PageUnknown
from printserver.listeners.http.message import RequestContext, Response
from printserver.listeners.http.router import Route

STATIC = Path(__file__).with_name("static")
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}  # fmt: skip
ICON = "icon.svg"
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file; `digest` is the beginning of its SHA-256 in hexadecimal."""

    media_type: str
    data: bytes
    digest: str


class Assets:
    """The files of a folder by name."""

    def __init__(self, folder: Path = STATIC) -> None:
        """Read every file whose kind is served."""
        self._files = {path.name: _read(path) for path in folder.iterdir() if path.suffix in MEDIA_TYPES}

    def url(self, name: str) -> str:
        """Return the address of a file; raises KeyError for one that is not there."""
        return f"/static/{self._files[name].digest}/{name}"

    def routes(self) -> list[Route]:
        """Return the routes: of the files, and of the icon where browsers ask for it by themselves."""
        return [
            Route("GET", "/static/{digest}/{name}", self.serve, role=None),
            Route("GET", "/favicon.ico", self.icon, role=None),
        ]

    async def icon(self, context: RequestContext) -> Response:
        """Show a browser the way to the icon: a bare picture has no page that names it."""
        return Response(302, (("Location", self.url(ICON)), ("Cache-Control", "no-cache")))

    async def serve(self, context: RequestContext) -> Response:
        """Answer with a file, or that the browser has it already (RFC 9110 section 13.1.2)."""
        found = self._files.get(context.parameters["name"])
        if found is None or found.digest != context.parameters["digest"]:
            raise PageUnknown()
        tag = f'"{found.digest}"'
        headers = (("ETag", tag), ("Cache-Control", FOR_EVER))
        if tag in ",".join(context.headers.get("if-none-match", ())):
            return Response(304, headers)
        return Response(200, (("Content-Type", found.media_type), *headers), found.data)


def _read(path: Path) -> Asset:
    data = path.read_bytes()
    return Asset(MEDIA_TYPES[path.suffix], data, hashlib.sha256(data).hexdigest()[:16])
