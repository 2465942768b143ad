"""Who may decide: whom a step means, who takes the place of those who cannot, and for whom somebody stands in.

Whoever asked for a document, and whomever a duty bars, is as good as away: where nobody else is meant, it goes up the
line to the first who can. That somebody stands in for them changes nothing of it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    and_,
    any_,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    union,
)
from sqlalchemy.orm import aliased

from db.models.approvals import (
    ApprovalApprover,
    ApprovalDecision,
    ApprovalPolicy,
    ApprovalRequest,
    ApprovalStatus,
    ApprovalStep,
    ApproverKind,
    Delegation,
    Verdict,
)
from db.models.identity import GrantScope, User, UserRole
from resolvers.approvals.documents import APPROVABLES
from resolvers.context import Looking, any_of
from resolvers.duties import barred_from, duties_of
from resolvers.reporting import line_above

APPROVE: Final = "approve"
"""What duties call deciding a request: of its document, and of the policy that it follows."""


class Meant(Protocol):
    """What says whom a step means: a step of a policy, or of a request."""

    kind: Any
    user_id: Any
    role_id: Any
    level: Any


@dataclass(frozen=True, slots=True)
class Lines:
    """Some people of a company: who is above them, who of all these may sign in, and who holds which role."""

    above: Mapping[UUID, Sequence[UUID]]
    active: frozenset[UUID]
    holders: Mapping[UUID, Sequence[UUID]]

    def fit(self, users: Iterable[UUID], barred: Collection[UUID]) -> list[UUID]:
        """Return those of some people who can decide."""
        return [user for user in users if user in self.active and user not in barred]

    def up(self, users: Iterable[UUID], barred: Collection[UUID]) -> dict[UUID, UUID]:
        """Return the first above each of some people who can decide, and in whose place that is."""
        found = {user: self.fit(self.above.get(user, ()), barred) for user in users}
        return {fit[0]: user for user, fit in reversed(found.items()) if fit}


async def lines_of(looking: Looking, users: Iterable[UUID], roles: Iterable[UUID | None] = ()) -> Lines:
    """Read some people and the holders of some roles, with everybody above them: three statements, however many."""
    wanted = sorted({role for role in roles if role is not None})
    throughout = UserRole.scope == GrantScope.TENANT
    held = select(UserRole.role_id, UserRole.user_id).where(UserRole.role_id == any_of(wanted), throughout)
    holders: dict[UUID, list[UUID]] = {role: [] for role in wanted}
    for role, user in await looking.rows(held.order_by(UserRole.user_id)) if wanted else ():
        holders[role].append(user)
    asked = sorted({*users, *(user for each in holders.values() for user in each)})
    above = await line_above(looking, asked)
    known = sorted({*asked, *(user for line in above.values() for user in line)})
    active = await looking.all(select(User.id).where(User.id == any_of(known), User.is_active))
    return Lines(above, frozenset(active), holders)


def meant_by(step: Meant, requester: UUID, lines: Lines) -> Sequence[UUID]:
    """Return whom a step means, whether they can decide or not."""
    line = lines.above.get(requester, ())
    match step.kind:
        case ApproverKind.USER:
            return [step.user_id]
        case ApproverKind.ROLE:
            return lines.holders.get(step.role_id, ())
        case ApproverKind.MANAGER:
            return line[:1]
        case _:
            return line[step.level - 1 : step.level]


@dataclass(frozen=True, slots=True)
class Barred:
    """Who cannot decide a request: its requester, and whom a duty bars, with the reason."""

    requester: UUID
    by_duty: Mapping[UUID, str] = field(default_factory=dict[UUID, str])

    @property
    def users(self) -> frozenset[UUID]:
        """All of them."""
        return frozenset({self.requester, *self.by_duty})


async def barred_of(looking: Looking, request: ApprovalRequest) -> Barred:
    """Return who cannot decide a request, in one statement."""
    model = APPROVABLES[request.document_type].model
    subjects = {model: request.document_id, ApprovalPolicy: request.policy_id}
    return Barred(request.requester_id, await barred_from(looking, APPROVE, subjects))


def deputised(me: UUID, now: datetime) -> Any:
    """Select for whom somebody decides today, in the time zone of each who lets them."""
    today = cast(func.timezone(User.timezone, literal(now, DateTime(timezone=True))), Date)
    return (
        select(Delegation.from_user_id)
        .join(User, User.id == Delegation.from_user_id)
        .where(Delegation.to_user_id == me, Delegation.revoked_at.is_(None), User.is_active)
        .where(today.between(Delegation.from_date, Delegation.to_date))
    )


async def authorities(looking: Looking, me: UUID) -> Sequence[UUID]:
    """Return for whom somebody decides: for themselves first, then for those who let them."""
    others = await looking.all(deputised(me, looking.asking.now).distinct().order_by(Delegation.from_user_id))
    return [me, *others]


async def deputies_of(looking: Looking, users: Sequence[UUID]) -> Sequence[UUID]:
    """Return who decides today for some people."""
    today = cast(func.timezone(User.timezone, literal(looking.asking.now, DateTime(timezone=True))), Date)
    return await looking.all(
        select(Delegation.to_user_id)
        .join(User, User.id == Delegation.from_user_id)
        .where(Delegation.from_user_id == any_of(users), Delegation.revoked_at.is_(None))
        .where(today.between(Delegation.from_date, Delegation.to_date))
        .distinct()
    )


def approving() -> Any:
    """Select who may decide which step of which request: by name, and by a role that they hold now."""
    named = select(ApprovalStep.request_id, ApprovalStep.number, ApprovalApprover.user_id).join(
        ApprovalApprover, ApprovalApprover.step_id == ApprovalStep.id
    )
    held = (
        select(ApprovalStep.request_id, ApprovalStep.number, UserRole.user_id)
        .join(UserRole, UserRole.role_id == ApprovalStep.role_id)
        .join(User, User.id == UserRole.user_id)
        .where(User.is_active, UserRole.scope == GrantScope.TENANT)
    )
    return union(named, held).subquery("approving")


def barred_by_duty(now: datetime, *users: Any) -> ColumnElement[bool]:
    """Select the requests that wait and that a duty keeps one of some users from deciding."""
    pending = aliased(ApprovalRequest)
    waiting = pending.status == ApprovalStatus.PENDING
    found: list[ColumnElement[bool]] = []
    for duty in duties_of(APPROVE):
        if duty.model is ApprovalPolicy:
            subject, subjects = ApprovalRequest.policy_id, select(pending.policy_id).where(waiting)
        else:
            subject, named = ApprovalRequest.document_id, pending.document_type == duty.model.__name__
            subjects = select(pending.document_id).where(waiting, named)
        did = duty.did(any_(subjects.scalar_subquery()), now).subquery()
        mine = select(literal(1)).select_from(did).where(did.c.subject == subject, did.c.who.in_(users))
        found.append(mine.correlate_except(did).exists())
    return or_(false(), *found)


def waits_for(me: UUID, whom: Sequence[UUID], now: datetime) -> ColumnElement[bool]:
    """Select the requests that somebody may decide now, for themselves or for one of some people."""
    who = approving()
    spent = and_(
        ApprovalRequest.distinct_people,
        select(ApprovalDecision.id)
        .where(ApprovalDecision.request_id == ApprovalRequest.id, ApprovalDecision.round == ApprovalRequest.round)
        .where(ApprovalDecision.verdict == Verdict.APPROVED)
        .where(
            or_(
                ApprovalDecision.decided_by_id.in_([me, who.c.user_id]),
                ApprovalDecision.on_behalf_of_id.in_([me, who.c.user_id]),
            )
        )
        .correlate(ApprovalRequest, who)
        .exists(),
    )
    mine = (
        select(literal(1))
        .select_from(who)
        .where(who.c.request_id == ApprovalRequest.id, who.c.number == ApprovalRequest.step)
        .where(who.c.user_id == any_of(whom), who.c.user_id != ApprovalRequest.requester_id)
        .where(~spent, ~barred_by_duty(now, me, who.c.user_id))
        .correlate(ApprovalRequest)
        .exists()
    )
    return and_(ApprovalRequest.status == ApprovalStatus.PENDING, ApprovalRequest.requester_id != me, mine)


def concerns(me: UUID, whom: Sequence[UUID]) -> ColumnElement[bool]:
    """Select the requests that somebody has to do with: who asked for it, may decide a step, or has decided one."""
    who = approving()
    may = select(who.c.request_id).where(who.c.user_id == any_of(whom))
    did = select(ApprovalDecision.request_id).where(
        or_(ApprovalDecision.decided_by_id == me, ApprovalDecision.on_behalf_of_id == me)
    )
    return or_(ApprovalRequest.requester_id == me, ApprovalRequest.id.in_(may), ApprovalRequest.id.in_(did))
