"""Addresses of users: proved with a link that was mailed there, and changed once the new one is proved.

The newest link of a user is the only one. A change is asked for with the password, told to the old address, and
comes to nothing once the password was changed or every session ended.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from uuid_utils.compat import uuid7

from auth import links
from auth.links import Link, Purpose
from auth.principal import Principal
from db.columns import EMAIL_FORM
from db.models.identity import User
from db.models.mail import MailTemplate
from db.models.sign_in import AddressProof
from resolvers.barred import Forbidden
from resolvers.context import Asking, Context
from resolvers.doors import CHOOSE, VERIFY
from resolvers.edge import admit
from resolvers.identity import emitters
from resolvers.identity.events import EmailChanged, EmailVerified
from resolvers.identity.families import end_all, end_others
from resolvers.identity.known import LONGEST_ADDRESS, user_at
from resolvers.identity.locking import is_locked, unlock
from resolvers.identity.means import Means
from resolvers.identity.proving import expect_person, proved, unchanged, wrong_password
from resolvers.identity.refusals import AlreadyVerified, not_a_link
from resolvers.mails import queue_mail
from resolvers.refusals import AlreadyExists, InvalidInput, NotFound
from resolvers.values import storable

LIFETIME: Final = timedelta(hours=24)


class Addresses:
    """Mails links that prove addresses, and takes them back."""

    def __init__(self, means: Means) -> None:
        self._means, self._database = means, means.database

    async def request(self, asking: Asking) -> None:
        """Mail a link to the address of who asks, with which they prove that it is theirs."""
        admit(asking, needs=None, module=None, writes=True)
        if asking.principal.user_id is None:
            raise Forbidden("Only people have addresses.")
        await self._means.doors.knock(VERIFY, asking, asking.principal.name)
        async with self._database.transacting(asking.tenant.placement) as session:
            context = Context(asking, session, emitters.VERIFY_ASKED.name)
            user = await context.one(User, asking.principal.user_id)
            if user.email_verified_at is not None:
                raise AlreadyVerified("Your address was proved before.")
            await _mail_proof(context, user, user.email, MailTemplate.EMAIL_VERIFICATION)
            await context.flush()

    async def change(self, asking: Asking, email: str, password: str) -> None:
        """Mail a link to the address that who asks wants to have, and tell the one that they have."""
        user_id = await expect_person(self._means, asking)
        await self._means.doors.knock(VERIFY, asking, asking.principal.name)
        address = email.strip().lower()
        if len(address) > LONGEST_ADDRESS or not storable(address) or not EMAIL_FORM.fullmatch(address):
            raise InvalidInput("An e-mail address, such as ada@example.com.", path=("new_email",))
        operation = emitters.CHANGE_ASKED.name
        user = await proved(self._means, asking, user_id, password, operation=operation, path="password")
        if address == user.email:
            raise InvalidInput("This is your address already.", path=("new_email",))
        if await user_at(self._database, asking, address):
            raise _taken("new_email")
        async with self._database.transacting(asking.tenant.placement) as session:
            context = Context(asking, session, operation)
            now_known = await context.one(User, user.id)
            if not unchanged(now_known, user) or is_locked(now_known, asking.now):
                raise wrong_password("password")
            unlock(now_known)
            await _mail_proof(context, now_known, address, MailTemplate.EMAIL_CHANGE)
            notice, locale = MailTemplate.EMAIL_CHANGE_NOTICE, now_known.locale
            await queue_mail(context, notice, to=now_known.email, locale=locale, about=now_known)

    async def verify(self, asking: Asking, token: str) -> None:
        """Take a link, once: the address that it was mailed to is proved, and is the user's from now on."""
        await self._means.doors.knock(CHOOSE, asking)
        mine, link, user = await self._found(asking, token)
        admit(mine, needs=None, module=None, writes=True)
        asking = mine.by(Principal("user", user.id, mine.tenant.id))
        try:
            async with self._database.transacting(mine.tenant.placement) as session:
                await _use(Context(asking, session, emitters.VERIFIED.name), user, link, token)
        except IntegrityError:  # somebody else has taken the address at the same moment
            raise _taken("token") from None

    async def _found(self, asking: Asking, token: str) -> tuple[Asking, Link, User]:
        """Return what a good link stands for; a guess is turned away before any table of a tenant is read."""
        link = links.parse(token)
        mine = await self._means.within(asking, link.tenant_id) if link else None
        if not link or link.purpose is not Purpose.ADDRESS or not mine or not links.genuine(mine.keyring, link):
            raise not_a_link()
        async with self._database.reading(mine.tenant.placement) as session:
            rows: Sequence[Any] = await session.rows(
                select(AddressProof, User)
                .join(User, User.id == AddressProof.user_id)
                .where(AddressProof.id == link.row_id)
            )
        if not rows or not _is_good(rows[0][0], token, rows[0][1], mine.now):
            raise not_a_link()
        return mine, link, rows[0][1]


async def _mail_proof(context: Context, user: User, address: str, template: MailTemplate) -> None:
    """Mail a link to an address of a locked user; those that were mailed before are dead at once."""
    live = select(AddressProof).where(
        AddressProof.user_id == user.id, AddressProof.used_at.is_(None), AddressProof.expires_at > context.now
    )
    for earlier in await context.all(live.order_by(AddressProof.id).with_for_update(key_share=True)):
        earlier.expires_at = context.now
    await context.flush()
    row_id = uuid7()
    token = links.write(context.asking.keyring, context.session.tenant_id, Purpose.ADDRESS, row_id)
    context.add(
        AddressProof(
            id=row_id,
            user_id=user.id,
            email=address,
            token_hash=links.hash_of(token),
            token_version=user.token_version,
            session_id=context.asking.session_id,
            expires_at=context.now + LIFETIME,
        )
    )
    await queue_mail(context, template, to=address, locale=user.locale, about=user, proof_id=row_id)


def _is_good(proof: AddressProof, token: str, user: User, now: datetime) -> bool:
    """Tell whether a link proves an address of this user, once, now."""
    is_it = compare_digest(proof.token_hash, links.hash_of(token))
    still = proof.email == user.email or proof.token_version == user.token_version
    return is_it and still and proof.used_at is None and now < proof.expires_at and user.is_active


async def _use(context: Context, user: User, link: Link, token: str) -> None:
    """Take the address that is proved, unless the link was used, or somebody else has the address by now."""
    try:
        user = await context.one(User, user.id)
        proof = await context.one(AddressProof, link.row_id)
    except NotFound:
        raise not_a_link() from None
    if not _is_good(proof, token, user, context.now):
        raise not_a_link()
    proof.used_at = context.now
    if proof.email == user.email:
        user.email_verified_at = user.email_verified_at or context.now
        await context.publish(EmailVerified(), user)
        return
    if await context.all(select(User.id).where(User.email == proof.email)):
        raise _taken("token")
    user.email, user.email_verified_at = proof.email, context.now
    await _end_sessions(context, user, proof)
    await context.publish(EmailChanged(), user)


async def _end_sessions(context: Context, user: User, proof: AddressProof) -> None:
    """End the sessions of a locked user but the one in which the change was asked for, where that is known."""
    if proof.session_id is None:
        await end_all(context, user)
    else:
        await end_others(context, user, proof.session_id)


def _taken(path: str) -> AlreadyExists:
    return AlreadyExists("This address cannot be used here.", path=(path,))
