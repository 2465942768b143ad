"""Bugs are planted in one of the two engines, one at a time; the comparison must find each of them.

Without this, nothing says that equal answers mean anything: a comparison that looks at too little, or operations that
never come by the place, would find no difference either.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest
from graphql.execution import collect_fields, executor
from sqlalchemy import func, select

from resolvers.context import Asking
from schema.answering import Answered, Asked
from schema.execute import compare, order, page, request, resolve, where
from tests.engines.ground import Ask, Ground
from tests.engines.judging import Judge
from tests.engines.trial import Trial
from tests.engines.two import planned, reference

# graphql-core never awaits some of what it has begun when it gives up a part of an answer.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

WITHIN: Final = 600
"""So many operations find each bug."""

Plant = Callable[[pytest.MonkeyPatch], None]


def nulls_come_first(patch: pytest.MonkeyPatch) -> None:
    """Ascending, nulls come first."""

    def ordering(term: order.Term, *, backwards: bool) -> list[Any]:
        column = term.expression
        ordered = column.desc() if term.descending != backwards else column.asc()
        return [ordered.nulls_last() if backwards else ordered.nulls_first()] if term.nullable else [ordered]

    patch.setattr(order.Term, "ordering", ordering)


def there_is_always_one_more(patch: pytest.MonkeyPatch) -> None:
    """A page that is just full says that there is more."""
    right = page._page

    def paged(asked: page.Wanted, rows: Any) -> page.Page:
        made = right(asked, rows)
        full = len(rows) == asked.size and not asked.backwards
        return page.Page(made.rows, made.places, made.has_next or full, made.has_previous, made.order)

    patch.setattr(page, "_page", paged)


def what_is_merged_is_dropped(patch: pytest.MonkeyPatch) -> None:
    """Of a field that is asked for twice, only what the first one selects is answered."""
    right = collect_fields.collect_subfields

    def first_only(
        schema: Any, fragments: Any, variables: Any, operation: Any, kind: Any, group: Any, hide: Any
    ) -> Any:
        return right(schema, fragments, variables, operation, kind, group[:1], hide)

    patch.setattr(executor, "collect_subfields", first_only)


def nothing_is_said_to_be_hidden(patch: pytest.MonkeyPatch) -> None:
    """What is hidden is null, and nobody is told."""
    patch.setattr(request.Request, "hide", lambda *_: None)


def nothing_is_hidden(patch: pytest.MonkeyPatch) -> None:
    """Whoever may read the object may read everything in it."""
    patch.setattr(resolve, "may", lambda *_: True)


def not_leaves_out_nulls(patch: pytest.MonkeyPatch) -> None:
    """What SQL does not know is neither so nor not so."""
    right = where.Where._one

    def one(self: where.Where, entity: Any, target: Any, name: str, value: Any, path: Any) -> Any:
        if name == "not" and value is not None:
            return ~self.condition(entity, target, value, (*path, name))
        return right(self, entity, target, name, value, path)

    patch.setattr(where.Where, "_one", one)


def cursors_are_ignored(patch: pytest.MonkeyPatch) -> None:
    """Every page begins at the beginning."""
    patch.setattr(page, "_bounded", lambda asked: asked.condition)


def all_are_counted(patch: pytest.MonkeyPatch) -> None:
    """The total counts what does not match, too."""

    async def counted(asked: request.Request, field: Any, _wanted: page.Wanted) -> int:
        [count] = await asked.reading.session.scalars(select(func.count()).select_from(field.entity.model))
        return count

    patch.setattr(resolve, "root_count", counted)


def case_matters(patch: pytest.MonkeyPatch) -> None:
    """`icontains` is `contains`."""
    patch.setattr(compare, "OPERATORS", {**compare.OPERATORS, "icontains": compare.OPERATORS["contains"]})


def everything_is_included(patch: pytest.MonkeyPatch) -> None:
    """@skip and @include are not looked at."""
    patch.setattr(collect_fields, "should_include_node", lambda *_: True)


PLANTS: Final[Mapping[str, Plant]] = {
    each.__name__: each
    for each in (
        nulls_come_first,
        there_is_always_one_more,
        what_is_merged_is_dropped,
        nothing_is_said_to_be_hidden,
        nothing_is_hidden,
        not_leaves_out_nulls,
        cursors_are_ignored,
        all_are_counted,
        case_matters,
        everything_is_included,
    )
}


@dataclass(frozen=True)
class Planted:
    """An engine with a bug in it, for as long as it is asked."""

    ask: Ask
    plant: Plant

    async def __call__(self, asking: Asking, asked: Asked) -> Answered:
        """Answer wrongly."""
        with pytest.MonkeyPatch.context() as patch:
            self.plant(patch)
            return await self.ask(asking, asked)


@pytest.mark.parametrize("name", PLANTS)
async def test_a_planted_bug_is_found(ground: Ground, name: str) -> None:
    answering = ground.answering()
    trial = await Trial(Judge(ground, Planted(planned(answering), PLANTS[name]), reference(answering))).run(WITHIN)
    assert trial.found, f"{WITHIN} operations, and nobody has seen that {PLANTS[name].__doc__}"
