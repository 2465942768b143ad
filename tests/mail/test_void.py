"""A mail that would say what is no longer so is not sent, and says why."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app import now
from db.models import NewHire, OnboardingInvitation, PasswordReset, User
from db.models.identity import ProofPurpose
from db.models.mail import MailStatus, MailTemplate
from db.models.onboarding import NewHireStatus
from gateways.mail import MailFolder
from tests.mail.builders import Hire, a_hire, begin, change, queued, queued_for_user, row_of, send
from tests.world import CompanyWorld

Happens = Callable[[CompanyWorld, Hire], Awaitable[None]]


def stands(status: NewHireStatus) -> Happens:
    return lambda company, hire: begin(company, hire, status)


def to_invitation(**values: Any) -> Happens:
    return lambda company, hire: change(company, OnboardingInvitation, hire.invitation_id, **values)


def to_hire(**values: Any) -> Happens:
    return lambda company, hire: change(company, NewHire, hire.id, **values)


async def failed(company: CompanyWorld, folder: MailFolder, message: UUID, **more: Any) -> str | None:
    """Try to send, see that nothing left, and return why."""
    await send(company, folder, message, **more)
    row = await row_of(company, message)
    assert (row.status, row.attempts) == (MailStatus.FAILED, 1)
    assert not folder.folder.exists()
    return row.error


@pytest.mark.parametrize(
    ("template", "happens", "why"),
    [
        (MailTemplate.INVITATION, stands(NewHireStatus.CANCELLED), "The new hire is cancelled by now."),
        (MailTemplate.INVITATION, stands(NewHireStatus.EXPIRED), "The new hire is expired by now."),
        (MailTemplate.INVITATION, stands(NewHireStatus.COMPLETED), "The new hire is completed by now."),
        (MailTemplate.REMINDER, stands(NewHireStatus.COMPLETED), "The new hire is completed by now."),
        (MailTemplate.WELCOME, stands(NewHireStatus.CANCELLED), "The new hire is cancelled by now."),
        (MailTemplate.COMPLETION, stands(NewHireStatus.ACTIVE), "The new hire is active by now."),
        (MailTemplate.INVITATION, to_invitation(voided_at=now()), "The invitation was replaced or called off."),
        (MailTemplate.REMINDER, to_invitation(voided_at=now()), "The invitation was replaced or called off."),
        (MailTemplate.INVITATION, to_invitation(expires_at=now()), "The invitation has run out."),
        (MailTemplate.INVITATION, to_invitation(token_hash=b"x" * 32), "The link was made with a key that is no more."),
        (MailTemplate.INVITATION, to_hire(email="other@example.com"), "The address of the new hire has changed."),
    ],
)
async def test_to_a_new_hire(
    company: CompanyWorld, folder: MailFolder, template: MailTemplate, happens: Happens, why: str
) -> None:
    hire = await a_hire(company)
    message = await queued(company, hire, template)
    await happens(company, hire)
    assert await failed(company, folder, message) == why


async def test_to_a_new_hire_who_is_gone(company: CompanyWorld, folder: MailFolder) -> None:
    hire = await a_hire(company)
    message = await queued(company, hire)
    await company.rows("delete from pool.onboarding_invitations where new_hire_id = :id returning id", id=hire.id)
    await company.rows("delete from pool.new_hires where id = :id returning id", id=hire.id)
    assert await failed(company, folder, message) == "The new hire is gone."


async def test_an_invitation_that_ran_out_still_reminds_who_has_begun(
    company: CompanyWorld, folder: MailFolder
) -> None:
    hire = await a_hire(company)
    await begin(company, hire)
    message = await queued(company, hire, MailTemplate.REMINDER)
    await send(company, folder, message, clock=lambda: now() + timedelta(days=31))
    assert (await row_of(company, message)).status is MailStatus.SENT


@pytest.mark.parametrize("purpose", list(ProofPurpose))
@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"used_at": now()}, "The link was used."),
        ({"expires_at": now()}, "The link has run out or was replaced."),
        ({"token_hash": b"x" * 32}, "The link was made with a key that is no more."),
    ],
)
async def test_to_a_user(
    company: CompanyWorld, folder: MailFolder, purpose: ProofPurpose, values: dict[str, Any], why: str
) -> None:
    message, link, _ = await queued_for_user(company, purpose)
    await change(company, PasswordReset, link, **values)
    assert await failed(company, folder, message) == why


async def test_a_link_to_a_password_runs_out_while_the_mail_waits(company: CompanyWorld, folder: MailFolder) -> None:
    message, _, _ = await queued_for_user(company)
    later = now() + timedelta(minutes=30)
    assert await failed(company, folder, message, clock=lambda: later) == "The link has run out or was replaced."


async def test_to_a_user_who_may_not_sign_in(company: CompanyWorld, folder: MailFolder) -> None:
    message, _, _ = await queued_for_user(company)
    row = await row_of(company, message)
    await change(company, User, row.subject, is_active=False)
    assert await failed(company, folder, message) == "The user may not sign in."
