"""Bringing a store to this version's tables.

Laws kept here:

1. Tables are made and changed by the revisions below `migrations/` alone, in one transaction, each time a store opens.
2. A store that a newer version has made is refused untouched.
3. What runs the revisions is loaded when there are some to run: it takes 10 MiB, which a server would keep for ever.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from printserver.errors import ConfigurationError

VERSION_TABLE = "store_version"
MIGRATIONS = Path(__file__).with_name("migrations")

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory


def upgrade(connection: Connection) -> None:
    """Bring the tables to the newest revision; raises ConfigurationError for a newer store."""
    found = _revisions(connection)
    if found == {newest()}:
        return
    from alembic import command  # law 3
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    _refuse_newer(ScriptDirectory.from_config(config), found)
    config.attributes["connection"] = connection
    command.upgrade(config, "heads")


def newest() -> str:
    """Return the newest revision, by the names of the files."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _revisions(connection: Connection) -> set[str]:
    if not inspect(connection).has_table(VERSION_TABLE):
        return set()
    return set(connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalars())


def _refuse_newer(scripts: ScriptDirectory, found: set[str]) -> None:
    known = {script.revision for script in scripts.walk_revisions()}
    unknown = found - known
    if unknown:
        raise ConfigurationError(
            f"a newer version made this store (revision {', '.join(sorted(unknown))})", where="store",
            allowed=f"revisions up to {', '.join(scripts.get_heads())}",
        )  # fmt: skip
