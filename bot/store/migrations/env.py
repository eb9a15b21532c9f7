"""Alembic's environment: it works on a connection that `bot.store.schema` hands in, and knows no URL and no file."""

from alembic import context

from bot.store.tables import metadata

connection = context.config.attributes["connection"]

# The caller has begun the one transaction that holds the whole migration: it ends as a whole or not at all.
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True)
context.run_migrations()
