"""Runs a plan: level by level, each step once for all its parents, one after the other on one session.

A step of the reference engine's resolver is asked for each parent and awaited for all together, so that what loaders
batch stays batched. Mutation fields run one after the other, each in its own transaction, read in it, and are undone
where anything of their answer went wrong.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Protocol, cast
from uuid import UUID

import orjson
import structlog
from graphql import ExecutionResult, GraphQLError, GraphQLResolveInfo, OperationType
from graphql.execution.values import VariableValues
from graphql.pyutils import is_awaitable

from db.reads import SAID
from resolvers.barred import Barred
from schema.derive import ids
from schema.derive.fields import CommandField, declaration_of
from schema.execute.page import Wanted, wanted
from schema.execute.planned.marks import Mark, settled
from schema.execute.planned.plan import Plan, Selection, Step
from schema.execute.planned.pricing import Price
from schema.execute.planned.sources import One, Paged, Taken
from schema.execute.planned.statements import Statement, given
from schema.execute.request import Request
from schema.execute.resolve import missing_for
from schema.execute.transacting import transacted

LOG: Final = structlog.get_logger("workgraph.engine")
BREATH: Final = 0.005
"""Seconds after which others are let in."""

STATEMENT: Final = "statement"
LEVELS: Final = "levels"
SESSION: Final = "session"
"""How an operation was read: by one statement; level by level; or so, in a session that the ORM reads in too."""

PORTION: Final = 2_000
"""Values that are worked on at a time: a few milliseconds at most."""


class Fetching(Protocol):
    """What reads: a session, or a moment."""

    async def fetch(self, text: str, arguments: Sequence[Any] = ()) -> Sequence[Any]:
        """Run one statement and return its rows."""
        ...


@dataclass(frozen=True, slots=True)
class Whole:
    """The one statement that answers a query, and the values that it takes; `fits` where any answer has room.

    `hidden` are the columns that the caller may not read, with the nulls that the answer has in their places.
    """

    statement: Statement
    values: Sequence[Any]
    fits: bool
    hidden: Mapping[Step, str]


class Run:
    """One execution of a plan."""

    def __init__(self, plan: Plan, request: Request, variables: VariableValues) -> None:
        self.plan, self.request, self.variables = plan, request, variables
        self.statements = plan.statements
        self.marked = False
        self.form = LEVELS
        self.whole = self._whole()
        self._spent = 0.0
        self._texts: Sequence[str | None] = ()
        self._reader: Fetching | None = None
        self._infos: dict[Step, Any] = {}
        self._breathed = time.perf_counter()

    async def answer(self) -> ExecutionResult:
        """Return the answer of the whole operation; what needs no session is read at one moment without one."""
        if self.whole and (data := await self._read(self.whole)) is not None:
            self.form = STATEMENT
            return ExecutionResult(data, None)
        if self.plan.needs_session:
            self.form = SESSION
        if self.plan.needs_session or self.plan.reads <= 1:
            return await self.by_levels(None)
        async with self.request.database.moment(self.request.asking.tenant.placement) as moment:
            return await self.by_levels(moment)

    async def by_levels(self, reader: Fetching | None) -> ExecutionResult:
        """Return the answer as it is read level by level; each mutation field reads in its own transaction."""
        self._reader = reader
        root = self.plan.root
        if self.plan.operation.operation is OperationType.MUTATION:
            [data] = await self._in_turn(root)
        else:
            [data] = await self.objects(root, [None])
        errors: list[GraphQLError] = []
        return ExecutionResult(settled(data, (), errors) if self.marked else data, errors or None)

    def price(self) -> Price:
        """Return what it costs at most."""
        return self.plan.pricing.price(self.variables.coerced, whole=self.whole is not None)

    def used(self, price: Price) -> float:
        """Return what it has cost, in microseconds: what its levels did, or as many objects as there are in the text.

        Each object of JSON has a brace, but for the one around all; a brace within a text counts as an object, too.
        """
        if not self._texts:
            return self.plan.pricing.start + self._spent
        return price.once + price.each * min(1.0, (1 + _most_objects(self._texts)) / price.objects)

    def _whole(self) -> Whole | None:
        """Return the one statement that gives the answer; None where it has to be read by levels."""
        island, request = self.plan.island, self.request
        if island is None or not island.permits(request.scoping, request.asking):
            return None
        try:
            asked = {step: self._wanted(step, source) for step, source in island.pages.items()}
            rows = {step: self._row(step, source) for step, source in island.ones.items()}
        except (GraphQLError, Barred):
            return None
        fits = island.objects(asked) <= request.room
        bounded = frozenset[Step]() if fits else island.bounded(asked, request.room)
        if bounded is None or any(each.shape.backwards for each in asked.values()):
            return None
        hidden = island.hidden(request.scoping, request.asking)
        statement = island.statement(request.scoping, asked, bounded, hidden)
        return Whole(statement, island.values(asked, rows), fits=fits, hidden=hidden)

    async def _read(self, whole: Whole) -> dict[str, Any] | None:
        """Return the answer as one statement gives it; None where that failed, so that it is read by levels."""
        placement, statement = self.request.asking.tenant.placement, whole.statement
        text, arguments = statement.within(placement.schema), statement.arguments(self._given(given(whole.values)))
        try:
            [row] = await self.request.database.one(placement, text, arguments)
        except SAID as error:
            LOG.warning("read by levels", exc_info=error)
            return None
        if not whole.fits and _most_objects(row) > self.request.room:
            return None
        self._texts = row
        self._hide(whole.hidden)
        return {
            name: None if value is None else orjson.Fragment(value)
            for name, value in zip(self.plan.root.names, row, strict=True)
        }

    def _hide(self, hidden: Mapping[Step, str]) -> None:
        """Note the hidden columns of which there are nulls: where there is no object, nothing is hidden."""
        request = self.request
        for step, null in hidden.items():
            if any(text is not None and f'"{step.name}":{null}' in text for text in self._texts):
                declared = cast("Taken", step.source).declared
                missing = missing_for(declared, request.scoping, request.asking.tenant.modules)
                assert missing is not None
                request.hide(step.path, missing)

    def _wanted(self, step: Step, source: Paged) -> Wanted:
        request = self.request
        return wanted(request, source.declared, step.arguments(self.variables))

    def _row(self, step: Step, source: One) -> UUID | None:
        return ids.row_of(step.arguments(self.variables)["id"], source.entity.name)

    async def _in_turn(self, root: Selection) -> list[Any]:
        self._spent += root.once + root.each
        columns = [
            await (self._transacted(step) if _is_command(step) else self._column(step, [None])) for step in root.steps
        ]
        return self._held(await self._made(root, columns, 1))

    async def _transacted(self, step: Step) -> list[Any]:
        """Run a mutation field in its transaction; a fault anywhere in its answer takes the whole answer with it."""

        async def work() -> list[Any]:
            self.marked = False
            column = await self._column(step, [None])
            errors: list[GraphQLError] = []
            if self.marked:
                settled(column[0], (step.name,), errors)
            for error in errors:
                raise error
            return column

        before = self.marked
        try:
            return await transacted(self.request, work)
        except Exception as error:  # noqa: BLE001 - every fault is located at the field
            before = True
            return [Mark(error, step.nodes).bubbling()]
        finally:
            self.marked = before

    async def objects(self, selection: Selection, parents: Sequence[Any]) -> list[Any]:
        """Answer a selection for several parents."""
        if not parents:
            return []
        self._spent += selection.once + selection.each * len(parents)
        if selection.at_once:
            columns = await asyncio.gather(*(self._completed(step, parents) for step in selection.steps))
        else:
            columns = [await self._column(step, parents) for step in selection.steps]
        return self._held(await self._made(selection, columns, len(parents)))

    async def _made(self, selection: Selection, columns: Sequence[list[Any]], number: int) -> list[Any]:
        """Make the objects of a selection, a portion at a time."""
        names = selection.names
        if not names:
            return [{} for _ in range(number)]
        rows = zip(*columns, strict=True)
        made: list[Any] = []
        while len(made) < number:
            made += [dict(zip(names, row, strict=True)) for row in islice(rows, PORTION)]
            await self.breathe()
        return made

    def _held(self, answers: list[Any]) -> list[Any]:
        """Put what went wrong in a place that must not be null in the place of the whole object."""
        if self.marked:
            for index, answer in enumerate(answers):
                for name, value in answer.items():
                    if isinstance(value, Mark) and value.bubbles:
                        answers[index] = value.above(name)
                        break
        return answers

    async def _column(self, step: Step, parents: Sequence[Any]) -> list[Any]:
        await self.breathe()
        return await self._completed(step, parents)

    async def _completed(self, step: Step, parents: Sequence[Any]) -> list[Any]:
        return await step.completion.complete(self, step, await self._values(step, parents))

    async def _values(self, step: Step, parents: Sequence[Any]) -> list[Any]:
        try:
            arguments = step.arguments(self.variables)
        except GraphQLError as error:
            return [self.mark(step, error)] * len(parents)
        try:
            values = await step.source.values(self, step, parents, arguments)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the field's
            return [self.mark(step, error)] * len(parents)
        await self.arrived(step, values)
        return values

    def resolved(self, step: Step, parents: Sequence[Any], arguments: Mapping[str, Any]) -> list[Any]:
        """Ask a field's resolver for each parent."""
        resolve, info = step.resolve, self.info(step)
        values: list[Any] = []
        for parent in parents:
            try:
                values.append(resolve(parent, info, **arguments))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this parent's
                values.append(self.mark(step, error))
        return values

    async def fetch(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Any]:
        """Run a statement, and return its rows."""
        placement, arguments = self.request.asking.tenant.placement, statement.arguments(self._given(values))
        if self.plan.is_alone:
            return await self.request.database.one(placement, statement.alone_within(placement.schema), arguments)
        reader = self._reader or self.request.reading.session
        return await reader.fetch(statement.within(placement.schema), arguments)

    def _given(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Add the values of scopes to those that a statement is given."""
        return {**values, **self.request.scoping.values} if self.request.asking.principal.scoped else values

    async def arrived(self, step: Step, values: list[Any]) -> None:
        """Wait for those values of a column that are still to come."""
        kinds = set(map(type, values))
        if any(hasattr(kind, "__await__") for kind in kinds):
            waiting = [index for index, value in enumerate(values) if is_awaitable(value)]
            came = await asyncio.gather(*(values[index] for index in waiting), return_exceptions=True)
            for index, value in zip(waiting, came, strict=True):
                values[index] = value
            kinds = set(map(type, values))
        if any(issubclass(kind, BaseException) for kind in kinds):
            for index, value in enumerate(values):
                if isinstance(value, Exception):
                    values[index] = self.mark(step, value)
                elif isinstance(value, BaseException):
                    raise value

    def mark(self, step: Step, error: Exception) -> Mark:
        """Note that something went wrong."""
        self.marked = True
        return Mark(error, step.nodes)

    def info(self, step: Step) -> Any:
        """Return what resolvers are told of a field; its path has no places in lists."""
        found = self._infos.get(step)
        if found is None:
            found = self._infos[step] = GraphQLResolveInfo(
                step.nodes[0].name.value,
                step.nodes,
                step.field.type,
                step.parent,
                step.path,
                self.plan.schema,
                self.plan.fragments,
                None,
                self.plan.operation,
                self.variables,
                self.request,
                is_awaitable,
                None,
                None,  # pyright: ignore[reportArgumentType] - nothing here is left to run in the background
            )
        return found

    async def portioned(self, values: Sequence[Any], work: Callable[[Sequence[Any]], list[Any]]) -> list[Any]:
        """Do something to each value of a column, a portion at a time, so that a long one keeps nobody waiting."""
        if len(values) <= PORTION:
            return work(values)
        done: list[Any] = []
        for start in range(0, len(values), PORTION):
            done += work(values[start : start + PORTION])
            await self.breathe()
        return done

    async def breathe(self) -> None:
        """Let others in, now and then."""
        if time.perf_counter() - self._breathed > BREATH:
            await asyncio.sleep(0)
            self._breathed = time.perf_counter()


def _most_objects(texts: Sequence[str | None]) -> int:
    """Return how many objects there are at most in JSON: each has a brace, which text may have, too."""
    return sum(text.count("{") for text in texts if text is not None)


def _is_command(step: Step) -> bool:
    return isinstance(declaration_of(step.field), CommandField)
