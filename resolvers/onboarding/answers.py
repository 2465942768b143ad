"""Answers of new hires: JSON, encrypted with the company's key and bound to the row that holds it."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

import orjson

from db.encryption import Keyring
from db.models.onboarding import Progress
from resolvers.context import Context, bound_to
from resolvers.refusals import InvalidInput

LONGEST: Final = 100_000


def answer_of(keyring: Keyring, row: Progress) -> Any:
    """Return the answer that a row holds; None where it holds none."""
    return None if row.answer is None else orjson.loads(keyring.open(row.answer, aad=bound_to(row, "answer")))


def answers_of(keyring: Keyring, rows: Iterable[Progress]) -> Mapping[UUID, Any]:
    """Return the answers of rows by their blocks."""
    return {row.content_block_id: answer_of(keyring, row) for row in rows}


def keep_answer(context: Context, row: Progress, value: Any) -> None:
    """Put an answer into its row; one that is there already stays as it is."""
    if value is None:
        row.answer = None
        return
    try:
        text = orjson.dumps(value).decode()
    except (TypeError, ValueError) as error:
        raise InvalidInput("An answer is JSON, nested a hundred levels deep at most.", path=("value",)) from error
    if len(text) > LONGEST:
        raise InvalidInput(f"An answer has at most {LONGEST:,} characters of JSON.", path=("value",))
    if not context.holds(row, "answer", text):
        row.answer = context.seal(row, "answer", text)
