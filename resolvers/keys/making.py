"""Making API keys: what one may be given, and the one moment in which it is shown.

A key is in no log, event or audit entry. What was shown is remembered for the entity in hand alone, so that a call that
is answered from its idempotency key shows none.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_network
from typing import Annotated, Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary

from uuid_utils.compat import uuid7

from auth.keys import new_key, parse
from auth.permissions import CATALOGUE, FOR_KEYS
from db.models.clients import ApiClient
from db.models.keys import ApiKey
from resolvers.context import Context, Looking
from resolvers.keys.living import due
from resolvers.operation import operation
from resolvers.refusals import InvalidInput, Refused
from resolvers.values import check_value

MANAGE: Final = "keys.manage"
MOST_NETWORKS: Final = 50
HIGHEST_RATE: Final = 1_000_000
ANYWHERE: Final[list[str]] = []
FRESH: Final = WeakKeyDictionary[ApiKey, str]()
"""The keys that were made in requests under way, by the entity that the request has in hand."""


class ScopeAboveYours(Refused):
    """You lack a permission that the key was to have, so you cannot give it."""

    code = "SCOPE_ABOVE_YOURS"


@dataclass(frozen=True, slots=True)
class RevealedKey:
    """A new API key, shown this once."""

    api_key: Annotated[ApiKey, "What is kept of it."]
    key: Annotated[
        str | None,
        "The key, `wgk_` and 65 more characters: keep it now. Null when the call repeats an earlier one with its "
        "idempotency key; whoever has lost the key revokes it and makes another.",
    ] = field(repr=False)


async def revealed(_looking: Looking, api_key: ApiKey) -> RevealedKey:
    """Show the key that was made just now."""
    return RevealedKey(api_key, FRESH.get(api_key))


@operation(
    MANAGE,
    refuses=[InvalidInput, ScopeAboveYours],
    emits=["apikey.created"],
    shows=revealed,
    shown_as="revealed",
)
async def create_api_key(
    context: Context,
    name: Annotated[str, "What you call it: 1 to 100 characters."],
    client: Annotated[ApiClient, "Whose registered documents it runs."],
    scopes: Annotated[list[str], "What it may: permissions that you have yourself, one at least."],
    expires_at: Annotated[datetime | None, "From when on it is refused. It does not run out when left out."] = None,
    allowed_ips: Annotated[
        list[str], "Addresses and networks that it may be used from, as `192.0.2.0/24`; any when left out."
    ] = ANYWHERE,
    rate_limit_per_min: Annotated[
        int | None, "Requests that it may send in a minute; bounded by its client's budget alone when left out."
    ] = None,
) -> ApiKey:
    """Make an API key of a client, which is shown this once. It may no more than you may, now and later."""
    check_end(context, expires_at)
    return add_key(
        context,
        client_id=client.id,
        name=checked_name(name),
        scopes=checked_scopes(context, scopes),
        allowed_ips=checked_networks(allowed_ips or ()),
        rate_limit_per_min=checked_rate(rate_limit_per_min),
        expires_at=expires_at,
    )


def add_key(context: Context, *, expires_at: datetime | None, **given: Any) -> ApiKey:
    """Make a key whose maker is who asks, and remember it for the moment in which it is shown.

    Notices of its end that would have been due before it was made are not given.
    """
    text = new_key(context.asking.tenant.id)
    key = parse(text)
    assert key is not None
    made = ApiKey(
        id=uuid7(),
        maker_id=_maker(context),
        prefix=key.prefix,
        key_hash=key.hash,
        expires_at=expires_at,
        announced_days=due(expires_at, context.now),
        **given,
    )
    FRESH[made] = text
    context.add(made)
    return made


def _maker(context: Context) -> UUID:
    """Return who makes a key: somebody who can be asked what they may, each time that it is used."""
    if context.principal.user_id is None:
        raise InvalidInput("A key is made by a person who has signed in.")
    return context.principal.user_id


def checked_name(name: str) -> str:
    """Return a name without blanks around it; refuse one that is nothing else."""
    check_value(ApiKey.__table__.columns["name"], name)
    if not name.strip():
        raise InvalidInput("A name cannot be blank.", path=("name",))
    return name.strip()


def check_end(context: Context, expires_at: datetime | None) -> None:
    """Refuse an end that has come already."""
    if expires_at is not None and expires_at <= context.now:
        raise InvalidInput("This moment has passed: a key runs out later.", path=("expires_at",))


def checked_scopes(context: Context, scopes: Sequence[str], had: Collection[str] = ()) -> list[str]:
    """Return scopes in order, each once; refuse what is none, what no key may have, and what who asks lacks.

    Scopes that the key has already may stay, whoever asks.
    """
    if not 0 < len(scopes) <= len(CATALOGUE):
        raise InvalidInput("One scope at least, and each once.", path=("scopes",))
    for place, scope in enumerate(scopes):
        _check_scope(context, scope, ("scopes", place), is_new=scope not in had)
    return sorted(set(scopes))


def _check_scope(context: Context, scope: str, path: tuple[str | int, ...], *, is_new: bool) -> None:
    if scope not in CATALOGUE:
        raise InvalidInput("A scope is the name of a permission, as `onboarding.read`.", path=path)
    if scope not in FOR_KEYS:
        raise InvalidInput(f"No API key can have {scope}.", path=path)
    if is_new and not context.principal.can(scope):
        raise ScopeAboveYours(f"You lack {scope} yourself.", path=path)


def checked_networks(given: Sequence[str]) -> list[str]:
    """Return networks as they are usually written, each once."""
    if len(given) > MOST_NETWORKS:
        raise InvalidInput(f"At most {MOST_NETWORKS} networks; these are {len(given)}.", path=("allowed_ips",))
    return list(dict.fromkeys(_network(text, place) for place, text in enumerate(given)))


def _network(text: str, place: int) -> str:
    try:
        return str(ip_network(text.strip()))
    except ValueError:
        said = "An address or a network without bits beyond its mask, as `192.0.2.7` or `192.0.2.0/24`."
        raise InvalidInput(said, path=("allowed_ips", place)) from None


def checked_rate(given: int | None) -> int | None:
    """Return a rate that a key can have, or none."""
    if given is not None and not 0 < given <= HIGHEST_RATE:
        raise InvalidInput(f"1 to {HIGHEST_RATE:,} requests a minute.", path=("rate_limit_per_min",))
    return given
