"""Changing API keys: what one is called and held to, and what it may, where whoever changes it may give that."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy.orm.attributes import get_history

from db.models.keys import ApiKey
from resolvers import plain
from resolvers.context import Context
from resolvers.keys.living import LIVING, due, expect_living
from resolvers.keys.making import (
    MANAGE,
    ScopeAboveYours,
    check_end,
    checked_name,
    checked_networks,
    checked_rate,
    checked_scopes,
)
from resolvers.operation import Operation
from resolvers.plain import Also, Plain


async def _expect_living(context: Context, keys: Sequence[ApiKey]) -> None:
    """Refuse what is over: its end is not put off, and what it may does not matter any more."""
    for key in keys:
        expect_living(key, context.now)


async def _check(context: Context, key: ApiKey) -> None:
    """Refuse what a new key could not be given either, but for the scopes that this one has."""
    before = _before(key)
    if "name" in before:
        key.name = checked_name(key.name)
    if "scopes" in before:
        key.scopes = checked_scopes(context, key.scopes, had=before["scopes"])
    if "allowed_ips" in before:
        key.allowed_ips = checked_networks(key.allowed_ips)
    checked_rate(key.rate_limit_per_min)
    if "expires_at" in before:
        check_end(context, key.expires_at)
        key.announced_days = due(key.expires_at, context.now)


def _before(key: ApiKey) -> dict[str, Any]:
    """Return what of a key is about to change, as it was."""
    given = ("name", "scopes", "allowed_ips", "expires_at")
    changed = {name: get_history(key, name) for name in given}
    return {name: history.deleted[0] for name, history in changed.items() if history.deleted}


def _updating() -> Operation:
    """Derive the plain update, of keys that live."""
    changing = Also(before=_check, refuses=(ScopeAboveYours,))
    made = plain.update(Plain(ApiKey, MANAGE, guard=_expect_living, guarded_by=LIVING, updated=changing))
    description = (
        "Change the given fields of an API key, and leave the others. Scopes that it has not yet must be yours. "
        "Its maker stays who they are: it never may what they may not. A key that has ended, or was rotated, stays "
        "as it is."
    )
    return replace(made, description=description)


update_api_key: Final = _updating()
