"""Live: subscriptions, queries and mutations over a WebSocket at the address of the API."""

from schema.live.endpoint import SocketEndpoint
from schema.live.rooms import Rooms

__all__ = ["Rooms", "SocketEndpoint"]
