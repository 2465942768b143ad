"""Taking a second factor off somebody who has lost it, by who manages users."""

from typing import Final

from db.models.identity import User
from db.models.mail import MailTemplate
from resolvers.context import Context
from resolvers.identity.codes import take_off
from resolvers.identity.events import MfaDisabled
from resolvers.identity.families import end_all
from resolvers.identity.refusals import NotEnrolled
from resolvers.mails import queue_mail
from resolvers.operation import operation
from resolvers.refusals import InvalidInput
from resolvers.roles import RoleAboveYours, expect_all_below

EMITS: Final = (
    "user.updated",
    "user.second_factor.deleted",
    "user.recovery_code.deleted",
    "user.session.updated",
    "user.refresh_token.updated",
    "email_message.created",
    "user.mfa_disabled",
)


@operation("users.manage", refuses=[NotEnrolled, RoleAboveYours, InvalidInput], emits=EMITS)
async def reset_second_factor(context: Context, user: User) -> User:
    """Take the second factor off somebody who has lost it: their sessions end, and they are told by mail.

    They sign in with their password alone from then on, until they turn it on again. Whoever has a role with a
    permission that you lack cannot be chosen, nor can you yourself.
    """
    if user.id == context.principal.user_id:
        raise InvalidInput("Your own is turned off by `disableSecondFactor`, with a code.", path=("id",))
    if not user.mfa_enabled:
        raise NotEnrolled("The user has no second factor.", path=("id",))
    await expect_all_below(context, user)
    await take_off(context, user)
    await end_all(context, user)
    await queue_mail(context, MailTemplate.SECOND_FACTOR_RESET, to=user.email, locale=user.locale, about=user)
    await context.publish(MfaDisabled(), user)
    return user
