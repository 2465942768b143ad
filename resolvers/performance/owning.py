"""Whose an objective is, as somebody may change it who holds the permission for some people only.

Who owns a key result is let in to its objective, and reports on that key result; the rest is for who answers for the
objective. What who asks may not see is as if it were not there.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from sqlalchemy import select, true

from db.models.performance import KeyResult, Okr
from resolvers.context import Context, Looking, any_of
from resolvers.performance.refusals import NotYourOkr
from resolvers.refusals import NotFound
from resolvers.scopes import Reach, belongs_of, within

READ: Final = "okrs.read"
EDIT: Final = "okrs.edit"


async def answers_for(context: Context, okr_id: UUID) -> bool:
    """Tell whether who asks may change an objective, and not only report on a key result of it."""
    who = context.principal
    scope, belongs = who.within(EDIT), belongs_of(Okr)
    if scope is None or who.id is None or belongs is None:
        return True
    condition = Reach(EDIT, scope, who.id).holds(Okr, Okr, replace(belongs, links=()))
    return bool(await context.all(select(Okr.id).where(Okr.id == okr_id, condition)))


async def expect_answers_for(context: Context, okr: Okr) -> None:
    """Refuse who only reports on a key result of an objective."""
    if not await answers_for(context, okr.id):
        raise NotYourOkr("Whoever answers for the objective does this.")


async def expect_reports_on(context: Context, key_result: KeyResult) -> None:
    """Refuse who neither answers for the objective of a key result nor owns the key result."""
    owns = context.principal.user_id is not None and key_result.owner_id == context.principal.user_id
    if not owns and not await answers_for(context, key_result.okr_id):
        raise NotYourOkr("Whoever answers for the objective does this, or who owns the key result.")


async def expect_seen(context: Context, okr_id: UUID, path: str) -> None:
    """Refuse an objective that is not there for who asks."""
    if not await seen_of(context.looking, [okr_id]):
        raise NotFound("There is no such okr.", path=(path,))


async def seen_of(looking: Looking, okr_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Return those of some objectives that who asks may see."""
    reached = within(looking.asking.principal, READ, Okr, Okr)
    asked = select(Okr.id).where(Okr.id == any_of(okr_ids), true() if reached is None else reached)
    return frozenset(await looking.all(asked))
