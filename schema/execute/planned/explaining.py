"""Tells how a plan reads: its steps, from where each takes its values, and the SQL of those that ask the database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import GraphQLError
from graphql.execution.values import VariableValues

from resolvers.barred import Barred
from schema.execute.page import wanted
from schema.execute.planned.completing import Abstract, Completion, Listed, NotNull, Objects
from schema.execute.planned.plan import Plan, Selection, Step
from schema.execute.planned.running import Run
from schema.execute.planned.sources import Batched, Beside, Named, One, Paged, Part, Related, Resolved, Taken
from schema.execute.planned.statements import Statement
from schema.execute.request import Request


@dataclass(frozen=True, slots=True)
class Explained:
    """One step of a plan: where it stands in the answer, how it gets its values, and its statements."""

    path: str
    how: str
    sql: tuple[str, ...] = ()

    def shown(self) -> dict[str, Any]:
        """Return it as an answer shows it."""
        return {"path": self.path, "how": self.how, **({"sql": list(self.sql)} if self.sql else {})}


def explained(plan: Plan, request: Request, variables: VariableValues) -> list[Explained]:
    """Tell how a plan reads, for who asks and with what they ask for; nothing is read."""
    return list(Explaining(plan, request, variables).all())


class Explaining:
    """Walks a plan."""

    def __init__(self, plan: Plan, request: Request, variables: VariableValues) -> None:
        self._plan, self._request, self._variables = plan, request, variables

    def all(self) -> Iterator[Explained]:
        """Tell of the one statement, or else of every step."""
        whole = Run(self._plan, self._request, self._variables).whole
        if whole is None:
            yield from self._steps(self._plan.root)
        else:
            yield Explained("", "one statement, whose JSON is the answer", (self._text(whole.statement),))

    def _steps(self, selection: Selection) -> Iterator[Explained]:
        for step in selection.steps:
            yield self._step(step)
            yield from self._below(step.completion)

    def _below(self, completion: Completion) -> Iterator[Explained]:
        match completion:
            case NotNull(inner=inner) | Listed(inner=inner):
                yield from self._below(inner)
            case Objects(selection=selection):
                yield from self._steps(selection)
            case Abstract():
                for objects in completion.known():
                    yield from self._below(objects)
            case _:
                pass

    def _step(self, step: Step) -> Explained:
        path = ".".join(str(each) for each in step.path.as_list())
        try:
            return Explained(path, _how(step), tuple(self._statements(step)))
        except (GraphQLError, Barred) as refused:
            return Explained(path, f"refused: {refused}")

    def _statements(self, step: Step) -> Iterator[str]:
        source, statements = step.source, self._plan.statements
        scoping = self._request.scoping
        match source:
            case One(entity=entity, layout=layout):
                yield self._text(statements.rows(scoping, entity, layout.columns))
            case Related(declared=declared, layout=layout) if layout:
                yield self._text(statements.rows(scoping, declared.target, layout.columns))
            case Paged(declared=declared, layout=layout):
                asked = wanted(self._request, declared, step.arguments(self._variables))
                if layout and source.has_page:
                    columns, placed = layout.columns, source.placed
                    yield self._text(statements.page(scoping, declared, columns, asked.shape, placed=placed))
                if source.has_total:
                    yield self._text(statements.count(scoping, declared, asked.shape))
            case _:
                pass

    def _text(self, statement: Statement) -> str:
        return statement.within(self._request.asking.tenant.placement.schema)


def _how(step: Step) -> str:
    match step.source:
        case Taken(declared=declared):
            return f"column {declared.column.key}"
        case Related(layout=layout) | Paged(layout=layout):
            return f"{'rows' if layout else 'objects'}, for all parents at once"
        case source:
            return HOW[type(source)]


HOW: Final[Mapping[type, str]] = {
    Named: "name of the type",
    Part: "part of the page",
    Beside: "loader, for all parents at once",
    One: "row",
    Batched: "batch function, for all parents at once",
    Resolved: "resolver, for each parent; what needs the database is loaded for all at once",
}
