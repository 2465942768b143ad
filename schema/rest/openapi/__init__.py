"""What endpoints take and answer, told to programs: OpenAPI 3.1, and a collection for Postman made from it."""

from schema.rest.openapi.document import openapi_of
from schema.rest.openapi.postman import collection_of

__all__ = ["collection_of", "openapi_of"]
