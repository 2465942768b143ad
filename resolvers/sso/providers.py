"""Providers of single sign-on: what may be entered, their secrets, and which groups give which roles.

The secret is stored encrypted, and is in no answer, log, event or audit entry.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from sqlalchemy import select

from db.models.identity import Role
from db.models.sso import SCOPES, SsoGroupRole, SsoProvider, SsoStatus
from gateways.oidc import issuer_problem
from resolvers.addresses import address_of
from resolvers.computed import computed
from resolvers.context import Context, Looking
from resolvers.operation import Names, Parameter, operation
from resolvers.plain import Also
from resolvers.reading import reading
from resolvers.refusals import InvalidInput, NotFound
from resolvers.roles import RoleAboveYours, expect_below
from resolvers.sso.events import ProviderPaused, ProviderResumed
from resolvers.sso.signing_on import CALLBACK
from resolvers.state import StateMachine
from resolvers.values import storable

MANAGE: Final = "sso.manage"
LONGEST_SECRET: Final = 500
MOST_DOMAINS: Final = 50
MOST_SCOPES: Final = 20
OPENID: Final = "openid"
SECRET: Final = "client_secret"  # noqa: S105 - the name of a column
SECRET_MEANS: Final = "The client secret that the provider has given; stored encrypted, and never shown."  # noqa: S105
SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}")
LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
PROVIDER: Final = StateMachine(SsoProvider)
PAUSE: Final = PROVIDER.move(SsoStatus.ACTIVE, to=SsoStatus.PAUSED, event=ProviderPaused)
RESUME: Final = PROVIDER.move(SsoStatus.PAUSED, to=SsoStatus.ACTIVE, event=ProviderResumed)
DOMAIN: Final = re.compile(rf"(?=.{{1,253}}\Z){LABEL}(?:\.{LABEL})+")


@dataclass(frozen=True, slots=True)
class SignInProvider:
    """A provider of single sign-on, as the sign-in page shows it."""

    id: Annotated[UUID, Names("SsoProvider"), "Open `/sso/start?provider=<id>` to sign in there."]
    name: Annotated[str, "What the button says: Sign in with this name."]


@reading(None, because="the sign-in page shows them before anybody is signed in")
async def sign_in_providers(looking: Looking) -> list[SignInProvider]:
    """The providers through which the company's people sign in, in the order of their names; no more than that."""
    active = select(SsoProvider).where(SsoProvider.status == SsoStatus.ACTIVE)
    found: Sequence[SsoProvider] = await looking.all(active.order_by(SsoProvider.name, SsoProvider.id))
    return [SignInProvider(each.id, each.name) for each in found]


@computed(SsoProvider, needs=MANAGE)
async def callback_url(looking: Looking, providers: Sequence[SsoProvider]) -> Sequence[str]:
    """The redirect URI that the provider has to know: it leads people back to it, and to no other."""
    return [callback_of(looking.asking.public_url, looking.asking.tenant.slug)] * len(providers)


def callback_of(public_url: str, slug: str) -> str:
    """Return where providers lead the people of a company back to."""
    return f"{address_of(public_url, slug)}{CALLBACK}"


async def check_provider(context: Context, provider: SsoProvider, **given: Any) -> None:
    """Refuse what cannot be a provider, and bring domains and scopes into one form."""
    if wrong := issuer_problem(provider.issuer, allows_loopback=context.asking.allows_loopback):
        raise InvalidInput(wrong, path=("issuer",))
    for name in ("name", "client_identifier"):
        if not getattr(provider, name).strip():
            raise InvalidInput("It cannot be blank.", path=(name,))
    given_scopes, given_domains = getattr(provider, "scopes", None), getattr(provider, "domains", None)
    provider.scopes = _scopes(list(SCOPES) if given_scopes is None else given_scopes)
    provider.domains = _domains(given_domains or [])
    if SECRET in given:
        seal_secret(context, provider, given[SECRET])


def seal_secret(context: Context, provider: SsoProvider, secret: str) -> None:
    """Store the secret of a provider, encrypted."""
    if not 0 < len(secret) <= LONGEST_SECRET or not storable(secret):
        raise InvalidInput(f"1 to {LONGEST_SECRET} characters.", path=(SECRET,))
    provider.client_secret = context.seal(provider, SECRET, secret)


def _scopes(scopes: Sequence[str]) -> list[str]:
    for place, scope in enumerate(scopes):
        if not SCOPE.fullmatch(scope):
            raise InvalidInput("A scope has no spaces.", path=("scopes", place))
    found = list(dict.fromkeys(scopes))
    if OPENID not in found or len(found) > MOST_SCOPES:
        raise InvalidInput(f"At most {MOST_SCOPES} scopes, `openid` among them.", path=("scopes",))
    return found


def _domains(domains: Sequence[str]) -> list[str]:
    found = list(dict.fromkeys(domain.strip().lower() for domain in domains))
    if len(found) > MOST_DOMAINS:
        raise InvalidInput(f"At most {MOST_DOMAINS} domains.", path=("domains",))
    for place, domain in enumerate(found):
        if not DOMAIN.fullmatch(domain):
            raise InvalidInput("A domain, such as example.com, without @.", path=("domains", place))
    return found


ALSO_WHEN_CREATED: Final = Also(
    before=check_provider,
    refuses=(InvalidInput,),
    parameters=(Parameter(SECRET, str, SECRET_MEANS, required=True),),
)
ALSO_WHEN_UPDATED: Final = Also(before=check_provider, refuses=(InvalidInput,))


@operation(MANAGE, refuses=[InvalidInput], emits=["sso.provider.updated"])
async def replace_sso_client_secret(
    context: Context, provider: SsoProvider, client_secret: Annotated[str, SECRET_MEANS]
) -> SsoProvider:
    """Give a provider the client secret that the provider knows from now on; the one before is forgotten."""
    seal_secret(context, provider, client_secret)
    return provider


@operation(MANAGE, move=PAUSE)
async def pause_sso_provider(_context: Context, provider: SsoProvider) -> SsoProvider:
    """Let nobody sign in through a provider until it is resumed; what it enforces is not enforced meanwhile."""
    return provider


@operation(MANAGE, move=RESUME)
async def resume_sso_provider(_context: Context, provider: SsoProvider) -> SsoProvider:
    """Let people sign in again through a provider that was paused."""
    return provider


async def check_mapping(context: Context, mapped: SsoGroupRole) -> None:
    """Refuse a role with a permission that who maps it lacks: nobody gives more than they have, by no group either."""
    if not mapped.group_name.strip():
        raise InvalidInput("It cannot be blank.", path=("group_name",))
    for name, model in (("provider_id", SsoProvider), ("role_id", Role)):
        try:
            found = await context.one(model, getattr(mapped, name))
        except NotFound as missing:
            raise NotFound(missing.message, path=(name,)) from missing
        if isinstance(found, Role):
            await expect_below(context, found, name)


ALSO_WHEN_MAPPED: Final = Also(before=check_mapping, refuses=(RoleAboveYours,))
