"""What alembic runs around the scripts: they use the connection, and the transaction, that `History.upgrade` was given."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
