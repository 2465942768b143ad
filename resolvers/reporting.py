"""Reporting lines: whom people report to, up to the one who reports to nobody. None comes back to where it began."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Integer, literal, select

from db.models.identity import User
from resolvers.context import Context, Looking, any_of
from resolvers.refusals import Refused
from resolvers.trees import closes_circle

LONGEST_LINE: Final = 100
"""Managers above somebody at most; no company is as high, and a question up the line always ends."""


class ReportsInCircle(Refused):
    """The person would report to themselves, directly or through others."""

    code = "REPORTS_IN_CIRCLE"


async def expect_no_circle(context: Context, user: User) -> None:
    """Refuse a manager who reports to the person already, or who is the person."""
    if await closes_circle(context, user, "manager_id"):
        raise ReportsInCircle("Nobody reports to themselves, directly or through others.", path=("manager_id",))


async def line_above(looking: Looking, users: Sequence[UUID]) -> Mapping[UUID, Sequence[UUID]]:
    """Return who is above some users, each from their manager up, in one statement."""
    begun = select(User.id.label("of"), User.id.label("user_id"), literal(0, Integer).label("steps"))
    line = begun.where(User.id == any_of(users)).cte("line", recursive=True)
    below = select(User.id, User.manager_id).subquery()
    line = line.union_all(
        select(line.c.of, below.c.manager_id, line.c.steps + 1)
        .join(below, below.c.id == line.c.user_id)
        .where(below.c.manager_id.is_not(None), line.c.steps < LONGEST_LINE)
    )
    rows = await looking.rows(
        select(line.c.of, line.c.user_id).where(line.c.steps > 0).order_by(line.c.of, line.c.steps)
    )
    above: dict[UUID, list[UUID]] = {user: [] for user in users}
    for of, user_id in rows:
        above[of].append(user_id)
    return above
