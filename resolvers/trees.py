"""Trees of a company's own: rows of one table, each below another or below none. None is below itself.

Whoever moves a row locks the company's row first, so that of two who would close a circle together one is refused.
"""

from uuid import UUID

from sqlalchemy import inspect, select

from db.base import TenantOwned
from db.models.company import Company
from resolvers.context import Context, any_of


async def closes_circle(context: Context, row: TenantOwned, column: str) -> bool:
    """Tell whether a row is put below itself, directly or through others; where it is moved, the tree stays locked."""
    parent: UUID | None = getattr(row, column)
    if parent is None or not inspect(row).attrs[column].history.has_changes():
        return False
    await context.all(select(Company.id).with_for_update(key_share=True))
    model = type(row)
    below = getattr(model, column)
    line = select(model.id, below.label("above")).where(model.id == any_of([parent])).cte(recursive=True)
    line = line.union(select(model.id, below).where(model.id == line.c.above))
    return row.id in await context.all(select(line.c.id))
