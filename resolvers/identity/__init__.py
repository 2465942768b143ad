"""Who a visitor is, and how a person comes to be known: by signing in, or by a link that was mailed to them."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from auth import links
from auth.keys import BEGINNING
from auth.links import Link, Purpose
from auth.principal import ANONYMOUS, Principal
from auth.roles import NEW_HIRE, PLATFORM_ROLES
from auth.tokens import AccessToken, SignedIn, TokenInvalid
from auth.tokens import TokenExpired as TokenHasExpired
from db.catalog import Tenant, TenantStatus
from db.tenancy import Placement
from resolvers.addresses import is_ip_address
from resolvers.barred import TenantMismatch, TenantNotFound, TokenExpired, Unauthenticated
from resolvers.context import Asking, ByKey
from resolvers.identity.addresses import Addresses
from resolvers.identity.known import hire_of
from resolvers.identity.means import Means
from resolvers.identity.purging import PURGE_PROOFS, purge_proofs
from resolvers.identity.resets import Resets
from resolvers.identity.second_factors import SecondFactors
from resolvers.identity.sessions import Sessions
from resolvers.identity.signed_in import Session
from resolvers.identity.standing import Standing, look
from resolvers.keys.usage import KeyUsage
from resolvers.keys.using import WRONG, Keys, is_key, read
from resolvers.standings import Standings
from resolvers.support.acting import Support
from resolvers.support.standing import Impersonations, PlatformPeople
from resolvers.tenants import Found, is_open

__all__ = ["PURGE_PROOFS", "Identity", "Means", "Session", "Visitor"]

LOCALHOST: Final = "localhost"
OF_HIRES: Final = f"{Purpose.ONBOARDING.value}_"
NO_SESSIONS: Final = (OF_HIRES, BEGINNING)
"""How tokens begin that are no access tokens."""


NO_SUCH_HOST: Final = (
    "No company is reached at this host. Use its address, or this server's own with X-Workgraph-Tenant."
)
NO_SUCH_SLUG: Final = "No company of this short name is here; X-Workgraph-Tenant must name one that is."
NOT_OPEN: Final = "The company of this token is not here any more."
MISMATCH: Final = "The token belongs to another company than the address."
SESSION_ENDED: Final = "This session has ended; sign in again."
LINK_ENDED: Final = "This link is not valid any more; ask for a new one."


@dataclass(frozen=True, slots=True)
class Visitor:
    """What a request says of its sender before anything is checked."""

    host: str
    tenant_slug: str | None
    token: str | None = field(repr=False)
    request_id: str
    address: str = field(default="", repr=False)
    user_agent: str = field(default="", repr=False)
    client: str = ""
    browser: str = field(default="", repr=False)


class Identity:
    """Tells who asks; `sessions` signs people in and out, `resets` lets them choose passwords.

    `addresses` lets them prove theirs; `key_usage` counts what API keys are used for; `support` is what people of the
    platform do.
    """

    def __init__(
        self,
        means: Means,
        *,
        clock: Callable[[], datetime],
        own_hosts: frozenset[str],
        public_url: str = "",
        allows_loopback: bool = False,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._tenants, self._tokens = means.database, means.tenants, means.tokens
        self._default_slug, self._clock, self._public_url = means.default_slug, clock, public_url
        self._allows_loopback = allows_loopback
        self._standings = Standings(means.database, look, ticks=ticks)
        self.key_usage = KeyUsage(means.database, means.tenants, clock)
        self._keys = Keys(means.database, self.key_usage, ticks=ticks)
        self._own_hosts = frozenset(host.lower() for host in own_hosts)
        self._parents = sorted({LOCALHOST, *self._own_hosts}, key=len, reverse=True)
        self.sessions, self.resets, self.second_factors = Sessions(means), Resets(means), SecondFactors(means)
        self.addresses = Addresses(means)
        self._platform = PlatformPeople(means.tenants.catalog, ticks=ticks)
        self._impersonations = Impersonations(means.database, self._platform, ticks=ticks)
        self.support = Support(means.database, means.tenants, means.tokens, self._platform)

    async def asking(self, visitor: Visitor) -> Asking:
        """Find the tenant and the person of a request.

        A token that is none is refused before anything is looked up, an unknown host before any tenant is touched.
        """
        if visitor.token is not None and visitor.token.startswith(NO_SESSIONS):
            if is_key(visitor.token):
                return await self._asking_by_key(visitor, visitor.token)
            return await self._asking_of_hire(visitor, await self._addressed(visitor), visitor.token)
        token = self._read(visitor.token) if visitor.token else None
        found = await self._tenant(await self._addressed(visitor), token)
        if token is None:
            return self._asking(visitor, found, ANONYMOUS)
        asking = self._asking(visitor, found, await self._principal(found, token))
        return replace(asking, session_id=token.session_id)

    async def asking_as(self, tenant_id: UUID, user_id: UUID, request_id: str) -> Asking | None:
        """Return what the system asks in a user's stead, with what they may now; None where they may not sign in."""
        found = _required(await self._tenants.find(id=tenant_id), NOT_OPEN)
        standing = await look(self._database, found.tenant.placement, user_id)
        return self._asking(Visitor("", None, None, request_id), found, standing.principal) if standing else None

    @property
    def comes_first(self) -> bool:
        """Whether who asks must be known before a document is read: some company here runs registered ones only."""
        return self._tenants.has_closed

    def ends_at(self, token: str | None) -> datetime | None:
        """Return when an access token that was good runs out; a mailed link ends by what happens to it.

        When an API key runs out stands in what it asks (`Asking.key`).
        """
        return None if token is None or token.startswith(NO_SESSIONS) else self._read(token).ends_at

    async def is_open(self, tenant_id: UUID) -> bool:
        """Tell whether a company lets people in; known for a few seconds without looking."""
        return is_open(await self._tenants.find(id=tenant_id))

    def forget(self, placement: Placement) -> None:
        """Forget what is known of a company's people, as is done when something is committed there."""
        self._standings.forget(placement)
        self._keys.forget(placement)
        self._impersonations.forget(placement)

    async def purge(self, tenants: Sequence[Tenant]) -> None:
        """Remove what some companies need no more: tokens and mailed links that have run out, old use of keys."""
        await purge_proofs(self._database, [each.placement for each in tenants], self._clock())

    def _asking(self, visitor: Visitor, found: Found, principal: Principal) -> Asking:
        return Asking(
            principal,
            found.tenant,
            found.keyring,
            self._clock(),
            visitor.request_id,
            visitor.address,
            user_agent=visitor.user_agent,
            public_url=self._public_url,
            allows_loopback=self._allows_loopback,
            client=visitor.client,
            browser=visitor.browser,
        )

    async def _addressed(self, visitor: Visitor) -> Found | None:
        """Return the tenant that the hostname names; on our own hosts, the one that the header names, if it names one.

        An address in digits is our own, whoever uses it: it can be nobody's name.
        """
        host = visitor.host.lower().rstrip(".")
        if host not in self._own_hosts and not is_ip_address(host):
            return _required(await self._tenants.find(**self._named_by(host)), NO_SUCH_HOST)
        if visitor.tenant_slug:
            return _required(await self._tenants.find(slug=visitor.tenant_slug[:100]), NO_SUCH_SLUG)
        return None

    def _named_by(self, host: str) -> Mapping[str, str]:
        """Return by what a tenant is looked for: a hostname that was given to it goes before another's short name."""
        for parent in self._parents:
            slug = host.removesuffix(f".{parent}")
            if slug != host and "." not in slug:
                return {"hostname": host, "slug": slug}
        return {"hostname": host}

    async def _tenant(self, addressed: Found | None, token: AccessToken | None) -> Found:
        """Return the token's tenant, else the one addressed, else the default one, else none: enough to register.

        A default tenant that is not there or not open is passed over, so that a company can be registered.
        """
        if token:
            if addressed and addressed.tenant.id != token.tenant_id:
                raise TenantMismatch(MISMATCH)
            return _required(await self._tenants.find(id=token.tenant_id), NOT_OPEN)
        if addressed is None and self._default_slug:
            by_default = await self._tenants.find(slug=self._default_slug)
            addressed = by_default if is_open(by_default) else None
        return addressed or self._tenants.nowhere

    def _read(self, token: str) -> AccessToken:
        try:
            return self._tokens.read(token)
        except TokenHasExpired:
            raise TokenExpired("The access token has run out; refresh it, or sign in again.") from None
        except TokenInvalid:
            raise Unauthenticated("This is not a valid access token.") from None

    async def _principal(self, found: Found, token: AccessToken) -> Principal:
        standing = await self._standings.of(found.tenant.placement, token.user_id)
        if standing is None or not standing.lets_in(token):
            raise Unauthenticated(SESSION_ENDED)
        if token.actor is not None:
            return await self._impersonated(found, standing.principal, token, token.actor)
        return await self._with_platform(standing) if found.tenant.is_platform else standing.principal

    async def _with_platform(self, standing: Standing) -> Principal:
        """Add what a user may because of their role of the platform, which counts with a second factor only."""
        principal = standing.principal
        person = await self._platform.of(principal.id) if standing.second_factor and principal.id else None
        if person is None:
            return principal
        return replace(principal, permissions=principal.permissions | PLATFORM_ROLES[person.role])

    async def _impersonated(self, found: Found, user: Principal, token: AccessToken, actor: SignedIn) -> Principal:
        """Let in who acts for a user, as long as they are signed in themselves and may act in that company."""
        home = await self._tenants.find(id=actor.tenant_id)
        if not is_open(home) or not home.tenant.is_platform:
            raise Unauthenticated(SESSION_ENDED)
        standing = await self._standings.of(home.tenant.placement, actor.user_id)
        if standing is None or not standing.second_factor or not standing.lets_in(actor):
            raise Unauthenticated(SESSION_ENDED)
        impersonator = await self._impersonations.of(found.tenant, token, actor)
        if impersonator is None:
            raise Unauthenticated(SESSION_ENDED)
        return replace(user, impersonator=impersonator)

    async def _asking_by_key(self, visitor: Visitor, token: str) -> Asking:
        """Let in who holds an API key. It says itself which company it belongs to; what disagrees makes it wrong."""
        key = read(token)
        found = await self._tenants.find(id=key.tenant_id)
        if not is_open(found) or not await self._is_at(visitor, found):
            raise Unauthenticated(WRONG)
        asking = self._asking(visitor, found, ANONYMOUS)
        placement, address = found.tenant.placement, visitor.address
        standing = await self._keys.used(placement, key, address=address, client=visitor.client, now=asking.now)
        if found.tenant.status is not TenantStatus.MIGRATING:
            await self._keys.note(placement, standing, address, asking.now)
        held_to = ByKey(standing.expires_at, standing.per_minute)
        return replace(asking, principal=standing.principal, client=standing.client, key=held_to)

    async def _is_at(self, visitor: Visitor, found: Found) -> bool:
        """Tell whether the address, and the header on our own hosts, name this company or none."""
        try:
            addressed = await self._addressed(visitor)
        except TenantNotFound:
            if not visitor.tenant_slug:
                raise
            return False
        return addressed is None or addressed.tenant.id == found.tenant.id

    async def _asking_of_hire(self, visitor: Visitor, addressed: Found | None, token: str) -> Asking:
        """Let in the new hire who holds a link. Whatever is wrong with it is one answer.

        A guess is turned away before any table of a tenant is read; only a genuine link learns that it is at another
        company's address.
        """
        link = links.parse(token)
        found = await self._tenants.find(id=link.tenant_id) if link else None
        if not link or not is_open(found) or not _is_of_hire(found, link):
            raise Unauthenticated(LINK_ENDED)
        if addressed and addressed.tenant.id != found.tenant.id:
            raise TenantMismatch(MISMATCH)
        asking = self._asking(visitor, found, ANONYMOUS)
        async with self._database.reading(found.tenant.placement) as session:
            hire = await hire_of(session, link, token, asking.now)
        if hire is None:
            raise Unauthenticated(LINK_ENDED)
        return asking.by(Principal("new_hire", hire.id, found.tenant.id, NEW_HIRE, hire.email))


def _is_of_hire(found: Found, link: Link) -> bool:
    return link.purpose is Purpose.ONBOARDING and links.genuine(found.keyring, link)


def _required(found: Found | None, otherwise: str) -> Found:
    """Refuse a tenant that is not there, and one that is not open, alike."""
    if not is_open(found):
        raise TenantNotFound(otherwise)
    return found
