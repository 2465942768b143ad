"""Departments: a tree of the company's parts. No department is part of itself, directly or through others.

Whoever moves a part locks the company's row first, so that of two who would close a circle together one is refused.
"""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import select

from db.models.company import Company
from db.models.identity import Department
from resolvers.context import Context, any_of
from resolvers.plain import Also
from resolvers.refusals import Refused


class DepartmentsInCircle(Refused):
    """The department would be part of itself, directly or through others."""

    code = "DEPARTMENTS_IN_CIRCLE"


async def expect_no_circle(context: Context, department: Department) -> None:
    """Refuse a parent that is part of the department already, or is the department; the tree stays locked."""
    if department.parent_id is None:
        return
    await context.all(select(Company.id).with_for_update(key_share=True))
    if department.parent_id in await parts_of(context, [department.id]):
        said = "No department is part of itself, directly or through others."
        raise DepartmentsInCircle(said, path=("parent_id",))


ALSO_WHEN_UPDATED: Final = Also(before=expect_no_circle, refuses=(DepartmentsInCircle,))


async def parts_of(context: Context, departments: Collection[UUID]) -> set[UUID]:
    """Return some departments and all their parts, however deep."""
    tree = select(Department.id).where(Department.id == any_of(list(departments))).cte("tree", recursive=True)
    below = select(Department.id, Department.parent_id).subquery()
    tree = tree.union(select(below.c.id).where(below.c.parent_id == tree.c.id))
    return set(await context.all(select(tree.c.id)))
