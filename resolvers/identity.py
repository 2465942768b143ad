"""Who a visitor is, and how a person comes to be known: by signing in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeGuard

from sqlalchemy import ColumnElement, func, select

from auth.passwords import Passwords
from auth.principal import ANONYMOUS, Principal
from auth.roles import permissions_of
from auth.tokens import AccessToken, AccessTokens, TokenInvalid
from auth.tokens import TokenExpired as TokenHasExpired
from db.catalog import TenantStatus
from db.models.identity import Role, User, UserRole
from db.session import Database, Reader
from resolvers.addresses import is_ip_address
from resolvers.barred import TenantMigrating, TenantMismatch, TenantNotFound, TokenExpired, Unauthenticated
from resolvers.context import Asking, Context
from resolvers.refusals import Refused
from resolvers.tenants import NOWHERE, Found, Tenants
from resolvers.values import storable

LOCALHOST: Final = "localhost"
LONGEST_ADDRESS: Final = 254
OPEN_STATUSES: Final = frozenset({TenantStatus.ACTIVE, TenantStatus.SUSPENDED, TenantStatus.MIGRATING})

NO_SUCH_HOST: Final = (
    "No company is reached at this host. Use its address, or this server's own with X-Workgraph-Tenant."
)
NO_SUCH_SLUG: Final = "No company of this short name is here; X-Workgraph-Tenant must name one that is."
NOT_OPEN: Final = "The company of this token is not here any more."


class InvalidCredentials(Refused):
    """No active user has this address and password; which of the two is wrong is not told."""

    code = "INVALID_CREDENTIALS"


@dataclass(frozen=True, slots=True)
class Visitor:
    """What a request says of its sender before anything is checked."""

    host: str
    tenant_slug: str | None
    token: str | None = field(repr=False)
    request_id: str


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in session: the token to send with each request, and when it runs out."""

    access_token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """A user as far as their requests need them: their state, and the names of their built-in roles."""

    user: User
    roles: Sequence[str]


class Identity:
    """Tells who asks, and signs people in."""

    def __init__(
        self,
        database: Database,
        tenants: Tenants,
        tokens: AccessTokens,
        passwords: Passwords,
        *,
        clock: Callable[[], datetime],
        own_hosts: frozenset[str],
        default_slug: str | None,
    ) -> None:
        self._database, self._tenants = database, tenants
        self._tokens, self._passwords, self._clock = tokens, passwords, clock
        self._own_hosts = frozenset(host.lower() for host in own_hosts)
        self._parents = sorted({LOCALHOST, *self._own_hosts}, key=len, reverse=True)
        self._default_slug = default_slug

    async def asking(self, visitor: Visitor) -> Asking:
        """Find the tenant and the person of a request; an unknown host is refused before any tenant is touched."""
        addressed = await self._addressed(visitor)
        token = self._read(visitor.token) if visitor.token else None
        found = await self._tenant(addressed, token)
        principal = await self._principal(found, token) if token else ANONYMOUS
        return Asking(principal, found.tenant, found.keyring, self._clock(), visitor.request_id)

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
                raise TenantMismatch("The token belongs to another company than the address.")
            return _required(await self._tenants.find(id=token.tenant_id), NOT_OPEN)
        if addressed is None and self._default_slug:
            by_default = await self._tenants.find(slug=self._default_slug)
            addressed = by_default if _is_open(by_default) else None
        return addressed or self._tenants.nowhere

    def _read(self, token: str) -> AccessToken:
        try:
            return self._tokens.read(token)
        except TokenHasExpired:
            raise TokenExpired("The access token has run out; sign in again.") from None
        except TokenInvalid:
            raise Unauthenticated("This is not a valid access token.") from None

    async def _principal(self, found: Found, token: AccessToken) -> Principal:
        async with self._database.reading(found.tenant.placement) as session:
            known = await known_user(session, User.id == token.user_id)
        if known is None or not known.user.is_active or known.user.token_version != token.token_version:
            raise Unauthenticated("This session has ended; sign in again.")
        return Principal("user", known.user.id, found.tenant.id, permissions_of(known.roles), known.user.email)

    async def login(self, asking: Asking, email: str, password: str) -> Session:
        """Sign a person in; an unknown address takes as long as a wrong password.

        No connection is held while the password is checked, which is slow on purpose. A company that is being moved
        lets nobody in until it has been: what is written would be lost. Into a suspended one, which may be read, one
        gets without its being noted.
        """
        if asking.tenant is NOWHERE:
            raise TenantNotFound("Name your company, by the address or by X-Workgraph-Tenant.")
        if asking.tenant.status is TenantStatus.MIGRATING:
            raise TenantMigrating("The company is being moved; sign in again in a moment.")
        user = await self._active_user(asking, email)
        verdict = await self._passwords.verify(password, user.password_hash if user else None)
        if user is None or not verdict.matches:
            raise _turned_away()
        if asking.tenant.status is not TenantStatus.SUSPENDED:
            newer_hash = await self._passwords.hash(password) if verdict.outdated else user.password_hash
            await self._note_login(asking, user, newer_hash)
        issued = self._tokens.issue(user_id=user.id, tenant_id=asking.tenant.id, token_version=user.token_version)
        return Session(issued.text, issued.expires_at)

    async def _active_user(self, asking: Asking, email: str) -> User | None:
        address = email.strip().lower()
        if len(address) > LONGEST_ADDRESS or not storable(address):
            return None
        async with self._database.reading(asking.tenant.placement) as session:
            known = await known_user(session, User.email == address)
        return known.user if known and known.user.is_active else None

    async def _note_login(self, asking: Asking, user: User, newer_hash: str) -> None:
        """Note when the person signed in, unless they were shut out while the password was checked."""
        principal = Principal("user", user.id, asking.tenant.id)
        async with self._database.transacting(asking.tenant.placement) as session:
            context = Context(asking.by(principal), session, "login")
            now_known = await context.one(User, user.id)
            if not now_known.is_active or now_known.token_version != user.token_version:
                raise _turned_away()
            if now_known.password_hash != user.password_hash:
                raise _turned_away()
            now_known.last_login_at, now_known.password_hash = asking.now, newer_hash
            await context.flush()


def _turned_away() -> InvalidCredentials:
    return InvalidCredentials("No active user has this address and password.")


async def known_user(session: Reader, condition: ColumnElement[bool]) -> Known | None:
    """Return a user with the names of the built-in roles held, in one statement."""
    roles = (
        select(func.array_agg(Role.name))
        .join(UserRole, UserRole.role_id == Role.id)
        .where(UserRole.user_id == User.id, Role.built_in)
        .scalar_subquery()
    )
    rows: Sequence[Any] = await session.rows(select(User, roles).where(condition))
    return Known(rows[0][0], rows[0][1] or []) if rows else None


def _is_open(found: Found | None) -> TypeGuard[Found]:
    return found is not None and found.tenant.status in OPEN_STATUSES


def _required(found: Found | None, otherwise: str) -> Found:
    """Refuse a tenant that is not there, and one that is not open, alike."""
    if not _is_open(found):
        raise TenantNotFound(otherwise)
    return found
