"""Setting a new hire's status by its name: another way to ask for the moves of the state machine, and for no other."""

from typing import Annotated

from db.models.onboarding import NewHire, NewHireStatus
from resolvers.context import Context
from resolvers.erased import PersonErased
from resolvers.onboarding.hire_refusals import NotInvited, OnboardingIncomplete
from resolvers.onboarding.hires import HIRE, cancel_new_hire, completed, reopen_onboarding
from resolvers.onboarding.invitations import WRITTEN, resend_invitation
from resolvers.onboarding.standing import SETTLING
from resolvers.operation import operation
from resolvers.refusals import AlreadyExists, IllegalTransition


@operation(
    "onboarding.edit_hires",
    refuses=[IllegalTransition, OnboardingIncomplete, NotInvited, AlreadyExists, PersonErased],
    emits=[
        "onboarding.new_hire.moved",
        *("onboarding.cancelled", "onboarding.completed", "onboarding.reopened"),
        *("onboarding.invitation.updated", *WRITTEN, "onboarding.invitation.resent"),
        *SETTLING,
    ],
)
async def set_new_hire_status(
    context: Context,
    hire: NewHire,
    status: Annotated[NewHireStatus, "Where the person is to stand."],
    reason: Annotated[str | None, "Why, where it is cancelled or opened again; up to 1,000 characters."] = None,
) -> NewHire:
    """Move a new hire to a status as the operation of that move does: cancelled, completed, active or pending again.

    A person begins by their own link, and an invitation expires by its time: neither can be set.
    """
    if status is NewHireStatus.CANCELLED:
        return await cancel_new_hire(context, hire, reason or "")
    if status is NewHireStatus.COMPLETED:
        return await completed(context, hire)
    if status is NewHireStatus.ACTIVE:
        return await reopen_onboarding(context, hire, reason or "")
    if status is NewHireStatus.PENDING and hire.status is NewHireStatus.EXPIRED:
        return await resend_invitation(context, hire)
    raise HIRE.illegal(hire.status, status)
