"""What writes events of clients without being an operation of the API: Apollo's clients, and the command line."""

from typing import Final

from resolvers.emitter import Emitter

DOCUMENTS: Final = ("client.version.created", "client.document.created")

REGISTERING: Final = Emitter("register_automatically", "a persisted query", DOCUMENTS)
RELEASING: Final = Emitter(
    "publish_release",
    "workgraph documents publish",
    ("client.created", *DOCUMENTS, "client.version.moved", "client.version.activated"),
)
BESIDE: Final = (REGISTERING, RELEASING)
