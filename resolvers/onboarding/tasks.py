"""Onboarding tasks: blocks that somebody else than the new hire completes, and whose they are.

A manager's and a buddy's tasks belong to the person whom the new hire has as such, HR's to who looks after the new hire
(the flow's owner where nobody is named, all of HR where neither is), IT's to everyone with the role IT. Whoever may
change new hires may complete any of them. They wait for no stage to open: a desk is ready before the first day.
"""

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from db.models.identity import GrantScope, Role, UserRole
from db.models.onboarding import Assignee, Flow, NewHire, Progress, ProgressStatus
from resolvers.context import Context, Looking
from resolvers.onboarding.attention import OnboardingTask, open_tasks, task_of, tasks
from resolvers.onboarding.completing import COMPLETE_BLOCK, COMPLETING, Work, complete, standing_under_lock, work_on
from resolvers.onboarding.hire_refusals import NotYours, OnboardingNotActive
from resolvers.onboarding.standing import UNDER_WAY
from resolvers.onboarding.submitting import SUBMITTING, submitted
from resolvers.operation import Names, operation
from resolvers.reading import reading
from resolvers.refusals import IllegalTransition, InvalidInput, NotFound
from resolvers.views import JsonValue

IT: Final = "IT"
ANY_TASK: Final = "onboarding.edit_hires"


async def the_task(looking: Looking, row: Progress) -> OnboardingTask:
    """Show one block as a task."""
    [found] = await looking.rows(tasks().where(Progress.id == row.id))
    return task_of(found, looking.asking.now)


async def holds_it(looking: Looking) -> bool:
    """Tell whether who asks has the role IT."""
    roles = select(UserRole.id).join(Role, Role.id == UserRole.role_id)
    throughout = UserRole.scope == GrantScope.TENANT
    mine = roles.where(UserRole.user_id == looking.asking.principal.id, Role.name == IT, Role.built_in, throughout)
    return bool(await looking.all(mine.limit(1)))


@reading("onboarding.tasks")
async def my_onboarding_tasks(
    looking: Looking, overdue: Annotated[bool | None, "Only those that are overdue, or only those that are not."] = None
) -> list[OnboardingTask]:
    """The onboarding tasks that are yours and not completed: the first due first, 200 at most."""
    found = await open_tasks(looking, Progress.assignee != Assignee.NEW_HIRE, await _mine(looking))
    return [task for task in found if overdue is None or task.overdue == overdue]


async def _mine(looking: Looking) -> ColumnElement[bool]:
    """Select what belongs to who asks."""
    me = looking.asking.principal.id
    owner = func.coalesce(
        NewHire.hr_owner_id, select(Flow.default_owner_id).where(Flow.id == NewHire.flow_id).scalar_subquery()
    )
    of_hr = or_(owner == me, owner.is_(None)) if looking.asking.principal.can(ANY_TASK) else owner == me
    mine = [
        and_(Progress.assignee == Assignee.MANAGER, NewHire.manager_id == me),
        and_(Progress.assignee == Assignee.BUDDY, NewHire.buddy_id == me),
        and_(Progress.assignee == Assignee.HR, of_hr),
    ]
    if await holds_it(looking):
        mine.append(Progress.assignee == Assignee.IT)
    return or_(*mine)


@operation(
    "onboarding.tasks",
    refuses=[NotYours, OnboardingNotActive, IllegalTransition, InvalidInput],
    emits=[*COMPLETING, *SUBMITTING],
    shows=the_task,
    shown_as="task",
)
async def complete_onboarding_task(
    context: Context,
    new_hire_id: Annotated[UUID, Names("NewHire"), "Whose onboarding it belongs to."],
    content_block_id: Annotated[UUID, Names("ContentBlock"), "The block."],
    value: Annotated[JsonValue | None, "The answer, where the block asks for one."] = None,
) -> Progress:
    """Complete a block that a manager, a buddy, HR or IT completes, before or after the new hire has begun."""
    try:
        standing = await standing_under_lock(context, new_hire_id)
    except NotFound as missing:
        raise NotFound(missing.message, path=("new_hire_id",)) from missing
    work = await _own(context, work_on(standing, content_block_id))
    if work.hire.status not in UNDER_WAY:
        raise OnboardingNotActive(f"The onboarding is {work.hire.status.value}.")
    if work.row.status is ProgressStatus.COMPLETED:
        raise COMPLETE_BLOCK.machine.illegal(work.row.status, ProgressStatus.COMPLETED)
    await complete(context, work, await submitted(context, work, value), by=context.principal.id)
    return work.row


async def _own(context: Context, work: Work) -> Work:
    """Refuse who may not complete a task; to who has nothing to do with the new hire, there is no such person."""
    me, hire, mine = context.principal, work.hire, [work.hire.manager_id, work.hire.buddy_id, work.hire.hr_owner_id]
    is_it = await holds_it(context.looking)
    owned = {
        Assignee.MANAGER: me.id == hire.manager_id,
        Assignee.BUDDY: me.id == hire.buddy_id,
        Assignee.HR: me.id == await _owner(context, hire),
        Assignee.IT: is_it,
    }
    if work.block.assignee is not Assignee.NEW_HIRE and (me.can(ANY_TASK) or owned[work.block.assignee]):
        return work
    if me.can("onboarding.read_hires") or is_it or me.id in mine:
        raise NotYours(f"{work.block.title!r} is for the {work.block.assignee.value.replace('_', ' ')}.")
    raise NotFound("There is no such new hire.", path=("new_hire_id",))


async def _owner(context: Context, hire: NewHire) -> UUID | None:
    """Return who looks after a new hire."""
    if hire.hr_owner_id:
        return hire.hr_owner_id
    owners: Sequence[UUID | None] = await context.all(select(Flow.default_owner_id).where(Flow.id == hire.flow_id))
    return owners[0]
