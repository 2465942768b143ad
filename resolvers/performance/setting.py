"""Setting objectives: for whom, aligned to what, and how they begin and end."""

from decimal import Decimal
from typing import Annotated, Final
from uuid import UUID

from sqlalchemy import literal, select
from uuid_utils.compat import uuid7

from db.models.hr import Employee
from db.models.identity import Department, Team
from db.models.performance import (
    Okr,
    OkrOwnerType,
    OkrStatus,
    OkrVisibility,
    PerformanceCycle,
    PerformanceCycleStatus,
)
from resolvers import ids
from resolvers.context import Context
from resolvers.okrs.numbers import as_stored
from resolvers.operation import Names, operation
from resolvers.performance.days import today
from resolvers.performance.owning import EDIT, answers_for, expect_answers_for, expect_seen, seen_of
from resolvers.performance.refusals import (
    CycleDetected,
    CycleNotOpen,
    NoKeyResults,
    NoMilestones,
    NotYourOkr,
    OkrClosed,
    OkrNotDraft,
    WeightsNotWhole,
)
from resolvers.performance.rolling import ROLLED, hold_alignment, roll_up, roll_up_from, share_alignment
from resolvers.performance.states import ACTIVATE, CANCEL, COMPLETE
from resolvers.performance.texts import a_text
from resolvers.places import table_of
from resolvers.plain import Also
from resolvers.refusals import InvalidInput, NotFound
from resolvers.values import check_values

ONE: Final = Decimal(1)
SETTLED: Final = (OkrStatus.COMPLETED, OkrStatus.CANCELLED)
OVER: Final = (PerformanceCycleStatus.RELEASED, PerformanceCycleStatus.CLOSED)
REASON: Final = "Why: 1 to 5,000 characters."


@operation(
    EDIT,
    refuses=[InvalidInput, NotFound, CycleNotOpen],
    emits=["performance.okr.created"],
    scoped=True,
)
async def create_okr(  # noqa: PLR0913 - all that an objective is
    context: Context,
    objective: Annotated[str, "What is to be achieved: 1 to 500 characters."],
    owner_type: Annotated[OkrOwnerType, "Whose it is."],
    cycle: Annotated[PerformanceCycle, "The cycle that it is for."],
    *,
    employee: Annotated[Employee | None, "The employee, of an employee's."] = None,
    team: Annotated[Team | None, "The team, of a team's."] = None,
    department: Annotated[Department | None, "The department, of a department's."] = None,
    parent_id: Annotated[UUID | None, Names("Okr"), "What it is aligned to: one that you may see."] = None,
    description: Annotated[str | None, "Why, and what it is about."] = None,
    weight: Annotated[Decimal, "How much it counts for what it is aligned to. 1 when left out."] = ONE,
    key_results_weight: Annotated[
        Decimal, "How much its own key results count, together, beside what is aligned to it. 1 when left out."
    ] = ONE,
    visibility: Annotated[OkrVisibility, "Who sees it. Everybody when left out."] = OkrVisibility.PUBLIC,
) -> Okr:
    """Set an objective, as a draft.

    For oneself, for those who report to one, or for a team or a department that one leads; who holds the permission
    throughout the company sets them for anybody, and those of the company.
    """
    if cycle.status in OVER:
        raise CycleNotOpen(f"The cycle is {cycle.status.value}.", path=("cycle_id",))
    if parent_id is not None:
        await expect_seen(context, parent_id, "parent_id")
    owner = _owner(owner_type, employee, team, department)
    okr = Okr(
        id=uuid7(),
        cycle_id=cycle.id,
        owner_type=owner_type,
        parent_id=parent_id,
        objective=objective,
        description=description,
        weight=weight,
        key_results_weight=key_results_weight,
        visibility=visibility,
        **owner,
    )
    _check(okr)
    okr.weight, okr.key_results_weight = as_stored(weight), as_stored(key_results_weight)
    context.add(okr)
    await context.flush()
    if not await answers_for(context, okr.id):
        raise NotFound("You set no objectives for them.", path=(_named(owner_type),))
    return okr


def _named(owner_type: OkrOwnerType) -> str:
    return "owner_type" if owner_type is OkrOwnerType.COMPANY else f"{owner_type.value}_id"


def _owner(
    owner_type: OkrOwnerType, employee: Employee | None, team: Team | None, department: Department | None
) -> dict[str, UUID]:
    """Return the columns that name the owner; refuse what does not go with the type."""
    given = {OkrOwnerType.EMPLOYEE: employee, OkrOwnerType.TEAM: team, OkrOwnerType.DEPARTMENT: department}
    for kind, row in given.items():
        if (row is None) == (kind is owner_type):
            said = "Say whose it is." if row is None else f"It is {owner_type.value}'s."
            raise InvalidInput(said, path=(_named(kind),))
    user = {"user_id": employee.user_id} if employee else {}
    return {_named(kind): row.id for kind, row in given.items() if row} | user


def _check(okr: Okr) -> None:
    named = ("description", "weight", "key_results_weight")
    check_values(dict(table_of(Okr).columns.items()), {name: getattr(okr, name) for name in named})
    a_text(Okr, "objective", okr.objective)
    if okr.owner_type is OkrOwnerType.COMPANY and okr.visibility is OkrVisibility.TEAM:
        raise InvalidInput("What is the company's is public or private.", path=("visibility",))


