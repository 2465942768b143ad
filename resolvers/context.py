"""What an operation is given: who asks, for which tenant, at what moment, and the transaction to work in.

An operation never commits: the edge does, or undoes everything. Everything that it adds, changes or deletes is recorded
in the audit trail and as an event by the same transaction.
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Executable, Select, Uuid, cast, delete, func, literal, null, select, update
from sqlalchemy.orm.attributes import set_committed_value

from auth.principal import Principal
from db.base import TenantOwned, dependents, snake
from db.catalog import Tenant
from db.encryption import CannotDecrypt, Keyring
from db.models.log import EventOutbox
from db.person_keys import destroying
from db.personal import Subject
from db.session import Reader, WriteSession
from resolvers.documents import DocumentFacts, DocumentReader
from resolvers.named import facts_of
from resolvers.paths import Address
from resolvers.places import place_of
from resolvers.refusals import NotFound
from subscriptions.recorder import Recorder, Whence

Entity = TypeVar("Entity", bound=TenantOwned)


@dataclass(frozen=True, slots=True)
class ByKey:
    """What an API key is held to beside what it may: when it runs out, and its requests a minute."""

    ends_at: datetime | None
    per_minute: int | None


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, for which tenant, at what moment, from which address and program: the same for all of a request.

    `public_url` is the address of this installation, for addresses that are stored; `allows_loopback` lets webhooks
    lead to this machine, for developers; `client` is the program that asks, by the name that it gives itself, or that
    its API key has: then `key` says what that is held to, and only registered documents of that client are run.
    `session_id` is the session of who signed in, where their token names one; `browser` is the mark that a browser
    brings along in which a single sign-on is under way.
    """

    principal: Principal
    tenant: Tenant
    keyring: Keyring
    now: datetime
    request_id: str
    address: str = field(default="", repr=False)
    public_url: str = ""
    user_agent: str = field(default="", repr=False)
    allows_loopback: bool = False
    client: str = ""
    key: ByKey | None = None
    session_id: UUID | None = None
    browser: str = field(default="", repr=False)

    def by(self, principal: Principal) -> "Asking":
        """The same moment and tenant, asked by somebody else: by who has just proved who they are."""
        return replace(self, principal=principal)


@dataclass(frozen=True, slots=True)
class Looking:
    """What a computed field or a guard is given: who asks, and a session to read with."""

    asking: Asking
    session: Reader

    async def all(self, statement: Select[Any]) -> Sequence[Any]:
        """Return the first column of every row of one statement."""
        return await self.session.scalars(statement)

    async def rows(self, statement: Executable) -> Sequence[Any]:
        """Return every row of one statement."""
        return await self.session.rows(statement)


@dataclass(frozen=True, slots=True)
class Written:
    """What one statement writes into a column of many rows: as SQL, and the value that this is for the row of an id."""

    stored: Any
    of: Callable[[UUID], Any]


