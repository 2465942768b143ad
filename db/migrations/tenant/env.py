"""Runs the tenants' revisions in the schema that stands first in the search path of the connection it is given."""

from alembic import context

import db.models
from db.migrations.autogenerate import as_stored, only_changes, walls_after_tables

context.configure(
    **context.config.attributes,
    target_metadata=db.models.Company.metadata,
    process_revision_directives=walls_after_tables.chain(only_changes),
    render_item=as_stored,
    sqlalchemy_module_prefix="",
)
context.run_migrations()
