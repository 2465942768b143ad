"""The operations that erase: of a user who was shut out, and of a new hire whose onboarding is over."""

from typing import Annotated, Final

from sqlalchemy import or_, select

from db.models.calendars import CalendarFeed
from db.models.files import File
from db.models.hr import Employee, EmployeeStatus
from db.models.identity import PasswordReset, RefreshToken, User
from db.models.onboarding import NewHire, OnboardingInvitation, OnboardingUpload, Progress
from db.models.sign_in import AddressProof, RecoveryCode, SecondFactor, UserSession
from db.models.sso import SsoCode, SsoIdentity
from db.personal import Subject
from resolvers.context import Context, Written
from resolvers.erased import PersonErased, expect_kept
from resolvers.hr.refusals import StillEmployed
from resolvers.onboarding.hire_refusals import written
from resolvers.onboarding.hires import HIRE
from resolvers.onboarding.standing import UNDER_WAY
from resolvers.operation import operation
from resolvers.privacy.erasing import about, constant, erase
from resolvers.privacy.events import HireErased, UserErased
from resolvers.refusals import IllegalTransition, InvalidInput
from resolvers.state import Move

LONGEST_REASON: Final = 1000
REASON: Final = (
    "Why, up to 1,000 characters. It stays with the person's record and in the audit trail: name nobody in it."
)
PROOFS: Final = (
    "user.session.deleted",
    "user.refresh_token.deleted",
    "user.password_reset.deleted",
    "user.recovery_code.deleted",
    "user.second_factor.deleted",
    "user.address_proof.deleted",
    "user.sso_code.deleted",
    "user.sso_identity.deleted",
    "calendar.feed.deleted",
)
THEIR_PROOFS: Final = (
    *(UserSession, RefreshToken, PasswordReset, RecoveryCode, SecondFactor),
    *(AddressProof, SsoCode, SsoIdentity, CalendarFeed),
)
OF_EMPLOYEES: Final = (
    *("employee.updated", "employee.document.updated"),
    *("employee.dependent.updated", "employee.emergency_contact.updated"),
    *("employee.compensation.updated", "employee.event.updated"),
)
OF_LEAVE: Final = ("leave.request.updated", "leave.ledger_entry.updated")
THEIRS: Final = ("file.moved", "file.updated", "email_message.moved", "email_message.updated")


@operation(
    "privacy.erase",
    refuses=[PersonErased, IllegalTransition, InvalidInput, StillEmployed],
    emits=[*THEIRS, *PROOFS, *OF_EMPLOYEES, *OF_LEAVE, "user.updated", "user.erased"],
)
async def erase_user(context: Context, user: User, reason: Annotated[str, REASON]) -> User:
    """Erase the personal data of somebody who was deactivated, for good: name, address, password, sessions, and links.

    Their calendars go too. What they did stays, by nobody's name. The audit trail loses its key to what it says of
    them, and says `erased`. Uploads that nothing uses are removed; those that the company or an onboarding uses
    stay, without the name that the person gave them.
    """
    expect_kept(user)
    because = written(reason, "reason", longest=LONGEST_REASON)
    if user.is_active:
        raise _not_over("The user is active; deactivate them first.", "active", "deactivate_user")
    works_here = select(Employee.id).where(Employee.user_id == user.id, Employee.status != EmployeeStatus.TERMINATED)
    if await context.all(works_here):
        raise StillEmployed("The person works for the company, or will; the employment has to end first.")
    for model in THEIR_PROOFS:
        proofs = await context.all(select(model).where(model.user_id == user.id))
        if proofs:
            await context.delete(model, proofs)
    subject = Subject("User", user.id)
    loose = about(File, subject) & File.attached_at.is_(None)
    gone = {"password_hash": constant(None), "email_verified_at": constant(None), "mfa_enabled": constant(value=False)}
    await erase(context, subject, loose, {User: {**gone, **_noted(context, because)}})
    await context.publish(UserErased(), user)
    return user


@operation(
    "privacy.erase",
    refuses=[PersonErased, IllegalTransition, InvalidInput],
    emits=[
        *THEIRS,
        "onboarding.invitation.updated",
        "onboarding.progress.updated",
        "onboarding.new_hire.updated",
        "onboarding.erased",
    ],
)
async def erase_new_hire(context: Context, hire: NewHire, reason: Annotated[str, REASON]) -> NewHire:
    """Erase the personal data of somebody whose onboarding is completed, cancelled or expired, for good.

    Name, address and phone number go, all answers with the files of their onboarding, what was said of the answers,
    and the link. What was done when stays, by nobody's name. The audit trail loses its key to what it says of them, and
    says `erased`.
    """
    expect_kept(hire)
    because = written(reason, "reason", longest=LONGEST_REASON)
    if hire.status in UNDER_WAY:
        ending = [move.operation for move in HIRE.moves if hire.status in move.sources and _ends(move)]
        raise _not_over(f"The onboarding is {hire.status.value}; end it first.", hire.status.value, *ending)
    alive = OnboardingInvitation.voided_at.is_(None) & (OnboardingInvitation.new_hire_id == hire.id)
    links = await context.all(select(OnboardingInvitation).where(alive).with_for_update(key_share=True))
    await context.overwrite(OnboardingInvitation, links, {"voided_at": constant(context.now)})
    subject = Subject("NewHire", hire.id)
    mine = select(OnboardingUpload.file_id).join(Progress, Progress.id == OnboardingUpload.progress_id)
    files = or_(about(File, subject), File.id.in_(mine.where(Progress.new_hire_id == hire.id)))
    await erase(context, subject, files, {NewHire: _noted(context, because)})
    await context.publish(HireErased(new_hire_id=hire.id, flow_id=hire.flow_id), hire)
    return hire


def _ends(move: Move) -> bool:
    """Tell whether somebody can make a move by which an onboarding is over."""
    return move.target not in UNDER_WAY and not move.by_clock


def _noted(context: Context, reason: str) -> dict[str, Written]:
    return {"erased_at": constant(context.now), "erasure_reason": constant(reason)}


def _not_over(message: str, origin: str, *allowed: str) -> IllegalTransition:
    return IllegalTransition(message, **{"from": origin, "to": "erased", "allowed": list(allowed)})
