"""GraphQL over server-sent events, as graphql-sse speaks it: a stream for each operation, or one for many."""

from schema.live.stream.endpoint import StreamEndpoint, Visitors
from schema.live.stream.shared import SharedEndpoint
from schema.live.stream.tokens import StreamTokens, TokenEndpoint

__all__ = ["SharedEndpoint", "StreamEndpoint", "StreamTokens", "TokenEndpoint", "Visitors"]
