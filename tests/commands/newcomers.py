"""New hires on the ground: one in each state that some mutation needs, all in a published flow of their own."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select
from uuid_utils.compat import uuid7

from db.models.onboarding import (
    Flow,
    FlowRevision,
    FlowStatus,
    NewHire,
    NewHireStatus,
    OnboardingInvitation,
    Progress,
    ProgressStatus,
)
from resolvers.context import Context
from resolvers.onboarding.hires import lay_out

NAMED: Final = {
    "onboarding.invitation.sent",
    "onboarding.invitation.resent",
    "onboarding.cancelled",
    "onboarding.reopened",
    "onboarding.erased",
    "onboarding.block.returned",
}
"""The events that mutations of these publish beside those of their rows."""


@dataclass(frozen=True)
class Newcomers:
    """A published flow of one block, and who goes through it; `done` is the block of who is active, completed."""

    flow: Flow
    fresh: NewHire
    expired: NewHire
    active: NewHire
    completed: NewHire
    done: Progress
    chosen: dict[tuple[str, str], Any] = field(default_factory=dict[tuple[str, str], Any])


async def add_newcomers(context: Context) -> Newcomers:
    """Put them into a company."""
    flow = Flow(id=uuid7(), name="Newcomers", duration_days=30, status=FlowStatus.PUBLISHED)
    context.add(flow)
    await context.flush()
    facts = {"flow_id": flow.id, "number": 1, "name": flow.name, "language": "en", "published_at": context.now}
    revision = FlowRevision(id=uuid7(), content={"stages": [_stage()]}, **facts)
    context.add(revision)
    await context.flush()
    hires = fresh, expired, active, completed = [_hire(context, revision, status) for status in _statuses()]
    context.add(*hires)
    await context.flush()
    context.add(*(_invitation(context, hire) for hire in hires if hire is not fresh))
    for hire in hires:
        await lay_out(context, hire)
    [done] = await context.all(select(Progress).where(Progress.new_hire_id == active.id))
    done.status, done.completed_at = ProgressStatus.COMPLETED, context.now
    await context.flush()
    made = Newcomers(flow, fresh, expired, active, completed, done)
    made.chosen.update(_chosen(made))
    return made


def _statuses() -> list[NewHireStatus]:
    return [NewHireStatus.PENDING, NewHireStatus.EXPIRED, NewHireStatus.ACTIVE, NewHireStatus.COMPLETED]


def _hire(context: Context, revision: FlowRevision, status: NewHireStatus) -> NewHire:
    person = {"email": f"{status.value}@newcomers.example", "first_name": status.value, "last_name": "Ground"}
    invited = {"invited_at": context.now, "invitation_count": 1} if status is not NewHireStatus.PENDING else {}
    facts = {"flow_id": revision.flow_id, "revision_id": revision.id, "status": status}
    return NewHire(id=uuid7(), **facts, **invited, **person)


def _invitation(context: Context, hire: NewHire) -> OnboardingInvitation:
    times = {"sent_at": context.now, "expires_at": context.now + timedelta(days=30)}
    return OnboardingInvitation(new_hire_id=hire.id, number=1, token_hash=b"x" * 32, **times)


def _stage() -> dict[str, Any]:
    block = {"id": str(uuid7()), "type": "text_input", "base": "text_input", "position": 0, "title": "Name"}
    block |= {"content": None, "config": {}, "required": True, "display_only": False, "assignee": "new_hire"}
    block |= {"estimated_minutes": None, "condition": None, "maps_to": None, "value_schema": None}
    stage = {"id": str(uuid7()), "name": "First", "description": None, "type": "form", "position": 0, "lock": "free"}
    return stage | {"available_offset_days": 0, "due_offset_days": 3, "visible_if": None, "blocks": [block]}


def _chosen(made: Newcomers) -> dict[tuple[str, str], Any]:
    """Return on whom each mutation is tried."""
    return {
        ("createNewHire", "flow_id"): made.flow,
        ("resendInvitation", "id"): made.expired,
        ("deleteNewHire", "id"): made.expired,
        ("setNewHireStatus", "id"): made.expired,
        ("cancelNewHire", "id"): made.active,
        ("reopenOnboarding", "id"): made.completed,
        ("eraseNewHire", "id"): made.completed,
        ("returnBlock", "id"): made.done,
        ("acceptBlock", "id"): made.done,
    }
