"""What every table of a tenant has, and how a declared model becomes a table.

A model declares columns (`db.columns`) and nothing else: the composite primary key, the foreign keys that include
`tenant_id`, their indexes, the unique constraints per tenant, the sort columns of names and lines are added here.
Models have no ORM relationships on purpose: relations are read in batches by their declared reference, a lazy load
cannot happen by accident, and the start is not slowed by mapping hundreds of them.
"""

import enum
import re
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Final
from uuid import UUID

import orjson
from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Text,
    Time,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy import Enum as TextEnum
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.orm import registry as Registry  # noqa: N812 - a class, whatever SQLAlchemy calls it
from uuid_utils.compat import uuid7

from db.columns import SERVER, ColumnPolicy, policy_of, reference_of
from db.lines import add_lines

NAMING: Final = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_1_name)s",
    "uq": "uq_%(table_name)s_%(column_1_name)s",
    "ix": "ix_%(table_name)s_%(column_1_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
NAME_SORT: Final = (
    "lower(regexp_replace(normalize({0}, NFKD), '[\\u0300-\\u036f]', '', 'g') collate pg_unicode_fast) collate \"C\""
)


def _values(listed: type[enum.Enum]) -> list[str]:
    return [member.value for member in listed]


class Json(JSONB):
    """A JSON object, changed when its JSON is another: to Python, 1 is True, and 1.0.

    A value is replaced, never changed in place: what happens inside it is not noticed. Where there is none, that is
    SQL's null, as a filter looks for it.
    """

    cache_ok = True

    def compare_values(self, x: Any, y: Any) -> bool:
        """Tell whether two values are stored alike."""
        if isinstance(x, dict) and isinstance(y, dict):
            return orjson.dumps(x, option=orjson.OPT_SORT_KEYS) == orjson.dumps(y, option=orjson.OPT_SORT_KEYS)
        return x == y


class Base(DeclarativeBase):
    """The root of every model; one metadata without a schema name, since each placement has its own schema."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        int: Integer,
        bool: Boolean,
        Decimal: Numeric(19, 4),
        UUID: Uuid,
        date: Date,
        datetime: DateTime(timezone=True),
        time: Time,
        bytes: LargeBinary,
        dict[str, Any]: Json(none_as_null=True),
        list[int]: ARRAY(Integer),
        list[str]: ARRAY(Text),
        enum.Enum: TextEnum(
            enum.Enum, native_enum=False, create_constraint=True, length=40, values_callable=_values, name=None
        ),
    }


class TenantOwned:
    """A row of one tenant. The key is (tenant_id, id); row-level security refuses every other tenant's rows."""

    if TYPE_CHECKING:
        registry: ClassVar[Registry]
        __table__: ClassVar[Table]
        __tablename__: ClassVar[str]

        def __init__(self, **values: Any) -> None: ...

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, doc="The tenant that owns the row.")
    id: Mapped[UUID] = mapped_column(
        primary_key=True,
        default=uuid7,
        server_default=text("uuidv7()"),
        insert_sentinel=True,
        doc="Identifies the object everywhere; opaque, and names its type.",
    )
    created_at: Mapped[datetime] = mapped_column(doc="When it was made.")
    updated_at: Mapped[datetime] = mapped_column(doc="When it last changed.")
    created_by: Mapped[UUID | None] = mapped_column(doc="Who made it.")
    updated_by: Mapped[UUID | None] = mapped_column(doc="Who changed it last.")
    version: Mapped[int] = mapped_column(
        default=1,
        server_default=text("1"),
        doc="Counts the changes; give it back as `expectedVersion` so that nobody's change is lost.",
    )

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        """Check the version in every UPDATE and DELETE."""
        return {"version_id_col": cls.version, "confirm_deleted_rows": True}

    @classmethod
    def event_subject(cls) -> str:
        """Name the entity in event types: `onboarding.flow`, or the model's own `__event__`."""
        named = getattr(cls, "__event__", None)
        if named:
            return str(named)
        domain, entity = cls.__module__.rsplit(".", 1)[-1], snake(cls.__name__)
        return entity if domain == entity else f"{domain}.{entity}"


class Appended:
    """A row that is only ever added: a log entry. It has no version and is never changed."""

    if TYPE_CHECKING:
        registry: ClassVar[Registry]
        __table__: ClassVar[Table]
        __tablename__: ClassVar[str]

        def __init__(self, **values: Any) -> None: ...

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, doc="The tenant that owns the row.")
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7, insert_sentinel=True, doc="Identifies the entry.")


