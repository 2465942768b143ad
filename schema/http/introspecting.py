"""Answers to introspection, kept as bytes: they depend on the schema and the document alone.

Every company has the same schema, whatever its plan: what it may not use is refused when it is asked for. So the whole
of a large schema is worked out once for each document, beside the event loop, and then only sent.
"""

import asyncio
from collections import OrderedDict
from typing import Final

import orjson
from graphql import FieldNode, GraphQLSchema, OperationType, execute_sync, get_operation_ast

from schema.answering import Asked
from schema.execute.bounds import BOUNDS, Bounds
from schema.execute.limits import remembered_problems

MOST_BYTES: Final = 64 * 1024 * 1024
LONGEST: Final = 10_000
"""Characters of a document whose answer is kept."""

FIELDS: Final = frozenset({"__schema", "__type", "__typename"})
Key = tuple[str, str | None]


class Introspection:
    """The answers to introspection of one schema, those of the last documents."""

    def __init__(self, schema: GraphQLSchema, *, most_bytes: int = MOST_BYTES, bounds: Bounds = BOUNDS) -> None:
        self._schema, self._most, self._bounds = schema, most_bytes, bounds
        self._kept: OrderedDict[Key, bytes] = OrderedDict()
        self._size = 0
        self._under_way: dict[Key, asyncio.Task[bytes | None]] = {}
        self._alone = asyncio.Lock()

    async def answer(self, asked: Asked) -> bytes | None:
        """Return the answer to what is introspection; None where there are errors, which are not kept."""
        key = asked.query, asked.operation_name
        if kept := self._kept.get(key):
            self._kept.move_to_end(key)
            return kept
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(self._work_out(key, asked))
            task.add_done_callback(lambda _: self._under_way.pop(key))
        return await asyncio.shield(task)

    async def _work_out(self, key: Key, asked: Asked) -> bytes | None:
        if remembered_problems(self._schema, asked.query, asked.document, self._bounds):
            return None
        async with self._alone:
            body = await asyncio.to_thread(self._answered, asked)
        if body:
            self._keep(key, body)
        return body

    def _answered(self, asked: Asked) -> bytes | None:
        result = execute_sync(self._schema, asked.document, operation_name=asked.operation_name)
        return None if result.errors else orjson.dumps({"data": result.data})

    def _keep(self, key: Key, body: bytes) -> None:
        self._kept[key] = body
        self._size += len(body) + len(key[0])
        while self._size > self._most:
            (query, _), dropped = self._kept.popitem(last=False)
            self._size -= len(dropped) + len(query)


def is_introspection(asked: Asked) -> bool:
    """Tell whether a query asks for nothing but the schema, in a way that no variable changes."""
    if asked.variables or "__" not in asked.query or len(asked.query) > LONGEST:
        return False
    operation = get_operation_ast(asked.document, asked.operation_name)
    if operation is None or operation.operation is not OperationType.QUERY or operation.variable_definitions:
        return False
    return all(isinstance(each, FieldNode) and each.name.value in FIELDS for each in operation.selection_set.selections)
