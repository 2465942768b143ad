"""What a user may, read in one statement."""

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Interval, Uuid, bindparam, func, select

from auth.principal import Principal
from auth.roles import permissions_of
from auth.tokens import SignedIn
from db.models.identity import User
from db.models.sign_in import UserSession
from db.session import Database
from db.tenancy import Placement, folded_text
from resolvers.standings import grants_of, held_in_scopes, held_throughout, roles_held

ENDED_WITHIN: Final = timedelta(hours=1)
"""For how long it has to be known that a session ended: longer than its access tokens live, whatever the clocks say."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Who a user is and what they may, and which of their tokens count: none of sessions that `ended`.

    `second_factor` says that they have one: nobody signs in without it.
    """

    principal: Principal
    token_version: int
    ended: frozenset[UUID] = frozenset()
    second_factor: bool = False

    def lets_in(self, token: SignedIn) -> bool:
        """Tell whether an access token of the user still counts."""
        return token.token_version == self.token_version and token.session_id not in self.ended


async def look(database: Database, placement: Placement, user_id: UUID) -> Standing | None:
    """Read the standing of a user who may sign in, in one statement and one round trip."""
    rows = await database.one(placement, _asked(placement.schema), [ENDED_WITHIN, user_id])
    for email, is_active, token_version, second_factor, roles, ended in rows:
        if is_active:
            grants = grants_of(roles, permissions_of)
            may, scoped = held_throughout(grants), held_in_scopes(grants)
            principal = Principal("user", user_id, placement.tenant_id, may, email, scoped=scoped)
            return Standing(principal, token_version, frozenset(ended or ()), second_factor)
    return None


@lru_cache(maxsize=1_000)
def _asked(schema: str) -> str:
    return folded_text(_statement(), schema)


def _statement() -> Any:
    roles = roles_held()
    ended = (
        select(func.array_agg(UserSession.id))
        .where(UserSession.user_id == User.id)
        .where(UserSession.ended_at > func.now() - bindparam("within", type_=Interval()))
        .scalar_subquery()
    )
    of_user = (User.email, User.is_active, User.token_version, User.mfa_enabled)
    columns = (*of_user, roles.label("roles"), ended.label("ended"))
    return select(*columns).where(User.id == bindparam("user_id", type_=Uuid()))
