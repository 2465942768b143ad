"""The documents that the product brings along: each operation in `documents/` is an endpoint of every company.

What several of them select stands once, in `documents/fragments/`.
"""

from functools import lru_cache
from pathlib import Path
from typing import Final

from graphql import GraphQLError, GraphQLSchema

from resolvers.paths import address_of, address_said
from schema.documents.manifests import Entry, entries_of_files
from schema.execute.addressed.endpoint import Endpoint, endpoint_of
from schema.execute.limits import problems, read
from schema.rest.table import Table

DOCUMENTS: Final = Path(__file__).parent / "documents"


class ShippedWrong(Exception):
    """A document of the product cannot be called; the message names its file."""


@lru_cache(maxsize=4)
def shipped(schema: GraphQLSchema) -> Table:
    """Return the endpoints of the product, read when they are first needed."""
    found = DOCUMENTS.glob("*/*.graphql")
    files = {file.relative_to(DOCUMENTS).as_posix(): file.read_text("utf-8") for file in found}
    return Table([_endpoint(schema, each) for each in entries_of_files(files)])


def _endpoint(schema: GraphQLSchema, entry: Entry) -> Endpoint:
    said = address_said(entry.text)
    if said is None:
        raise ShippedWrong(f"{entry.place}: The first line names method and path, as `# GET /flows/{{flow_id}}`.")
    document = read(entry.text)
    wrong = problems(schema, document)
    try:
        if wrong:
            raise wrong[0]
        return endpoint_of(schema, address_of(*said), entry.text, document, group=entry.place.partition("/")[0])
    except GraphQLError as error:
        raise ShippedWrong(f"{entry.place}: {error.message}") from error
