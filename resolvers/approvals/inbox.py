"""What waits for somebody: asked for page by page, and watched."""

from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from sqlalchemy import func, select

from db.models.approvals import ApprovalRequest
from resolvers.approvals.deciding import DECIDE, READ
from resolvers.approvals.people import APPROVE, authorities, concerns, waits_for
from resolvers.context import Looking
from resolvers.duties import duties_of
from resolvers.operation import Names
from resolvers.reading import reading
from resolvers.watching import watching
from subscriptions.events import Event
from subscriptions.followers import Matches

PAGE: Final = 50
LARGEST: Final = 200
CONCERNING: Final = frozenset({"ApprovalRequest", "ApprovalStep", "ApprovalApprover", "Delegation", "UserRole"})
"""What has to change before something else waits for somebody; what bars people changes beside it."""


@dataclass(frozen=True, slots=True)
class ApprovalInbox:
    """What waits for somebody's approval, also as who stands in for others: the newest first."""

    requests: Annotated[list[ApprovalRequest], "The requests of the page."]
    total: Annotated[int, "How many requests wait, on all pages."]
    next: Annotated[
        UUID | None, Names("ApprovalRequest"), "Give it to `after` for the page that follows; null on the last."
    ]


@reading(DECIDE)
async def my_approvals(
    looking: Looking,
    first: Annotated[int, "How many: 1 to 200."] = PAGE,
    after: Annotated[UUID | None, Names("ApprovalRequest"), "The request with which the page before ended."] = None,
) -> ApprovalInbox | None:
    """What waits for your approval, also as who stands in for others: newest first. Null after what is not there."""
    size = max(1, min(first, LARGEST))
    if after is not None and not await looking.all(select(ApprovalRequest.id).where(ApprovalRequest.id == after)):
        return None
    return await _inbox(looking, size, after)


@reading(DECIDE)
async def approval(
    looking: Looking, id: Annotated[UUID, Names("ApprovalRequest"), "The request."]
) -> ApprovalRequest | None:
    """One request: that you have made, that is or was yours to decide, or any with the permission `approvals.read`."""
    me = looking.asking.principal
    wanted = select(ApprovalRequest).where(ApprovalRequest.id == id)
    if not me.can(READ):
        if me.user_id is None:
            return None
        wanted = wanted.where(concerns(me.user_id, await authorities(looking, me.user_id)))
    return next(iter(await looking.all(wanted)), None)


@reading(DECIDE)
async def my_approval_requests(looking: Looking) -> list[ApprovalRequest]:
    """What you have asked for: the newest first, 200 at most."""
    mine = select(ApprovalRequest).where(ApprovalRequest.requester_id == looking.asking.principal.user_id)
    return list(await looking.all(mine.order_by(ApprovalRequest.id.desc()).limit(LARGEST)))


def _about_inbox() -> Matches:
    """Match whatever may change what waits for anybody, or whom a duty bars."""
    models = {model.__name__ for duty in duties_of(APPROVE) for model in (duty.model, *duty.parts)}
    concerning = CONCERNING | models

    def matches(event: Event) -> bool:
        return event.subject_type in concerning

    return matches


@watching(DECIDE, about=_about_inbox)
async def approval_inbox(looking: Looking) -> ApprovalInbox | None:
    """What waits for your approval: the newest 50, and how many there are."""
    return await _inbox(looking, PAGE, None)


async def _inbox(looking: Looking, size: int, after: UUID | None) -> ApprovalInbox:
    me = looking.asking.principal.user_id
    if me is None:
        return ApprovalInbox([], 0, None)
    waiting = waits_for(me, await authorities(looking, me), looking.asking.now)
    [total] = await looking.all(select(func.count(ApprovalRequest.id)).where(waiting))
    page: Any = select(ApprovalRequest).where(waiting).order_by(ApprovalRequest.id.desc()).limit(size + 1)
    found = await looking.all(page.where(ApprovalRequest.id < after) if after is not None else page)
    shown = list(found[:size])
    return ApprovalInbox(shown, total, shown[-1].id if len(found) > size else None)
