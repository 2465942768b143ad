"""As whom people are known at providers: one sees one's own links, and who manages users everybody's; both unlink.

Somebody's link is locked before they are, wherever both are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from sqlalchemy import select

from db.models.identity import User
from db.models.sso import SsoCode, SsoIdentity, SsoProvider, SsoStatus
from resolvers.computed import computed
from resolvers.context import Context, Looking, any_of
from resolvers.identity.enforced import is_enforced
from resolvers.identity.families import end_all
from resolvers.identity.refusals import LastWayIn, SsoEnforced
from resolvers.operation import Names, operation
from resolvers.plain import Deleted
from resolvers.reading import reading
from resolvers.refusals import NotFound
from resolvers.roles import RoleAboveYours, expect_all_below

MANAGE: Final = "users.manage"
EMITS: Final = (
    "user.sso_identity.deleted",
    "user.sso_code.deleted",
    "user.updated",
    "user.session.updated",
    "user.refresh_token.updated",
)


@dataclass(frozen=True, slots=True)
class OwnSsoIdentity:
    """A provider of single sign-on that you are linked to."""

    id: Annotated[UUID, Names("SsoIdentity"), "What `unlinkSsoIdentity` takes."]
    provider_name: Annotated[str, "The name of the provider."]
    linked_at: Annotated[datetime, "When you first came from there."]
    last_used_at: Annotated[datetime | None, "When you last came from there."]


@reading("company.read")
async def my_sso_identities(looking: Looking) -> list[OwnSsoIdentity]:
    """The providers of single sign-on that you are linked to, in the order of their names. Empty for who is no user."""
    if looking.asking.principal.user_id is None:
        return []
    linked = select(SsoIdentity, SsoProvider.name).join(SsoProvider, SsoProvider.id == SsoIdentity.provider_id)
    mine = linked.where(SsoIdentity.user_id == looking.asking.principal.user_id)
    found = await looking.rows(mine.order_by(SsoProvider.name, SsoIdentity.id))
    return [OwnSsoIdentity(each.id, name, each.created_at, each.last_used_at) for each, name in found]


@computed(SsoIdentity, needs=MANAGE)
async def provider_name(looking: Looking, identities: Sequence[SsoIdentity]) -> Sequence[str]:
    """The name of the provider."""
    named = select(SsoProvider.id, SsoProvider.name)
    rows = await looking.rows(named.where(SsoProvider.id == any_of([each.provider_id for each in identities])))
    names = dict(rows)
    return [names[each.provider_id] for each in identities]


@operation("company.read", refuses=[NotFound, LastWayIn, SsoEnforced, RoleAboveYours], emits=EMITS)
async def unlink_sso_identity(context: Context, identity: SsoIdentity) -> Deleted:
    """Unlink somebody from a provider of single sign-on, who is a stranger there from then on.

    You unlink yourself, as long as you can sign in otherwise and the company does not enforce single sign-on. Somebody
    else's link needs `users.manage`: their sessions end, and whoever has a role with a permission that you lack cannot
    be chosen. Whoever comes from the provider with the person's verified address is linked anew.
    """
    own = identity.user_id == context.principal.user_id
    if not own and not context.principal.can(MANAGE):
        raise NotFound("There is no such sso identity.", path=("id",))
    user = await context.one(User, identity.user_id)
    if own:
        await _expect_other_way(context, user, identity)
    else:
        await expect_all_below(context, user)
    gone = Deleted("SsoIdentity", identity.id)
    codes = select(SsoCode).where(SsoCode.user_id == user.id, SsoCode.provider_id == identity.provider_id)
    if open_codes := await context.all(codes.order_by(SsoCode.id)):
        await context.delete(SsoCode, open_codes)
    await context.delete(SsoIdentity, [identity])
    if not own:
        await end_all(context, user)
    return gone


async def _expect_other_way(context: Context, user: User, identity: SsoIdentity) -> None:
    """Refuse somebody who locks themselves out."""
    if await context.all(select(SsoProvider.id).where(is_enforced()).limit(1)):
        raise SsoEnforced("Your company signs in with single sign-on; ask whoever manages its users.", path=("id",))
    if user.password_hash is not None:
        return
    others = select(SsoIdentity.id).join(SsoProvider, SsoProvider.id == SsoIdentity.provider_id)
    others = others.where(SsoIdentity.user_id == user.id, SsoIdentity.id != identity.id)
    if not await context.all(others.where(SsoProvider.status == SsoStatus.ACTIVE)):
        raise LastWayIn("You have no password, and no other provider; choose a password first.", path=("id",))