async def check_okr(context: Context, okr: Okr) -> None:
    """Refuse to change what is closed, or what somebody else answers for."""
    if okr.status in SETTLED:
        raise OkrClosed(f"It is {okr.status.value}.")
    await expect_answers_for(context, okr)
    _check(okr)


async def expect_okr_draft(context: Context, okr: Okr) -> None:
    """Refuse to throw away what was set to work: that is cancelled instead."""
    if okr.status is not OkrStatus.DRAFT:
        raise OkrNotDraft("It was set to work; cancel it instead.")
    await expect_answers_for(context, okr)


OKR_CHANGED: Final = Also(
    roll_up_from, before=check_okr, refuses=(OkrClosed, NotYourOkr), emits=ROLLED, first=share_alignment
)
OKR_DISCARDED: Final = Also(before=expect_okr_draft, refuses=(OkrNotDraft, NotYourOkr), first=hold_alignment)


@operation(
    EDIT,
    refuses=[CycleDetected, OkrClosed, NotYourOkr, NotFound, InvalidInput],
    emits=["performance.okr.updated", *ROLLED],
    first=hold_alignment,
    scoped=True,
)
async def align_okr(
    context: Context,
    okr: Okr,
    parent_id: Annotated[
        UUID | None, Names("Okr"), "What it is aligned to from now on: one that you may see; nothing when left out."
    ] = None,
    weight: Annotated[Decimal | None, "How much it counts there; as before when left out."] = None,
) -> Okr:
    """Align an objective to another one, to which its progress is added, or to none.

    It is taken out of what it was aligned to. It cannot be aligned to itself, directly or through others.
    """
    if okr.status in SETTLED:
        raise OkrClosed(f"It is {okr.status.value}.")
    await expect_answers_for(context, okr)
    await hold_alignment(context)
    if weight is not None:
        check_values({"weight": table_of(Okr).columns["weight"]}, {"weight": weight})
        okr.weight = as_stored(weight)
    before = okr.parent_id
    if parent_id is not None:
        if parent_id != before:
            await expect_seen(context, parent_id, "parent_id")
        await _expect_no_circle(context, okr, parent_id)
    okr.parent_id = parent_id
    await context.flush()
    await roll_up(context, okr.id, *({before} if before is not None else ()))
    return okr


async def _expect_no_circle(context: Context, okr: Okr, parent_id: UUID) -> None:
    """Refuse what is above already, naming the way there."""
    steps = literal(0).label("steps")
    line = select(Okr.id, Okr.parent_id, Okr.objective, steps).where(Okr.id == parent_id).cte("line", recursive=True)
    above = select(Okr.id, Okr.parent_id, Okr.objective).subquery()
    line = line.union_all(
        select(above.c.id, above.c.parent_id, above.c.objective, line.c.steps + 1).where(
            above.c.id == line.c.parent_id, line.c.id != okr.id
        )
    )
    rows = await context.looking.rows(select(line.c.id, line.c.objective).order_by(line.c.steps))
    if okr.id not in {row.id for row in rows}:
        return
    circle = [(okr.id, okr.objective), *((row.id, row.objective) for row in rows)]
    seen = await seen_of(context.looking, [each for each, _ in circle])
    said = " → ".join(f"“{objective}”" if each in seen else "…" for each, objective in circle)
    raise CycleDetected(
        f"It would be aligned to itself: {said}.",
        path=("parent_id",),
        okr_ids=[ids.encode("Okr", each) for each, _ in circle if each in seen],
    )


@operation(
    EDIT,
    move=ACTIVATE,
    refuses=[CycleNotOpen, NoKeyResults, WeightsNotWhole, NoMilestones, NotYourOkr],
    emits=ROLLED,
    first=share_alignment,
    after=roll_up_from,
)
async def activate_okr(context: Context, okr: Okr) -> Okr:
    """Set an objective to work: its cycle is open, and the weights of its key results are 100 together.

    From now on it counts for what it is aligned to.
    """
    await expect_answers_for(context, okr)
    okr.activated_on = await today(context.looking)
    return okr


@operation(EDIT, move=COMPLETE, refuses=[NotYourOkr, InvalidInput], first=share_alignment)
async def complete_okr(
    context: Context,
    okr: Okr,
    final_score: Annotated[Decimal, "What it came to: 0 to 1."],
    closed_note: Annotated[str | None, "What is to be said of it: up to 5,000 characters."] = None,
) -> Okr:
    """Close an objective with a score; it still counts for what it is aligned to, by its progress."""
    await expect_answers_for(context, okr)
    given = {"final_score": final_score, "closed_note": closed_note}
    check_values(dict(table_of(Okr).columns.items()), given)
    okr.final_score, okr.closed_note, okr.closed_at = as_stored(final_score), closed_note, context.now
    return okr


@operation(
    EDIT, move=CANCEL, refuses=[NotYourOkr, InvalidInput], emits=ROLLED, first=share_alignment, after=roll_up_from
)
async def cancel_okr(context: Context, okr: Okr, reason: Annotated[str, REASON]) -> Okr:
    """Give an objective up: it does not count any more for what it is aligned to."""
    await expect_answers_for(context, okr)
    okr.closed_note, okr.closed_at = a_text(Okr, "closed_note", reason, "reason"), context.now
    return okr
