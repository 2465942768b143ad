"""Departments: a tree of the company's parts. No department is part of itself, directly or through others."""

from typing import Final

from db.models.identity import Department
from resolvers.context import Context
from resolvers.plain import Also
from resolvers.refusals import Refused
from resolvers.trees import closes_circle


class DepartmentsInCircle(Refused):
    """The department would be part of itself, directly or through others."""

    code = "DEPARTMENTS_IN_CIRCLE"


async def expect_no_circle(context: Context, department: Department) -> None:
    """Refuse a parent that is part of the department already, or is the department."""
    if await closes_circle(context, department, "parent_id"):
        said = "No department is part of itself, directly or through others."
        raise DepartmentsInCircle(said, path=("parent_id",))


ALSO_WHEN_UPDATED: Final = Also(before=expect_no_circle, refuses=(DepartmentsInCircle,))
