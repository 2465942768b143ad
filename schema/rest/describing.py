"""Serves what tells of endpoints: `openapi.json` and `postman.json`, each written once while nothing changes."""

from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from typing import Final

import orjson
from graphql import GraphQLSchema

from schema.http.incoming import Incoming
from schema.http.media import JSON
from schema.rest.openapi import collection_of, openapi_of
from schema.rest.openapi.inputs import Json
from schema.rest.table import Table
from schema.rest.writing import Reply

MOST: Final = 100
NAMES: Final[dict[str, Callable[[Json], Json]]] = {
    "openapi.json": lambda openapi: openapi,
    "postman.json": collection_of,
}
TITLE: Final = "Workgraph"
REVALIDATED: Final = (b"cache-control", b"no-cache")
OF_PEOPLE: Final = (b"cache-control", b"private, no-cache")


class Descriptions:
    """What was written of tables, those that were asked for last."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[tuple[int, str], tuple[Table, bytes, str]] = OrderedDict()

    def reply(self, table: Table, base: str, name: str, incoming: Incoming, *, client: str = "") -> Reply:
        """Answer with a description; only who may read a client is told of its documents."""
        body, tag = self._written(table, base, name, f"{TITLE}: {client}" if client else TITLE)
        cached = OF_PEOPLE if client else REVALIDATED
        status = 304 if tag in incoming.header(b"if-none-match") else 200
        return Reply(status, body, JSON, {"etag": tag}, cached=cached)

    def _written(self, table: Table, base: str, name: str, title: str) -> tuple[bytes, str]:
        key = id(table), name
        kept = self._kept.get(key)
        if kept is None:
            body = orjson.dumps(NAMES[name](openapi_of(self._schema, table, base, title)))
            kept = self._kept[key] = table, body, f'"{blake2b(body, digest_size=16).hexdigest()}"'
        self._kept.move_to_end(key)
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return kept[1], kept[2]
