"""What one GraphQL request carries.

Who asks, the session that reads for it, its loaders, and what was hidden from it.

A query reads in one session. Each mutation field reads in its own transaction, so the executor puts another `Reading`
in place for as long as that field is answered.
"""

from asyncio import Future, shield
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from aiodataloader import DataLoader
from graphql import DocumentNode, GraphQLResolveInfo
from graphql.pyutils import Path

from db.encryption import Sealer
from db.session import Database, Reader, WriteSession
from resolvers.barred import BadInput, TooMuch
from resolvers.context import Asking, Looking
from resolvers.identity import Identity
from resolvers.imports import Samples
from resolvers.registration import Registration
from resolvers.sso import SingleSignOn
from schema.derive.registry import Registry
from schema.execute.bounds import BOUNDS, Bounds
from schema.execute.scoping import Scoping
from subscriptions.events import Event

Info = GraphQLResolveInfo[Any]
Batch = Callable[[Sequence[Any]], Awaitable[Sequence[Any]]]


class Loader(DataLoader[Any, Any]):
    """Loads for everybody who asks for the same; who gives up waiting does not take it from the others.

    graphql-core cancels the fields beside one that fails; what they wait for may be waited for elsewhere too.
    """

    def load(self, key: Any) -> Future[Any]:
        """Return what a key leads to, once the batch has run."""
        waited_for = shield(super().load(key))
        waited_for.add_done_callback(_heard)
        return waited_for


def _heard(waited_for: Future[Any]) -> None:
    """Leave unsaid that nobody has heard of an error: who waits is told, and who gave up need not be."""
    if not waited_for.cancelled():
        waited_for.exception()


MOST_OBJECTS: Final = 20_000


@dataclass
class Reading:
    """A session and the loaders that read through it."""

    asking: Asking
    session: Reader
    _loaders: dict[object, Loader] = field(default_factory=dict[object, Loader])

    def loader(self, key: object, batch: Batch) -> Loader:
        """Return the loader of a key, made on first use, inside the running loop."""
        found = self._loaders.get(key)
        if found is None:

            async def load(keys: list[Any]) -> list[Any]:
                return list(await batch(keys))

            found = self._loaders[key] = Loader(load)
        return found

    @property
    def looking(self) -> Looking:
        """What a computed field or a guard is given."""
        return Looking(self.asking, self.session)


@dataclass(frozen=True, slots=True)
class Telling:
    """What one message of a subscription to events tells: an event, or how many are missing, or only where it is."""

    event: Event | None = None
    missed: int = 0


@dataclass
class Request:
    """The context of one GraphQL request.

    `cursor` is what a subscription's message shows as its own; `is_valid` says that the document was validated before;
    `most` is how many objects the answer may have, and `room` how many more it may have now; `bounds` are the limits
    of the document; `samples` reads the beginning of tables.
    """

    document: DocumentNode
    database: Database
    sealer: Sealer
    asking: Asking
    reading: Reading
    registry: Registry
    identity: Identity
    registration: Registration
    sso: SingleSignOn
    samples: Samples | None = None
    hidden: dict[str, str] = field(default_factory=dict)
    asked: dict[object, Any] = field(default_factory=dict)
    writing: WriteSession | None = None
    undo: bool = False
    most: int = MOST_OBJECTS
    room: int = field(init=False)
    knocks: int = 0
    cursor: str | None = None
    told: Telling | None = None
    is_valid: bool = False
    bounds: Bounds = BOUNDS

    def __post_init__(self) -> None:
        """Begin with all the room there is."""
        self.room = self.most

    @property
    def scoping(self) -> Scoping:
        """What who asks holds within scopes."""
        return Scoping(self.registry, self.asking.principal)

    def hand_out(self, objects: int) -> None:
        """Count objects of the answer, and stop when there would be more than one request may have.

        A few nested lists multiply to millions; each object takes time that other requests wait for.
        """
        self.room -= objects
        if self.room < 0:
            raise TooMuch(f"An answer has at most {self.most} objects; ask for fewer, in pages.", most=self.most)

    def knock(self) -> None:
        """Count mutations that need no sign-in; a request has one of them at most."""
        self.knocks += 1
        if self.knocks > 1:
            raise BadInput("One such mutation in a request.")

    def hide(self, path: Path, permission: str) -> None:
        """Note once, not per row, that a field was hidden for want of a permission."""
        self.hidden.setdefault(pattern_of(path), permission)


def pattern_of(path: Path) -> str:
    """Write a path without the indexes of lists: `flows.nodes.taxId`."""
    return ".".join(key for key in path.as_list() if isinstance(key, str))


def request_of(info: Info) -> Request:
    """Return the request that a field is answered for."""
    request: Request = info.context
    return request
