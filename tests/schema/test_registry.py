"""What the machine refuses to make a schema of."""

import pytest
from sqlalchemy import Column

from schema.derive import registry
from schema.derive.registry import Registry
from schema.root import DOMAINS


def test_a_reference_is_not_called_like_a_column(monkeypatch: pytest.MonkeyPatch) -> None:
    def as_who_made_it(column: Column[object]) -> str:
        return "created_by" if column.key == "client_version_id" else column.key

    monkeypatch.setattr(registry, "relation_name", as_who_made_it)
    with pytest.raises(ValueError, match=r"RegisteredDocument\.client_version_id: created_by is a column of its own"):
        Registry(DOMAINS)
