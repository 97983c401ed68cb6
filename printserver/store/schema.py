"""Bringing a store to this version's tables.

Laws kept here:

1. Tables are made and changed by the revisions below `migrations/` alone, in one transaction, each time a store opens.
2. A store that a newer version has made is refused untouched.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from printserver.errors import ConfigurationError

VERSION_TABLE = "store_version"
MIGRATIONS = Path(__file__).with_name("migrations")


def upgrade(connection: Connection) -> None:
    """Bring the tables to the newest revision; raises ConfigurationError for a newer store."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    found = _revisions(connection)
    _refuse_newer(scripts, found)
    if found != set(scripts.get_heads()):
        config.attributes["connection"] = connection
        command.upgrade(config, "heads")


def _revisions(connection: Connection) -> set[str]:
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return set(context.get_current_heads())


def _refuse_newer(scripts: ScriptDirectory, found: set[str]) -> None:
    known = {script.revision for script in scripts.walk_revisions()}
    unknown = found - known
    if unknown:
        raise ConfigurationError(
            f"a newer version made this store (revision {', '.join(sorted(unknown))})", where="store",
            allowed=f"revisions up to {', '.join(scripts.get_heads())}",
        )  # fmt: skip
