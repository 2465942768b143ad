"""Runs a plan: level by level, each step once for all its parents, one after the other on one session.

A step of the reference engine's resolver is asked for each parent and awaited for all together, so that what loaders
batch stays batched. Mutation fields run one after the other, each in its own transaction, read in it, and are undone
where anything of their answer went wrong.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from graphql import ExecutionResult, GraphQLError, GraphQLResolveInfo, OperationType
from graphql.execution.values import VariableValues
from graphql.pyutils import is_awaitable

from schema.derive.fields import CommandField, declaration_of
from schema.execute.planned.marks import Mark, settled
from schema.execute.planned.plan import Plan, Selection, Step
from schema.execute.request import Request
from schema.execute.transacting import transacted

BREATH: Final = 0.005
"""Seconds after which others are let in."""


class Run:
    """One execution of a plan."""

    def __init__(self, plan: Plan, request: Request, variables: VariableValues) -> None:
        self.plan, self.request, self.variables = plan, request, variables
        self.marked = False
        self._infos: dict[Step, Any] = {}
        self._breathed = time.perf_counter()

    async def answer(self) -> ExecutionResult:
        """Return the answer of the whole operation."""
        root = self.plan.root
        if self.plan.operation.operation is OperationType.MUTATION:
            [data] = await self._in_turn(root)
        else:
            [data] = await self.objects(root, [None])
        errors: list[GraphQLError] = []
        return ExecutionResult(settled(data, (), errors) if self.marked else data, errors or None)

    async def _in_turn(self, root: Selection) -> list[Any]:
        columns = [
            await (self._transacted(step) if _is_command(step) else self._column(step, [None])) for step in root.steps
        ]
        return self._held(self._made(root, columns, 1))

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
        columns = [await self._column(step, parents) for step in selection.steps]
        return self._held(self._made(selection, columns, len(parents)))

    def _made(self, selection: Selection, columns: Sequence[list[Any]], number: int) -> list[Any]:
        names = selection.names
        return (
            [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
            if names
            else [{} for _ in range(number)]
        )

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
        await self._breathe()
        return await step.completion.complete(self, step, await self._values(step, parents))

    async def _values(self, step: Step, parents: Sequence[Any]) -> list[Any]:
        try:
            arguments = step.arguments(self.variables)
        except GraphQLError as error:
            return [self.mark(step, error)] * len(parents)
        values = self._resolved(step, parents, arguments)
        await self.arrived(step, values)
        return values

    def _resolved(self, step: Step, parents: Sequence[Any], arguments: Mapping[str, Any]) -> list[Any]:
        resolve, info = step.resolve, self.info(step)
        values: list[Any] = []
        for parent in parents:
            try:
                values.append(resolve(parent, info, **arguments))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this parent's
                values.append(self.mark(step, error))
        return values

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

    async def _breathe(self) -> None:
        """Let others in, now and then."""
        if time.perf_counter() - self._breathed > BREATH:
            await asyncio.sleep(0)
            self._breathed = time.perf_counter()


def _is_command(step: Step) -> bool:
    return isinstance(declaration_of(step.field), CommandField)
