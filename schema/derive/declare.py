"""What a domain's author writes to make it public: which entities, operations, computed fields and state machines.

Exposure is opt-in. Everything else follows from the models and the operations themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from auth.permissions import require
from db.base import Appended, Shown, TenantOwned, snake
from resolvers.computed import Computed
from resolvers.emitter import Emitter
from resolvers.operation import Operation
from resolvers.plain import NOTHING, Also, Plain, WriteGuard
from resolvers.reading import Reading
from resolvers.refusals import Refused
from resolvers.state import StateMachine
from resolvers.watching import Watching
from schema.derive.names import lower_first, plural_of

DEFAULT_PAGE: Final = 50
LARGEST_PAGE: Final = 200
LARGEST_GROUPS: Final = 1000
MOST_KEYS: Final = 4
ALL_VERBS: Final = ("create", "update", "delete")


@dataclass(frozen=True)
class Entity:
    """How one model is public: its names, the permissions to read and to write it, and which plain verbs it has."""

    model: type[Shown]
    read: str
    write: str | None
    plural: str
    verbs: Sequence[str]
    create_as: str
    guard: WriteGuard | None
    listed: bool
    created: Also = NOTHING
    updated: Also = NOTHING
    deleted: Also = NOTHING
    guarded_by: tuple[type[Refused], ...] = ()
    imported: bool = False

    @property
    def name(self) -> str:
        """The name of its type."""
        return self.model.__name__

    @property
    def is_log(self) -> bool:
        """Whether its rows are only ever added: nothing happens to them."""
        return issubclass(self.model, Appended)

    @property
    def written(self) -> type[TenantOwned]:
        """The model, of an entity that can be written."""
        assert issubclass(self.model, TenantOwned)
        return self.model

    @property
    def plainly(self) -> Plain:
        """How it is written plainly."""
        assert self.write is not None
        return Plain(self.written, self.write, self.guard, self.created, self.updated, self.deleted, self.guarded_by)

    @property
    def label(self) -> str:
        """The name of one in descriptions: `content block`."""
        return snake(self.name).replace("_", " ")

    @property
    def plural_label(self) -> str:
        """The name of several in descriptions: `content blocks`."""
        return "".join(f" {char.lower()}" if char.isupper() else char for char in self.plural)

    @property
    def field_name(self) -> str:
        """The name of the field that returns one of it."""
        return lower_first(self.name)


@dataclass(frozen=True)
class Domain:
    """One domain's public part. `module` is the plan's module that it belongs to.

    `emitters` are what writes events beside its operations: mutations that are written by hand, and jobs.
    `refusals` are those of such mutations that carry facts.
    """

    module: str
    entities: Sequence[Entity] = ()
    operations: Sequence[Operation] = ()
    readings: Sequence[Reading] = ()
    watchings: Sequence[Watching] = ()
    computed: Sequence[Computed] = ()
    machines: Sequence[StateMachine] = ()
    emitters: Sequence[Emitter] = ()
    refusals: Sequence[type[Refused]] = ()
    internal: Sequence[tuple[type[object], str]] = field(default_factory=tuple)


def entity(  # noqa: PLR0913 - one keyword for each thing that differs between entities
    model: type[Shown],
    *,
    read: str,
    write: str | None = None,
    plural: str | None = None,
    verbs: Sequence[str] = ALL_VERBS,
    create_as: str = "create",
    guard: WriteGuard | None = None,
    guarded_by: Sequence[type[Refused]] = (),
    listed: bool = True,
    created: Also = NOTHING,
    updated: Also = NOTHING,
    deleted: Also = NOTHING,
    imported: bool = False,
) -> Entity:
    """Make a model public. Without `write` it can only be read, as a log; `listed=False` leaves out its root fields.

    `create_as` is the verb of its plain create (`add` makes `addStage`); `guard` may refuse a plain write, with the
    refusals named in `guarded_by`; `created`, `updated` and `deleted` say what else such a write does. `imported` lets
    rows of a file become such objects, each by the plain create.
    """
    require(read)
    if write:
        require(write)
        if issubclass(model, Appended):
            message = f"{model.__name__} is a log, which is only ever added to: leave out `write`"
            raise ValueError(message)
    named = plural or plural_of(lower_first(model.__name__))
    return Entity(
        model,
        read,
        write,
        named,
        verbs if write else (),
        create_as,
        guard,
        listed,
        created,
        updated,
        deleted,
        tuple(guarded_by),
        imported,
    )
