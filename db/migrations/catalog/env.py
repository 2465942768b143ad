"""Runs the control plane's revisions on the connection that it is given."""

from alembic import context

from db.catalog.tables import SCHEMA, metadata
from db.migrations.autogenerate import grants_after_tables, is_in_catalog, only_changes

context.configure(
    **context.config.attributes,
    target_metadata=metadata,
    version_table_schema=SCHEMA,
    include_schemas=True,
    include_name=is_in_catalog,
    process_revision_directives=grants_after_tables.chain(only_changes),
    sqlalchemy_module_prefix="",
)
context.run_migrations()
