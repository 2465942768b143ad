"""GraphQL over HTTP: the endpoint `/graphql`, and what other endpoints share with it."""

from schema.http.attending import Attending
from schema.http.endpoint import GraphQLEndpoint
from schema.http.front import Below, Directly
from schema.http.incoming import LARGEST_BODY, LONGEST_CLIENT, body_of, noted, slug_of, visitor_of
from schema.http.writing import FAULT_STATUS, STATUS, refusal

__all__ = [
    "FAULT_STATUS",
    "LARGEST_BODY",
    "LONGEST_CLIENT",
    "STATUS",
    "Attending",
    "Below",
    "Directly",
    "GraphQLEndpoint",
    "body_of",
    "noted",
    "refusal",
    "slug_of",
    "visitor_of",
]
