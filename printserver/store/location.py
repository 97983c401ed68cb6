"""Where a store is kept, as a configuration names it: an SQLite file, or a database of a PostgreSQL server."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from printserver.errors import ConfigurationError

DRIVER = "postgresql+psycopg"
FORMS = "postgresql://USER@HOST/DATABASE, sqlite:///PATH"


def sqlite_path(location: str | Path) -> Path | None:
    """Return the file of a store in SQLite, None for one on a database server; raises ConfigurationError."""
    if isinstance(location, Path) or "://" not in location:
        return Path(location)
    url = url_of(location)
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def shown(location: str | Path) -> str:
    """Return a location as it may be shown: without a password."""
    return str(location) if sqlite_path(location) is not None else url_of(str(location)).render_as_string()


def check_location(location: str, where: str) -> None:
    """Raise ConfigurationError at `where` for a text at which no store can be kept."""
    try:
        sqlite_path(location)
    except ConfigurationError as error:
        raise ConfigurationError(error.message, where=where, allowed=error.allowed) from error


def url_of(location: str) -> URL:
    """Return the address of a database in which a store can be kept; raises ConfigurationError."""
    try:
        url = make_url(location)
    except (ArgumentError, ValueError) as error:
        raise ConfigurationError("this is not the address of a database", where="store.url", allowed=FORMS) from error
    backend = url.drivername
    if (backend == "sqlite" and url.database) or (backend in ("postgresql", "postgres", DRIVER) and url.database):
        return url
    if backend in ("sqlite", "postgresql", "postgres", DRIVER):
        raise ConfigurationError("names no database", where="store.url", allowed=FORMS)
    raise ConfigurationError(f"no store is kept in {backend}", where="store.url", allowed=FORMS)
