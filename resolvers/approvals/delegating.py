"""Standing in: somebody decides for somebody else for some days, both days included, where that one works.

It is not handed on: whoever stands in decides for the one who asked them to, and not for those who asked that one.
"""

from datetime import date
from typing import Annotated, Final

from sqlalchemy import or_, select
from uuid_utils.compat import uuid7

from db.models.approvals import Delegation
from db.models.identity import User
from resolvers.approvals.deciding import DECIDE
from resolvers.approvals.events import ApprovalsDelegated, DelegationRevoked
from resolvers.approvals.running import MANAGE
from resolvers.context import Context, Looking
from resolvers.operation import operation
from resolvers.reading import reading
from resolvers.refusals import AlreadyExists, InvalidInput, NotFound

LONGEST: Final = 366


@operation(DECIDE, refuses=[InvalidInput, AlreadyExists], emits=["approval.delegation.created", "approval.delegated"])
async def delegate_approvals(
    context: Context,
    from_date: Annotated[date, "First day, in your time zone."],
    to_date: Annotated[date, "Last day, in your time zone: a year later at most."],
    to_user: Annotated[User, "Who decides for you: somebody of the company who may sign in."],
) -> Delegation:
    """Let somebody decide for you for some days. They decide nothing that they or you have asked for."""
    me = context.principal.user_id
    if me is None:
        raise InvalidInput("A person has somebody stand in, who has signed in.")
    if to_user.id == me:
        raise InvalidInput("Somebody else stands in for you.", path=("to_user_id",))
    if not to_user.is_active:
        raise InvalidInput("They may not sign in.", path=("to_user_id",))
    if not 0 <= (to_date - from_date).days <= LONGEST:
        raise InvalidInput("The last day follows the first, within a year.", path=("to_date",))
    await _expect_free(context, me, to_user, from_date, to_date)
    delegation = Delegation(id=uuid7(), from_user_id=me, to_user_id=to_user.id, from_date=from_date, to_date=to_date)
    context.add(delegation)
    await context.flush()
    told = ApprovalsDelegated(from_user_id=me, to_user_id=to_user.id, from_date=from_date, to_date=to_date)
    await context.publish(told, delegation)
    return delegation


async def _expect_free(context: Context, me: object, to_user: User, from_date: date, to_date: date) -> None:
    """Refuse what is so already: the same person on one of the days."""
    same = select(Delegation.id).where(Delegation.from_user_id == me, Delegation.to_user_id == to_user.id)
    living = same.where(Delegation.revoked_at.is_(None))
    if await context.all(living.where(Delegation.from_date <= to_date, Delegation.to_date >= from_date).limit(1)):
        raise AlreadyExists("They stand in for you on some of these days already.", path=("from_date",))


@operation(DECIDE, refuses=[AlreadyExists], emits=["approval.delegation.updated", "approval.delegation_revoked"])
async def revoke_delegation(context: Context, delegation: Delegation) -> Delegation:
    """Have nobody stand in any more, from now on. Whoever manages approvals may do it for others."""
    me = context.principal
    if delegation.from_user_id != me.user_id and not me.can(MANAGE):
        raise NotFound("There is no such delegation.", path=("id",))
    if delegation.revoked_at is not None:
        raise AlreadyExists("It was taken back before.", path=("id",))
    delegation.revoked_at = context.now
    told = DelegationRevoked(from_user_id=delegation.from_user_id, to_user_id=delegation.to_user_id)
    await context.publish(told, delegation)
    return delegation


@reading(DECIDE)
async def my_delegations(looking: Looking) -> list[Delegation]:
    """Who stands in for you, and for whom you do: the newest first, 200 at most."""
    me = looking.asking.principal.user_id
    mine = select(Delegation).where(or_(Delegation.from_user_id == me, Delegation.to_user_id == me))
    return list(await looking.all(mine.order_by(Delegation.id.desc()).limit(200)))
