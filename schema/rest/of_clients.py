"""The endpoints of a company's clients: the active documents that they gave an address, read when they change."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import structlog
from graphql import GraphQLError

from resolvers.clients.kept import Registered
from resolvers.context import Asking
from schema.answering import Answering
from schema.execute.addressed.endpoint import Endpoint, endpoint_of
from schema.rest.table import Table

LOG: Final = structlog.get_logger("workgraph.rest")
MOST_TABLES: Final = 500
MOST_ENDPOINTS: Final = 5_000
Of = tuple[UUID, str]


class ClientTables:
    """Finds the endpoints of clients. What a document says is worked out once, for as long as it is called."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._tables: OrderedDict[Of, tuple[Sequence[Registered], Table]] = OrderedDict()
        self._endpoints: OrderedDict[UUID, Endpoint] = OrderedDict()

    async def of(self, asking: Asking, client: str) -> Table | None:
        """Return the endpoints of a client; None where there are none."""
        found = await self._answering.documents.endpoints(asking.tenant.placement, client)
        if found is None:
            return None
        key = asking.tenant.id, client
        kept = self._tables.get(key)
        if kept is None or kept[0] != found:
            kept = self._tables[key] = found, Table([each for one in found if (each := self._endpoint(asking, one))])
        self._tables.move_to_end(key)
        if len(self._tables) > MOST_TABLES:
            self._tables.popitem(last=False)
        return kept[1]

    def _endpoint(self, asking: Asking, registered: Registered) -> Endpoint | None:
        """Read a document; one that the schema has moved away from is not called any more."""
        known = self._endpoints.get(registered.id)
        if known is None:
            known = self._read(asking, registered)
            if known is None:
                return None
            self._endpoints[registered.id] = known
            if len(self._endpoints) > MOST_ENDPOINTS:
                self._endpoints.popitem(last=False)
        return known

    def _read(self, asking: Asking, registered: Registered) -> Endpoint | None:
        assert registered.address is not None
        answering, text = self._answering, registered.text
        try:
            document = answering.parsed.of(asking.tenant.id, registered.hash, text)
            return endpoint_of(
                answering.schema.core,
                registered.address,
                text,
                document,
                group=registered.client,
                registered=registered,
            )
        except (GraphQLError, KeyError) as error:
            LOG.warning("document cannot be called", document=registered.hash, error=type(error).__name__)
            return None
