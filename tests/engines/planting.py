"""Bugs are planted in the planned engine, one at a time; the comparison must find each of them.

Without this, nothing says that equal answers mean anything: a comparison that looks at too little, or operations that
never come by the place, would find no difference either.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import pytest
from graphql.execution import collect_fields
from sqlalchemy import func, literal_column, true

from db import json_forms
from resolvers.context import Asking
from schema.answering import Answered, Asked
from schema.execute import compare, condition, order, page, request, resolve
from schema.execute.planned import completing, islands, marks, plan, sources, statements
from tests.engines.ground import Ask

WITHIN: Final = 600
"""So many operations find each bug."""

RARE: Final = frozenset(
    {
        "case_matters",
        "there_is_always_one_more",
        "whoever_asks_may_read_it_all_at_once",
        "not_leaves_out_nulls",
        "nulls_come_first",
        "a_type_is_read_as_another",
    }
)
"""Bugs that take some hundred operations to come by: `./workgraph prove engine` plants them too."""

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
    right = page.page

    def paged(asked: page.Wanted, rows: Sequence[Any], places: Sequence[Any]) -> page.Page:
        made = right(asked, rows, places)
        full = len(rows) == asked.size and not asked.shape.backwards
        return page.Page(made.rows, made.places, made.has_next or full, made.has_previous, made.order)

    patch.setattr(sources, "page", paged)


def what_is_merged_is_dropped(patch: pytest.MonkeyPatch) -> None:
    """Of a field that is asked for twice, only what the first one selects is answered."""
    right = plan.collect_subfields

    def first_only(
        schema: Any, fragments: Any, variables: Any, operation: Any, kind: Any, group: Any, **options: Any
    ) -> Any:
        return right(schema, fragments, variables, operation, kind, group[:1], **options)

    patch.setattr(plan, "collect_subfields", first_only)


def nothing_is_said_to_be_hidden(patch: pytest.MonkeyPatch) -> None:
    """What is hidden is null, and nobody is told."""
    patch.setattr(request.Request, "hide", lambda *_: None)


def nothing_is_hidden(patch: pytest.MonkeyPatch) -> None:
    """Whoever may read the object may read everything in it."""
    patch.setattr(resolve, "may", lambda *_: True)


def whoever_asks_may_read_it_all_at_once(patch: pytest.MonkeyPatch) -> None:
    """One statement answers without a look at who asks."""
    patch.setattr(islands.Island, "permits", lambda *_: True)


def not_leaves_out_nulls(patch: pytest.MonkeyPatch) -> None:
    """What SQL does not know is neither so nor not so."""
    patch.setattr(condition.Condition, "_not", lambda self, entity, target, one: ~self.of(entity, target, one))


def cursors_are_ignored(patch: pytest.MonkeyPatch) -> None:
    """Every page begins at the beginning."""
    patch.setattr(statements, "between", lambda *_: true())


def all_are_counted(patch: pytest.MonkeyPatch) -> None:
    """The total counts what does not match, too."""
    right = statements.Statements.count
    patch.setattr(
        statements.Statements,
        "count",
        lambda self, scoping, declared, shape: right(self, scoping, declared, shape._replace(where=None)),
    )


def case_matters(patch: pytest.MonkeyPatch) -> None:
    """`icontains` is `contains`, and so are its like."""
    patch.setattr(compare, "_folded", lambda text: text)


def everything_is_included(patch: pytest.MonkeyPatch) -> None:
    """@skip and @include are not looked at."""
    patch.setattr(collect_fields, "should_include_node", lambda *_: True)


def null_stays_where_it_must_not_be(patch: pytest.MonkeyPatch) -> None:
    """What went wrong in a place that must not be null leaves a null there."""
    patch.setattr(marks.Mark, "bubbling", lambda self: self)


def the_way_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    """An error is told at the place that is null, instead of the one where it arose."""
    right = marks.Mark.above
    patch.setattr(marks.Mark, "above", lambda self, _name: replace(right(self, ""), way=self.way))


def instants_lose_their_fraction(patch: pytest.MonkeyPatch) -> None:
    """PostgreSQL writes whole seconds."""
    form = literal_column('\'YYYY-MM-DD"T"HH24:MI:SS"Z"\'')

    def whole(value: Any) -> list[Any]:
        return ['"', func.to_char(func.timezone("UTC", value), form), '"']

    patch.setitem(json_forms.WRITTEN, datetime, whole)


def rows_go_to_the_wrong_parent(patch: pytest.MonkeyPatch) -> None:
    """What references point at is handed out in the order in which it was read."""

    async def by_id(run: Any, entity: Any, layout: Any, rows: Sequence[UUID]) -> Mapping[UUID, Any]:
        found = await right(run, entity, layout, rows)
        return dict(zip(found, reversed(list(found.values())), strict=True))

    right = sources.by_id
    patch.setattr(sources, "by_id", by_id)


def a_type_is_read_as_another(patch: pytest.MonkeyPatch) -> None:
    """Of an interface, whatever comes first decides what is asked of all."""
    right = completing.Abstract._named

    def named(self: Any, run: Any, step: Any, value: Any) -> str:
        return self.__dict__.setdefault("first", right(self, run, step, value))

    patch.setattr(completing.Abstract, "_named", named)


PLANTS: Final[Mapping[str, Plant]] = {
    each.__name__: each
    for each in (
        nulls_come_first,
        there_is_always_one_more,
        what_is_merged_is_dropped,
        nothing_is_said_to_be_hidden,
        nothing_is_hidden,
        whoever_asks_may_read_it_all_at_once,
        not_leaves_out_nulls,
        cursors_are_ignored,
        all_are_counted,
        case_matters,
        everything_is_included,
        null_stays_where_it_must_not_be,
        the_way_is_forgotten,
        instants_lose_their_fraction,
        rows_go_to_the_wrong_parent,
        a_type_is_read_as_another,
    )
}


@dataclass(frozen=True)
class Planted:
    """An engine with a bug in it, for as long as it is asked."""

    ask: Ask
    plant: Plant

    def __post_init__(self) -> None:
        """Plant it once, so that a bug which cannot be planted is no answer that went wrong."""
        with pytest.MonkeyPatch.context() as patch:
            self.plant(patch)

    async def __call__(self, asking: Asking, asked: Asked) -> Answered:
        """Answer wrongly."""
        with pytest.MonkeyPatch.context() as patch:
            self.plant(patch)
            return await self.ask(asking, asked)
