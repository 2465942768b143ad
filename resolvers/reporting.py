"""Reporting lines: whom people report to, up to the one who reports to nobody. None comes back to where it began.

Whoever draws a line locks the company's row first, so that of two who would close a circle together one is refused.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Integer, literal, select

from db.models.company import Company
from db.models.identity import User
from resolvers.context import Context, Looking, any_of
from resolvers.refusals import Refused

LONGEST_LINE: Final = 100
"""Managers above somebody at most; no company is as high, and a question up the line always ends."""


class ReportsInCircle(Refused):
    """The person would report to themselves, directly or through others."""

    code = "REPORTS_IN_CIRCLE"


async def expect_no_circle(context: Context, user: User) -> None:
    """Refuse a manager who reports to the person already, or who is the person; the lines stay locked."""
    if user.manager_id is None:
        return
    await context.all(select(Company.id).with_for_update(key_share=True))
    above = select(_above([user.manager_id]).c.user_id)
    if user.id in await context.all(above):
        raise ReportsInCircle("Nobody reports to themselves, directly or through others.", path=("manager_id",))


async def line_above(looking: Looking, users: Sequence[UUID]) -> Mapping[UUID, Sequence[UUID]]:
    """Return who is above some users, each from their manager up, in one statement."""
    line = _above(users)
    rows = await looking.rows(
        select(line.c.of, line.c.user_id).where(line.c.steps > 0).order_by(line.c.of, line.c.steps)
    )
    above: dict[UUID, list[UUID]] = {user: [] for user in users}
    for of, user_id in rows:
        above[of].append(user_id)
    return above


def _above(users: Sequence[UUID]) -> Any:
    """Select some users and everybody above them, with whose line it is and how many steps up they are."""
    begun = select(User.id.label("of"), User.id.label("user_id"), literal(0, Integer).label("steps"))
    line = begun.where(User.id == any_of(users)).cte("line", recursive=True)
    below = select(User.id, User.manager_id).subquery()
    further = (
        select(line.c.of, below.c.manager_id, line.c.steps + 1)
        .join(below, below.c.id == line.c.user_id)
        .where(below.c.manager_id.is_not(None), line.c.steps < LONGEST_LINE)
    )
    return line.union_all(further)
