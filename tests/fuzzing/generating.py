"""Documents that schemathesis makes up from the schema: such as fit it, and such as do not."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import schemathesis
from graphql import ValueNode
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.graphql import nodes

from tests.clients.outside import SCHEMA

ENDS_THE_SESSION: Final = frozenset({"Mutation.logout"})
HEALTHY: Final = (
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
    HealthCheck.large_base_example,
)
"""What hypothesis would complain of: making documents of a large schema takes a while."""

MODES: Final = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
"""Documents that fit the schema, and documents that do not."""


@dataclass(frozen=True)
class Made:
    """A document, and the field that it was made for."""

    operation: str
    mode: GenerationMode
    text: str


def texts(*values: str) -> st.SearchStrategy[ValueNode]:
    """Values that a scalar takes, and any other text."""
    return st.one_of(st.sampled_from(values), st.text(max_size=20)).map(nodes.String)


SCALARS: Final = {
    "LocalTime": texts("09:30", "23:59:59", "24:00"),
    "Decimal": texts("12.50", "-0.0001", "1e400", "NaN"),
    "EmailAddress": texts("ada@example.com", "ada@[::1]"),
    "URL": texts("https://example.com/", "http://[::1]:99999/"),
    "TimeZone": texts("Europe/Berlin", "../../etc/passwd"),
    "CountryCode": texts("DE", "XX"),
    "CurrencyCode": texts("EUR", "XXX"),
    "HexColor": texts("#1A2B3C", "#1A2B3"),
    "JSON": st.sampled_from([nodes.Object(fields=[]), nodes.Int(1), nodes.String("x"), nodes.Null]),
    "JSONValue": st.sampled_from([nodes.Object(fields=[]), nodes.Int(1), nodes.String("x"), nodes.Null]),
}


def made(examples: int, *, every: int = 1, seeded: int = 1, ids: Sequence[str] = ("x",)) -> Iterator[Made]:
    """Make documents for each so-manieth field of the roots, about objects of these ids; the same for the same seed."""
    for name, strategy in {**SCALARS, "ID": texts(*ids)}.items():
        schemathesis.graphql.scalar(name, strategy)
    schema = schemathesis.graphql.from_file(SCHEMA.read_text("utf-8"))
    operations: list[Any] = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    for operation in operations[::every]:
        if operation.label in ENDS_THE_SESSION:
            continue
        for mode in MODES:
            strategy = operation.as_strategy(generation_mode=mode)
            for text in some(strategy, examples, seeded):
                yield Made(operation.label, mode, text)


def some(strategy: st.SearchStrategy[Any], examples: int, seeded: int) -> Sequence[str]:
    """Draw a few documents of a strategy."""
    drawn = list[str]()

    def draw(case: Any) -> None:
        if isinstance(case.body, str):
            drawn.append(case.body)

    quietly = settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=HEALTHY,
    )
    run: Callable[[], None] = seed(seeded)(quietly(given(case=strategy)(draw)))
    run()
    return drawn
