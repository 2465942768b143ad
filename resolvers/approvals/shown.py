"""What is shown of a request to whoever may see it: who asked, its steps with who may decide them, and what was said.

Names of colleagues are shown to whoever has to do with a request, whether they may see the company's people or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Annotated
from uuid import UUID

from sqlalchemy import select

from db.models.approvals import (
    ApprovalDecision,
    ApprovalRequest,
    ApprovalStep,
    ApproverKind,
    StepStatus,
    Verdict,
)
from db.models.identity import User
from resolvers.approvals.deciding import DECIDE
from resolvers.approvals.people import approving
from resolvers.approvals.running import waiting_for_me
from resolvers.computed import computed
from resolvers.context import Looking, any_of
from resolvers.operation import Names


@dataclass(frozen=True, slots=True)
class ApprovalPerson:
    """Somebody who has to do with a request."""

    id: Annotated[UUID, Names("User"), "Who it is."]
    name: Annotated[str, "Given and family name."]


@dataclass(frozen=True, slots=True)
class ApprovalStepShown:
    """One step of a request."""

    number: Annotated[int, "Place among the steps, from 0."]
    kind: Annotated[ApproverKind, "How the policy says who approves."]
    status: Annotated[StepStatus, "Where it stands."]
    approvers: Annotated[list[ApprovalPerson], "Who may decide it, in their own right."]
    due_at: Annotated[
        datetime | None, "When it goes up to the managers of those who have not decided; null where it does not."
    ]


@dataclass(frozen=True, slots=True)
class ApprovalDecisionShown:
    """What somebody said to a step of a request."""

    step: Annotated[int, "The step, from 0."]
    round: Annotated[int, "Which time that the request began at its first step."]
    verdict: Annotated[Verdict, "What was said."]
    decided_by: Annotated[ApprovalPerson, "Who said it."]
    on_behalf_of: Annotated[ApprovalPerson | None, "For whom; null where they decided in their own right."]
    comment: Annotated[str | None, "What they wrote beside it."]
    decided_at: Annotated[datetime, "When."]


async def _people(looking: Looking, users: set[UUID]) -> Mapping[UUID, ApprovalPerson]:
    rows = await looking.rows(select(User.id, User.first_name, User.last_name).where(User.id == any_of(sorted(users))))
    return {id_: ApprovalPerson(id_, f"{first} {last}".strip()) for id_, first, last in rows}


@computed(ApprovalRequest, needs=DECIDE)
async def requested_by(looking: Looking, requests: Sequence[ApprovalRequest]) -> Sequence[ApprovalPerson]:
    """Who asked for it."""
    people = await _people(looking, {each.requester_id for each in requests})
    return [people[each.requester_id] for each in requests]


@computed(ApprovalRequest, needs=DECIDE)
async def can_decide(looking: Looking, requests: Sequence[ApprovalRequest]) -> Sequence[bool]:
    """Whether it waits for you, for yourself or as who stands in for somebody."""
    return [refusal is None for refusal in await waiting_for_me(looking, requests)]


@computed(ApprovalRequest, needs=DECIDE)
async def steps(looking: Looking, requests: Sequence[ApprovalRequest]) -> Sequence[list[ApprovalStepShown]]:
    """Its steps in order, as the policy had them."""
    asked = any_of([each.id for each in requests])
    rows: Sequence[ApprovalStep] = await looking.all(
        select(ApprovalStep)
        .where(ApprovalStep.request_id == asked)
        .order_by(ApprovalStep.request_id, ApprovalStep.number)
    )
    who = approving()
    may = await looking.rows(
        select(who.c.request_id, who.c.number, who.c.user_id)
        .where(who.c.request_id == asked)
        .order_by(who.c.request_id, who.c.number, who.c.user_id)
    )
    people = await _people(looking, {user for _, _, user in may})
    deciding = {
        key: [people[user] for _, _, user in group] for key, group in groupby(may, key=lambda row: (row[0], row[1]))
    }
    found: dict[UUID, list[ApprovalStepShown]] = {each.id: [] for each in requests}
    for row in rows:
        approvers = deciding.get((row.request_id, row.number), [])
        shown = ApprovalStepShown(row.number, row.kind, row.status, approvers, row.due_at)
        found[row.request_id].append(shown)
    return [found[each.id] for each in requests]


@computed(ApprovalRequest, needs=DECIDE)
async def decisions(looking: Looking, requests: Sequence[ApprovalRequest]) -> Sequence[list[ApprovalDecisionShown]]:
    """What was said to its steps, the first one first; it is never changed."""
    asked = any_of([each.id for each in requests])
    rows: Sequence[ApprovalDecision] = await looking.all(
        select(ApprovalDecision).where(ApprovalDecision.request_id == asked).order_by(ApprovalDecision.id)
    )
    named = {who for row in rows for who in (row.decided_by_id, row.on_behalf_of_id) if who is not None}
    people = await _people(looking, named)
    found: dict[UUID, list[ApprovalDecisionShown]] = {each.id: [] for each in requests}
    for row in rows:
        found[row.request_id].append(
            ApprovalDecisionShown(
                row.step,
                row.round,
                row.verdict,
                people[row.decided_by_id],
                people[row.on_behalf_of_id] if row.on_behalf_of_id else None,
                row.comment,
                row.created_at,
            )
        )
    return [found[each.id] for each in requests]
