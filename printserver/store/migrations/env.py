"""Runs the revisions on the connection that the store gives; there is no other way to run them."""

from alembic import context

from printserver.store.schema import VERSION_TABLE
from printserver.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
