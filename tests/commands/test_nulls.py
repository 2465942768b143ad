"""A null that an argument does not take stands for having been left out, whichever operation it is."""

import pytest

from schema.derive.fields import CommandField, declaration_of
from schema.derive.inputs import rows_of
from tests.commands.ground import SCHEMA

assert SCHEMA.mutation_type is not None
DECLARED = {name: declaration_of(field) for name, field in SCHEMA.mutation_type.fields.items()}
OPERATIONS = {name: each.operation for name, each in DECLARED.items() if isinstance(each, CommandField)}


@pytest.mark.parametrize("name", OPERATIONS)
def test_null_is_handed_on_only_where_it_is_a_value(name: str) -> None:
    inputs = OPERATIONS[name].inputs
    arguments = rows_of(OPERATIONS[name], dict.fromkeys(inputs))
    assert set(arguments.values()) <= {None}
    assert all(inputs[each].takes_null or inputs[each].column is not None for each in arguments)


def test_both_sorts_are_there() -> None:
    arguments = rows_of(OPERATIONS["rotateWebhookSecret"], {"overlap_hours": None})
    assert arguments == {}
    assert rows_of(OPERATIONS["rotateApiKey"], {"grace_minutes": None}) == {"grace_minutes": None}