class Context:
    """What an operation is given; see the module."""

    def __init__(
        self, asking: Asking, session: WriteSession, operation: str, reads: DocumentReader | None = None
    ) -> None:
        self.asking = asking
        self.session = session
        self.rehearses = False
        self._gathers = False
        self._reads = reads
        whence = Whence(asking.address or None, asking.user_agent or None)
        self._recorder = Recorder(
            session, asking.keyring, asking.principal, asking.now, operation, asking.request_id, whence
        )
        self._recorder.start()

    @property
    def now(self) -> datetime:
        """The moment of the request, one and the same for everything in it."""
        return self.asking.now

    @property
    def principal(self) -> Principal:
        """Who asks."""
        return self.asking.principal

    @property
    def published(self) -> Sequence[EventOutbox]:
        """The named events published so far."""
        return self._recorder.published

    @asynccontextmanager
    async def acting_as(self, principal: Principal) -> AsyncGenerator[None]:
        """Let somebody else act for as long as the block lasts: what is done there is recorded as theirs.

        It is for what they asked for themselves, and what another person had to agree to first.
        """
        await self.flush()
        asked, self.asking = self.asking, self.asking.by(principal)
        self._recorder.principal = principal
        try:
            yield
            await self.flush()
        finally:
            self.asking, self._recorder.principal = asked, asked.principal

    def forget(self) -> None:
        """Forget what was published: it was undone with the rest."""
        self._recorder.published.clear()

    def seal(self, entity: TenantOwned, name: str, value: str) -> bytes:
        """Encrypt a value with the tenant's key, bound to the table, the column and the row."""
        return self.asking.keyring.seal(value, aad=bound_to(entity, name))

    def holds(self, entity: TenantOwned, name: str, value: str | None) -> bool:
        """Tell whether an encrypted column holds a value already; sealed again, it would look like a change."""
        sealed = getattr(entity, name)
        try:
            return sealed is not None and self.asking.keyring.open(sealed, aad=bound_to(entity, name)) == value
        except CannotDecrypt:
            return False

    def fingerprint(self, value: bytes) -> bytes:
        """Return a keyed hash of a value: equal values can be told, and nothing can be guessed from it."""
        return self.asking.keyring.fingerprint(value)

    def read_document(self, text: str, address: Address | None = None) -> DocumentFacts:
        """Read a GraphQL document; DocumentWrong says why it cannot be run. Only who speaks GraphQL can do this."""
        if self._reads is None:
            message = "this context was made without a reader of documents"
            raise LookupError(message)
        return self._reads(text, address)

    @property
    def looking(self) -> Looking:
        """A view of the same transaction that can only read."""
        return Looking(self.asking, self.session)

    async def all(self, statement: Select[Any]) -> Sequence[Any]:
        """Return the first column of every row of one statement."""
        return await self.session.scalars(statement)

    async def one(self, model: type[Entity], entity_id: UUID, reached: ColumnElement[bool] | None = None) -> Entity:
        """Return an entity, locked until the end of the transaction, or refuse with NOT_FOUND.

        Where it has to be `reached` by a scope, one that is not is not there.
        """
        found = await self.many(model, [entity_id], reached)
        return found[0]

    async def many(
        self, model: type[Entity], entity_ids: Sequence[UUID], reached: ColumnElement[bool] | None = None
    ) -> Sequence[Entity]:
        """Return entities in the order asked for, locked until the end of the transaction, or refuse with NOT_FOUND.

        What they have their places within is locked before them, from the root down, and each level in the order of its
        ids, so that two callers cannot block each other.
        """
        await self.flush()
        await self._lock_parents(model, entity_ids)
        statement = select(model).where(model.id == any_of(entity_ids)).order_by(model.id)
        statement = statement if reached is None else statement.where(reached)
        locked = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
        found = {entity.id: entity for entity in await self.session.scalars(locked)}
        missing = [entity_id for entity_id in entity_ids if entity_id not in found]
        if missing:
            raise NotFound(f"There is no such {words(model.__name__)}.")
        return [found[entity_id] for entity_id in entity_ids]

    async def _lock_parents(self, model: type[TenantOwned], entity_ids: Sequence[UUID]) -> None:
        place = place_of(model)
        if place is None:
            return
        parents = await self.all(select(place.within).where(model.id == any_of(entity_ids)).distinct())
        await self._lock_parents(place.parent, parents)
        rows = select(place.parent.id).where(place.parent.id == any_of(parents)).order_by(place.parent.id)
        await self.all(rows.with_for_update(key_share=True))

    def add(self, *entities: TenantOwned) -> None:
        """Add new entities to the transaction."""
        self.session.add(*entities)

    async def delete(self, model: type[Entity], entities: Sequence[Entity]) -> None:
        """Delete entities and what hangs on them, each recorded; a few statements per model and level, however many.

        They are locked even against new references first: what came to hang on them later would go unrecorded.
        """
        await self.flush()
        await self._hanging(model, model.id, entities)
        await self._delete(model, entities)

    async def _delete(self, model: type[Entity], entities: Sequence[Entity]) -> None:
        for child, column in dependents(model, "CASCADE"):
            if hanging := await self._hanging(child, column, entities):
                await self._delete(child, hanging)
        for child, column in dependents(model, "SET NULL"):
            if hanging := await self._hanging(child, column, entities):
                await self.overwrite(child, hanging, {column.key: Written(null(), lambda _: None)})
        self._recorder.deleted(entities)
        for entity in entities:
            self.session.unit.expunge(entity)
        await self.session.execute(delete(model).where(model.id == any_of([entity.id for entity in entities])))

    async def _hanging(self, model: type[Entity], column: Any, entities: Sequence[TenantOwned]) -> Sequence[Entity]:
        """Return, as they are now, the rows whose column names one of some entities, locked even against references."""
        rows = select(model).where(column == any_of([entity.id for entity in entities])).order_by(model.id)
        return await self.all(rows.with_for_update().execution_options(populate_existing=True))

    async def place(self, entities: Sequence[Entity], column: str) -> None:
        """Give entities their places 0, 1, 2 ... in the order given, in one statement; each that moved is recorded."""
        if not entities:
            return
        await self.flush()
        model, ids = type(entities[0]), [entity.id for entity in entities]
        new_place = func.array_position(cast(literal(ids, ARRAY(Uuid)), ARRAY(Uuid)), model.id) - 1
        written = Written(new_place, {entity.id: place for place, entity in enumerate(entities)}.__getitem__)
        await self.overwrite(model, entities, {column: written})

    async def overwrite(
        self, model: type[Entity], entities: Sequence[Entity], values: Mapping[str, "Written"]
    ) -> Sequence[Entity]:
        """Write columns of locked rows in one statement; return the rows that it changes, each recorded."""
        now = {entity: {name: each.of(entity.id) for name, each in values.items()} for entity in entities}
        changed = [entity for entity in entities if any(getattr(entity, name) != now[entity][name] for name in values)]
        if not changed:
            return []
        stamps = {"updated_at": self.now, "updated_by": self.principal.id}
        await self.session.execute(
            update(model)
            .where(model.id == any_of([entity.id for entity in changed]))
            .values({name: each.stored for name, each in values.items()} | {"version": model.version + 1, **stamps})
            .execution_options(synchronize_session=False)
        )
        for entity in changed:
            self._note_overwritten(entity, now[entity], stamps)
        return changed

    def _note_overwritten(self, entity: TenantOwned, values: Mapping[str, Any], stamps: Mapping[str, Any]) -> None:
        before = {name: getattr(entity, name) for name in values if getattr(entity, name) != values[name]}
        self._recorder.changed(entity, before, {name: values[name] for name in before})
        for name, written in {**values, "version": entity.version + 1, **stamps}.items():
            set_committed_value(entity, name, written)

    async def destroy_key(self, subject: Subject) -> None:
        """Destroy the key of a person: what the audit trail says of them is not readable any more, for anybody."""
        await self.flush()
        [row] = await self.session.rows(destroying(self.session.tenant_id, subject, self.now))
        self._recorder.keys.destroyed(subject, row.id)

    def exported(self, entity: TenantOwned) -> None:
        """Note in the audit trail that the data of a row, or of the person that it is, leaves the system."""
        self._recorder.exported(entity)

    def denied(self, entity: TenantOwned) -> None:
        """Note in the audit trail that the operation was refused; the row says in which connection."""
        self._recorder.denied(entity)

    def rearranged(self, parent: TenantOwned, children: str, before: Sequence[UUID], after: Sequence[UUID]) -> None:
        """Raise the version of a parent whose children have a new order; it is recorded as a change of the parent."""
        self._recorder.rearranged(parent, children, before, after)

    @property
    def written(self) -> set[str]:
        """The tables into which rows were written so far."""
        return self._recorder.written

    async def flush(self) -> None:
        """Send what changed to the database now; the edge does it at the end in any case."""
        if not self._gathers:
            await self.session.flush()

    @asynccontextmanager
    async def gathering(self) -> AsyncGenerator[None]:
        """Send what is added in the block when it ends, together: for what looks at nothing that it has added."""
        self._gathers = True
        try:
            yield
        finally:
            self._gathers = False
        await self.flush()

    async def publish(self, happened: object, subject: TenantOwned) -> None:
        """Add a named event (`resolvers.named`) about a subject, which is locked first: events come in commit order."""
        await self.publish_all([happened], subject)

    async def publish_all(self, happened: Sequence[object], subject: TenantOwned) -> None:
        """Add named events about one subject, in their order: as many statements as for one."""
        told = [facts_of(each, subject) for each in happened]
        if not told:
            return
        await self.flush()
        await self.one(type(subject), subject.id)
        for declared, facts in told:
            self._recorder.publish(declared.name, subject, facts, declared.version)

    async def publish_each(self, happened: Sequence[tuple[object, TenantOwned]]) -> None:
        """Add named events about rows that this transaction has locked, in their order: a statement for all of them."""
        await self.flush()
        for each, subject in happened:
            declared, facts = facts_of(each, subject)
            self._recorder.publish(declared.name, subject, facts, declared.version)


def bound_to(entity: TenantOwned, name: str) -> bytes:
    """Name the cell that a ciphertext belongs to, so that it opens nowhere else."""
    return f"{type(entity).__name__}.{name}:{entity.id}".encode()


def any_of(ids: Sequence[UUID]) -> Any:
    """Compare with a list as one array parameter, so that the statement is the same for every length."""
    return func.any(cast(literal(list(ids), ARRAY(Uuid)), ARRAY(Uuid)))


def words(name: str) -> str:
    """Turn `ContentBlock` into `content block`, for messages."""
    return snake(name).replace("_", " ")
