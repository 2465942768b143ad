"""Signing on: to the provider, back from it, and into a session.

No connection to the database is held while a provider is asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import select

from auth.challenges import Challenge
from auth.principal import Principal
from auth.row_tokens import matches
from auth.sign_in_codes import SIGN_IN_CODES
from db.catalog import TenantStatus
from db.encryption import Sealer
from db.models.identity import User
from db.models.sso import SsoCode, SsoProvider, SsoStatus
from gateways.oidc import Client, Flow, ProviderAway, Providers
from resolvers.addresses import address_of
from resolvers.context import Asking, Context, bound_to
from resolvers.doors import LOGIN, SIGN_ON
from resolvers.edge import admit
from resolvers.identity.families import begin
from resolvers.identity.means import Means, expect_company, expect_still
from resolvers.identity.refusals import not_a_code
from resolvers.identity.second_factors import challenge_of
from resolvers.identity.signed_in import Session, session_of
from resolvers.refusals import NotFound
from resolvers.sso import emitters
from resolvers.sso.arriving import GONE, Arrival, SignOnRefused, arrive
from resolvers.sso.states import LIFETIME, State, hash_of_mark, is_marked, is_own_path, new_mark, opened
from resolvers.sso.told import told_by

CALLBACK: Final = "/sso/callback"
SECRET: Final = "client_secret"  # noqa: S105 - the name of a column
LONGEST_CODE: Final = 8192
NOT_BEGUN: Final = "This sign-in was not begun here, or too long ago. Begin it again."
OTHER_BROWSER: Final = "This sign-in was begun in another browser, or has been completed. Begin it again."
OTHER_COMPANY: Final = "This sign-in belongs to another company's address. Begin it again at your own."
NOT_OURS: Final = "A sign-in leads to a page of this address only."
SAID: Final[Mapping[str, str]] = {
    "access_denied": "Your provider did not let you in, or you have turned back.",
    "login_required": "Your provider asks you to sign in there first.",
    "temporarily_unavailable": "Your provider cannot answer at the moment. Try again.",
    "server_error": "Something went wrong at your provider. Try again.",
}
SAID_OTHERWISE: Final = "Your provider refused the sign-in. Whoever set it up should look at its settings there."


@dataclass(frozen=True, slots=True)
class Departure:
    """Where a browser is sent, and the mark that it keeps meanwhile."""

    address: str = field(repr=False)
    mark: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found when a provider was tried: how many keys its provider has, or what is wrong."""

    keys: int
    problem: str | None


