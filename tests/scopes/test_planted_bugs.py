"""Bugs that are planted in row scope are found by the trials against the naive reading."""

from collections.abc import Awaitable, Callable

import pytest

from db.encryption import Sealer
from resolvers import scopes
from schema.answering import Answering
from schema.execute.condition import Condition
from schema.execute.scoping import Scoping
from schema.root import make_schema
from tests.scopes import test_rows as rows
from tests.world import CompanyWorld, World

Plant = Callable[[pytest.MonkeyPatch], None]
Trial = Callable[[int, CompanyWorld], Awaitable[None]]


def filters_see_everything(patch: pytest.MonkeyPatch) -> None:
    """Related objects count in filters whoever may read them."""
    patch.setattr(Condition, "_reached", lambda *_: [])


def everything_is_reached(patch: pytest.MonkeyPatch) -> None:
    """A scope opens a type, and with it every row."""
    patch.setattr(Scoping, "rows", lambda *_: None)


def only_direct_reports(patch: pytest.MonkeyPatch) -> None:
    """Who reports through others is left out."""
    patch.setattr(scopes.Reach, "_reports", lambda self, person: person.line == scopes._steps_to(self._me))


def no_parts(patch: pytest.MonkeyPatch) -> None:
    """Nobody is in a department."""
    for name in ("_in_department", "_in_departments"):
        patch.setattr(scopes.Reach, name, scopes.Reach._is_oneself)


def everybody_has_the_same_form(patch: pytest.MonkeyPatch) -> None:
    """A kept statement answers whoever asks alike, whatever their scopes are like."""
    patch.setattr(Scoping, "form", ())


@pytest.mark.parametrize(
    ("plant", "trial"),
    [
        (filters_see_everything, rows.test_filters_see_no_row_that_the_reader_does_not),
        (everything_is_reached, rows.test_lists_references_and_counts),
        (everything_is_reached, rows.test_by_id_there_is_what_is_listed_and_nothing_else),
        (everything_is_reached, rows.test_an_order_through_a_reference_tells_nothing_of_who_is_not_seen),
        (everything_is_reached, rows.test_aggregates_and_groups),
        (only_direct_reports, rows.test_lists_references_and_counts),
        (no_parts, rows.test_lists_references_and_counts),
    ],
)
async def test_it_is_found(world: World, monkeypatch: pytest.MonkeyPatch, plant: Plant, trial: Trial) -> None:
    of_its_own(world, monkeypatch)
    plant(monkeypatch)
    with pytest.raises((AssertionError, KeyError)):
        await all_of(world, trial)


def of_its_own(world: World, patch: pytest.MonkeyPatch) -> None:
    """Have everything answered with a schema whose kept statements are those of this test alone."""
    parts, sealer = world.parts, Sealer(world.wiring.master_key)
    answering = Answering(make_schema(), parts.database, parts.identity, parts.registration, parts.sso, sealer)
    patch.setattr(type(parts), "answering", lambda _: answering)


async def all_of(world: World, trial: Trial) -> None:
    """Try it with every company that is drawn."""
    for seed in rows.SEEDS:
        await trial(seed, await world.company())


async def test_statements_are_kept_for_one_form_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """All ask one schema with its kept statements: what was written for one person does not answer the next."""
    of_its_own(world, monkeypatch)
    await all_of(world, rows.test_lists_references_and_counts)
    everybody_has_the_same_form(monkeypatch)
    with pytest.raises(AssertionError):
        await all_of(world, rows.test_lists_references_and_counts)
