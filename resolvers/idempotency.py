"""Idempotency keys: the same command given twice is done once.

The key's row is inserted before anything else, so that a second call with it waits for the first transaction to end. It
holds a keyed fingerprint of the input and the expected version and, in the end, the ids of what was written or the
refusals: never the rendered answer, and never a secret. A key counts for 24 hours, per actor and operation.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import orjson
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from db.models.log import IdempotencyKey
from resolvers.context import Context
from resolvers.refusals import IdempotencyConflict, InvalidInput, Refused
from subscriptions.recorder import plain

LIFETIME: Final = timedelta(hours=24)
LONGEST_KEY: Final = 255


async def claim(context: Context, operation: str, key: str, asked: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Claim a key, or return what its first call came to; refuse when that call asked for something else."""
    if not 0 < len(key) <= LONGEST_KEY or "\0" in key or not key.isprintable():
        raise InvalidInput(f"1 to {LONGEST_KEY} printable characters.", path=("idempotency_key",))
    fingerprint = context.fingerprint(orjson.dumps(plain(dict(asked)), option=orjson.OPT_SORT_KEYS))
    if await _insert(context, operation, key, fingerprint):
        return None
    found = await context.all(_named(select(IdempotencyKey), context, operation, key))
    if not found:  # purged between the two statements
        return await claim(context, operation, key, asked)
    earlier: IdempotencyKey = found[0]
    if context.now - earlier.created_at >= LIFETIME:
        await _forget(context, earlier)
        return await claim(context, operation, key, asked)
    if earlier.input_hash != fingerprint:
        raise IdempotencyConflict("This key was used for another input.", path=("idempotency_key",))
    return earlier.result


async def settle(context: Context, operation: str, key: str, result: dict[str, Any]) -> None:
    """Keep what the call came to, in the same transaction."""
    await context.session.execute(_named(update(IdempotencyKey), context, operation, key).values(result=result))


async def _forget(context: Context, expired: IdempotencyKey) -> None:
    """Remove this one row and no newer one: of two calls that find it expired, the second finds the first's key."""
    context.session.unit.expunge(expired)
    await context.session.execute(delete(IdempotencyKey).where(IdempotencyKey.id == expired.id))


async def _insert(context: Context, operation: str, key: str, fingerprint: bytes) -> bool:
    statement = (
        insert(IdempotencyKey)
        .values(
            tenant_id=context.session.tenant_id,
            id=uuid7(),
            actor_id=context.principal.apart,
            operation=operation,
            key=key,
            input_hash=fingerprint,
            created_at=context.now,
        )
        .on_conflict_do_nothing(constraint="uq_idempotency_keys_key")
        .returning(IdempotencyKey.id)
    )
    return bool(await context.session.rows(statement))


def _named(statement: Any, context: Context, operation: str, key: str) -> Any:
    return statement.where(
        IdempotencyKey.actor_id == context.principal.apart,
        IdempotencyKey.operation == operation,
        IdempotencyKey.key == key,
    )


def packed(refused: Refused) -> dict[str, Any]:
    """Turn a refusal into what can be stored."""
    return {"type": type(refused).__name__, "message": refused.message, "path": refused.path, "data": refused.data}


def unpacked(stored: Mapping[str, Any]) -> Refused:
    """Turn what was stored into the refusal that it was."""
    kinds = {kind.__name__: kind for kind in _all_refusals(Refused)}
    return kinds[stored["type"]](stored["message"], path=stored["path"], **stored["data"])


def _all_refusals(root: type[Refused]) -> list[type[Refused]]:
    return [root, *(kind for child in root.__subclasses__() for kind in _all_refusals(child))]