class SingleSignOn:
    """Sends people to their providers, and lets in those who come back."""

    def __init__(self, means: Means, providers: Providers, sealer: Sealer) -> None:
        self._means, self._database = means, means.database
        self._providers, self._sealer = providers, sealer

    async def depart(self, asking: Asking, provider_id: UUID, to: str) -> Departure:
        """Begin a sign-in that leads to a page of our own in the end."""
        await self._means.doors.knock(SIGN_ON, asking)
        expect_company(asking)
        if not is_own_path(to):
            raise SignOnRefused(NOT_OURS)
        provider = await self._active(asking, provider_id)
        flow, mark = Flow.begin(_callback(asking)), new_mark(asking.public_url)
        ids = asking.tenant.id, provider.id
        hashed, ends_at = hash_of_mark(mark).hex(), asking.now + LIFETIME
        state = State(*ids, flow.nonce, flow.verifier, to, hashed, ends_at).text(self._sealer)
        client = _client(asking, provider)
        return Departure(await self._providers.address(provider.issuer, client, flow, state), mark)

    async def arrive(self, asking: Asking, answer: Mapping[str, str]) -> Arrival:
        """Take what a provider has sent a browser back with, and find out who it is."""
        await self._means.doors.knock(SIGN_ON, asking)
        mine, state = await self._begun(asking, answer.get("state", ""))
        provider = await self._active(mine, state.provider_id)
        if "error" in answer:
            raise SignOnRefused(SAID.get(answer["error"], SAID_OTHERWISE))
        if not 0 < len(answer.get("code", "")) <= LONGEST_CODE:
            raise SignOnRefused(SAID_OTHERWISE)
        flow = Flow(_callback(mine), state.nonce, state.verifier)
        client = _client(mine, provider)
        claims = await self._providers.claims(provider.issuer, client, flow, answer, mine.now)
        told = told_by(claims, provider.groups_claim)
        system = mine.by(Principal("system", tenant_id=mine.tenant.id, name="single sign-on"))
        async with self._database.transacting(mine.tenant.placement) as session:
            context = Context(system, session, emitters.ARRIVE.name)
            arrival = await arrive(context, provider.id, told, state.to)
            await context.flush()
        return arrival

    async def complete(self, asking: Asking, text: str) -> Session | Challenge:
        """Begin the session of who has come back, for the page of the same browser; once, and within a minute.

        Who has a second factor here gets a challenge, as at `login`: what a provider asks for is nothing we know.
        """
        await self._means.doors.knock(LOGIN, asking)
        named = SIGN_IN_CODES.parse(text)
        mine = await self._means.within(asking, named.tenant_id) if named else None
        if named is None or mine is None:
            raise not_a_code()
        expect_still(mine)
        async with self._database.transacting(mine.tenant.placement) as session:
            rows: Sequence[SsoCode] = await session.scalars(select(SsoCode).where(SsoCode.id == named.row_id))
            if not rows or not matches(text, rows[0].code_hash):
                raise not_a_code()
            who = Principal("user", rows[0].user_id, mine.tenant.id)
            return await self._completed(Context(mine.by(who), session, emitters.COMPLETE.name), rows[0])

    async def _completed(self, context: Context, code: SsoCode) -> Session | Challenge:
        user = await context.one(User, code.user_id)
        try:
            code = await context.one(SsoCode, code.id)
        except NotFound:
            raise not_a_code() from None
        good = code.used_at is None and context.now < code.expires_at and user.is_active
        if not good or not is_marked(context.asking.browser, code.browser_hash):
            raise not_a_code()
        code.used_at = context.now
        if user.mfa_enabled:
            await context.flush()
            return await challenge_of(context, user)
        issued = None
        if context.asking.tenant.status is not TenantStatus.SUSPENDED:
            user.last_login_at = context.now
            issued = begin(context, user)
        await context.flush()
        return session_of(self._means.tokens, context.asking, user, issued)

    async def check(self, asking: Asking, provider_id: UUID | None) -> Checked:
        """Try a provider: whether its provider can be reached, is the one that is named, and has keys."""
        admit(asking, needs=None, module=None, writes=True)
        found = await self._found(asking, provider_id) if provider_id else None
        if found is None:
            raise NotFound("There is no such sso provider.", path=("id",))
        try:
            return Checked(await self._providers.check(found.issuer), None)
        except ProviderAway as away:
            return Checked(0, str(away))

    async def _begun(self, asking: Asking, text: str) -> tuple[Asking, State]:
        """Return what was begun here, in this browser, of this company, and not too long ago."""
        state = opened(self._sealer, text)
        if state is None or asking.now >= state.ends_at:
            raise SignOnRefused(NOT_BEGUN)
        if not is_marked(asking.browser, bytes.fromhex(state.browser_hash)):
            raise SignOnRefused(OTHER_BROWSER)
        mine = await self._means.within(asking, state.tenant_id)
        if mine is None:
            raise SignOnRefused(OTHER_COMPANY)
        expect_still(mine)
        return mine, state

    async def _active(self, asking: Asking, provider_id: UUID) -> SsoProvider:
        found = await self._found(asking, provider_id)
        if found is None or found.status is not SsoStatus.ACTIVE:
            raise SignOnRefused(GONE)
        return found

    async def _found(self, asking: Asking, provider_id: UUID) -> SsoProvider | None:
        async with self._database.reading(asking.tenant.placement) as session:
            rows: Sequence[SsoProvider] = await session.scalars(
                select(SsoProvider).where(SsoProvider.id == provider_id)
            )
        return rows[0] if rows else None


def _callback(asking: Asking) -> str:
    return f"{address_of(asking.public_url, asking.tenant.slug)}{CALLBACK}"


def _client(asking: Asking, provider: SsoProvider) -> Client:
    secret = asking.keyring.open(provider.client_secret, aad=bound_to(provider, SECRET))
    return Client(provider.client_identifier, secret, provider.scopes)