Shown = TenantOwned | Appended
"""Whatever the API can show as a type of its own: rows that change, and rows that are only ever added."""


def snake(name: str) -> str:
    """Turn `ContentBlock` into `content_block`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@lru_cache(maxsize=4096)
def camel(name: str) -> str:
    """Turn `content_block` into `contentBlock`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def complete(base: type[DeclarativeBase]) -> None:
    """Add to each declared table what its references, names and unique columns imply; doing so twice adds nothing."""
    models: dict[str, type[TenantOwned]] = {mapper.class_.__name__: mapper.class_ for mapper in base.registry.mappers}
    for _, model in sorted(models.items()):  # SQLAlchemy keeps its mappers in a set, which has another order each time
        if not model.__table__.info.get("complete"):
            _complete(model, models)
            model.__table__.info["complete"] = True


def dependents(model: type[TenantOwned], on_delete: str) -> Sequence[tuple[type[TenantOwned], Any]]:
    """Name the models to which a deletion does one thing, and the columns by which they hang on what is deleted."""
    hanging: list[tuple[type[TenantOwned], str, str]] = model.__table__.info.get("dependents", [])
    return [(child, getattr(child, name)) for child, name, does in hanging if does == on_delete]


def _complete(model: type[TenantOwned], models: dict[str, type[TenantOwned]]) -> None:
    for declared in list(model.__table__.columns):
        if reference_of(declared):
            _add_reference(model, declared, models)
        _add_rules(model.__table__, declared)
    add_lines(model.__table__, ColumnPolicy(set_by=SERVER, hidden=True))


def _add_reference(model: type[TenantOwned], declared: Column[Any], models: dict[str, type[TenantOwned]]) -> None:
    """Point at (tenant_id, id) of the target, index the way back in its usual order, and let the target know."""
    reference, table = reference_of(declared), model.__table__
    assert reference is not None
    if reference.target not in models:
        message = f"{table.name}.{declared.name} refers to {reference.target!r}, which is not a model"
        raise LookupError(message)
    pointed_at = models[reference.target].__table__
    pointed_at.info.setdefault("dependents", []).append((model, declared.key, reference.on_delete))
    target = pointed_at.name
    on_delete = f"SET NULL ({declared.name})" if reference.on_delete == "SET NULL" else reference.on_delete
    table.append_constraint(
        ForeignKeyConstraint(
            ["tenant_id", declared.name],
            [f"{target}.tenant_id", f"{target}.id"],
            name=f"fk_{table.name}_{declared.name}",
            ondelete=on_delete,
            use_alter=reference.closes_circle,
        )
    )
    if not any(policy_of(other).dense_within == declared.name for other in table.columns):
        Index(f"ix_{table.name}_{declared.name}", table.c.tenant_id, declared, table.c.id)


def _add_rules(table: Table, declared: Column[Any]) -> None:
    policy = policy_of(declared)
    if declared.info.get("unique"):
        table.append_constraint(UniqueConstraint("tenant_id", declared.name, name=f"uq_{table.name}_{declared.name}"))
    if not isinstance(declared.type, ARRAY):
        for rule, bound, sign in (("minimum", policy.minimum, ">="), ("maximum", policy.maximum, "<=")):
            if bound is not None:
                table.append_constraint(
                    CheckConstraint(f"{declared.name} {sign} {bound}", name=f"{declared.name}_{rule}")
                )
    if policy.sorted_as_name:
        _add_name_sort(table, declared)
    if policy.dense_within:
        table.append_constraint(
            UniqueConstraint(
                "tenant_id",
                policy.dense_within,
                declared.name,
                name=f"uq_{table.name}_{declared.name}",
                deferrable=True,
                initially="DEFERRED",
            )
        )
        table.append_constraint(CheckConstraint(f"{declared.name} >= 0", name=f"{declared.name}_from_zero"))


def _add_name_sort(table: Table, declared: Column[Any]) -> None:
    """Order by a stored form without case and accents: the same in every database, and usable by an index."""
    sort = Column(
        f"{declared.name}_sort",
        Text(collation="C"),
        Computed(NAME_SORT.format(declared.name), persisted=True),
        info={"policy": ColumnPolicy(set_by=SERVER, hidden=True)},
    )
    table.append_column(sort)
    Index(f"ix_{table.name}_{sort.name}", table.c.tenant_id, sort, table.c.id)
