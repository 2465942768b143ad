"""Texts that say something: refused where they are blank."""

from db.base import TenantOwned
from resolvers.places import table_of
from resolvers.refusals import InvalidInput
from resolvers.values import check_value


def a_text(model: type[TenantOwned], column: str, text: str, given_as: str | None = None) -> str:
    """Return a text without what surrounds it, as it goes into a column; refuse one that says nothing."""
    path = (given_as or column,)
    try:
        check_value(table_of(model).columns[column], text)
    except InvalidInput as refused:
        refused.path = path
        raise
    if not text.strip():
        raise InvalidInput("It cannot be blank.", path=path)
    return text.strip()
