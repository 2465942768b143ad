"""How a model declares a column: its type, its limits, who may read it, and who sets it.

What is declared here is read by everything that is derived: GraphQL fields and inputs, filters, validation, audit
masking, encryption, tests. The declaration is kept in SQLAlchemy's `Column.info` as one frozen `ColumnPolicy`, and a
reference to another model as one frozen `Reference`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from sqlalchemy import Column, Integer, LargeBinary, String, Uuid
from sqlalchemy.orm import MappedColumn, mapped_column

from db.deprecation import Deprecated, text_of

SERVER: Final = "server"
CLIENT: Final = "client"


class Format(Enum):
    """What a text column holds when it is more than prose; each is a GraphQL scalar that checks its input."""

    TEXT = "String"
    EMAIL = "EmailAddress"
    URL = "URL"
    TIME_ZONE = "TimeZone"
    COUNTRY = "CountryCode"
    CURRENCY = "CurrencyCode"
    COLOR = "HexColor"


LANGUAGE_TAG: Final = r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*"
EMAIL_FORM: Final = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s.\x00-\x1f]+(\.[^@\s.\x00-\x1f]+)+")


class Classification(Enum):
    """Why a value is protected; it decides masking in audit, events and logs."""

    PERSONAL = "personal"
    FINANCIAL = "financial"
    SECRET = "secret"  # noqa: S105 - the name of a class of data, not a password


@dataclass(frozen=True, slots=True)
class NamedIn:
    """Says of which type the ids of a column are: another column holds the type's name, or a word for it of `words`."""

    column: str
    words: tuple[tuple[str, str], ...] = ()

    def type_of(self, said: str) -> str | None:
        """Return the type that a row's ids name, by what its other column says; None where that is no type."""
        return dict(self.words).get(said) if self.words else said

    def said_of(self, type_name: str) -> Sequence[str]:
        """Return what the other column says of a type."""
        return [word for word, named in self.words if named == type_name] if self.words else [type_name]


@dataclass(frozen=True, slots=True)
class Whose:
    """Says of a model whose personal data its rows hold: `column` has the person's id, `kind` says what they are.

    `kind` is the person's type, or the column that names it. A model says so in `__whose__`.
    """

    column: str
    kind: str | NamedIn


@dataclass(frozen=True, slots=True)
class Link:
    """Rows of another model that say to whom a row belongs: by `column` they point at it, by `people` at a user."""

    model: str
    column: str
    people: str


@dataclass(frozen=True, slots=True)
class Led:
    """A reference of a row to what somebody leads: there, `people` names the user."""

    column: str
    people: str


@dataclass(frozen=True, slots=True)
class Shared:
    """Says with whom rows are shared beside those to whom they belong, by one permission: the one to read them.

    The column `by` says how far: with everybody who holds the permission where it holds `everybody`; with those who are
    in a team with whom `person` names where it holds `around`. Whoever is in the `team` that a row names, or in the
    `department` or a part of it, shares it in any case.
    """

    permission: str
    by: str
    everybody: str
    around: str
    person: str
    team: str
    department: str


@dataclass(frozen=True, slots=True)
class Belongs:
    """Says of a model to which people its rows belong, so that a permission held within a scope reaches some of them.

    A row belongs to the users whom its columns `people` name, to those of the row that its column `through` points at,
    to those whom `links` name, and to those who have `led` what it points at; beside that it may be `shared`. Where
    nothing is said, rows belong to nobody: whoever may read any may read all. A model says so in `__belongs__`; one
    that does not is out of reach of a permission that is held within a scope.
    """

    people: tuple[str, ...] = ()
    through: str | None = None
    links: tuple[Link, ...] = ()
    led: tuple[Led, ...] = ()
    shared: Shared | None = None

    @property
    def to_people(self) -> bool:
        """Whether rows belong to anybody."""
        return bool(self.people or self.through or self.links or self.led)

    @property
    def ways(self) -> "Sequence[Belongs]":
        """Each way by which a row belongs to somebody, or is shared with them, by itself."""
        by_columns = [Belongs(people=(name,)) for name in self.people]
        by_parent = [Belongs(through=self.through)] if self.through else []
        by_lead = [Belongs(led=(each,)) for each in self.led]
        sharing = [Belongs(shared=self.shared)] if self.shared else []
        return [*by_columns, *by_parent, *(Belongs(links=(link,)) for link in self.links), *by_lead, *sharing]


@dataclass(frozen=True, slots=True)
class ColumnPolicy:
    """Everything a column's declaration says beyond its SQL type."""

    set_by: str = CLIENT
    readable_with: str | None = None
    hidden: bool = False
    classified: Classification | None = None
    encrypted: bool = False
    create_only: bool = False
    text_format: Format = Format.TEXT
    max_length: int | None = None
    minimum: int | Decimal | None = None
    maximum: int | Decimal | None = None
    pattern: re.Pattern[str] | None = None
    sorted_as_name: bool = False
    dense_within: str | None = None
    names: str | None = None
    named_in: NamedIn | None = None
    values_of: str | None = None
    selects: str | None = None
    shown_as: tuple[tuple[str, str], ...] = ()
    logged: bool = True
    deprecated: Deprecated | None = None

    @property
    def masked(self) -> bool:
        """Whether audit and events show a mark in place of the value: whoever reads them may not read the field."""
        return self.encrypted or self.classified is not None or self.readable_with is not None or not self.logged


@dataclass(frozen=True, slots=True)
class Reference:
    """A declared reference: to which model, its name from the other side, and what a delete there does here.

    `closes_circle` says that the model that it points at points back: its key is made after both tables.
    """

    target: str
    back: str | None
    on_delete: str
    closes_circle: bool = False


SET_BY_SERVER: Final = ColumnPolicy(set_by=SERVER)


def column(  # noqa: PLR0913 - one keyword for each thing a column may declare
    *,
    doc: str,
    default: Any = None,
    max_length: int | None = None,
    minimum: int | Decimal | None = None,
    maximum: int | Decimal | None = None,
    pattern: str | None = None,
    text_format: Format = Format.TEXT,
    set_by: str = CLIENT,
    create_only: bool = False,
    readable_with: str | None = None,
    classified: Classification | None = None,
    hidden: bool = False,
    sorted_as_name: bool = False,
    unique: bool = False,
    selects: str | None = None,
    logged: bool = True,
    deprecated: Deprecated | None = None,
) -> MappedColumn[Any]:
    """Declare a plain column. `doc` is its public description; `set_by=SERVER` keeps it out of every input.

    `readable_with` names the permission without which it reads as null; `hidden` keeps it out of the API;
    `logged=False` puts a mark in its place in the audit trail and in events, as for what is too long for them.
    `selects` names a type of the API: the text is a GraphQL selection set on it, and is validated when it is entered.
    `deprecated` announces that it goes, wherever the API shows it.
    """
    policy = ColumnPolicy(
        set_by=set_by,
        readable_with=readable_with,
        hidden=hidden,
        classified=classified,
        create_only=create_only,
        text_format=text_format,
        max_length=max_length,
        minimum=minimum,
        maximum=maximum,
        pattern=re.compile(pattern) if pattern else None,
        sorted_as_name=sorted_as_name,
        selects=selects,
        logged=logged,
        deprecated=deprecated,
    )
    info = {"policy": policy, "unique": unique}
    if max_length:
        return mapped_column(String(max_length), doc=doc, default=default, info=info)
    return mapped_column(doc=doc, default=default, info=info)


def name_column(*, doc: str, max_length: int = 120, deprecated: Deprecated | None = None) -> MappedColumn[Any]:
    """Declare a name that people sort by: order ignores case and accents, through a generated `<name>_sort` column."""
    return column(doc=doc, max_length=max_length, sorted_as_name=True, deprecated=deprecated)


def encrypted_column(
    *,
    doc: str,
    readable_with: str,
    max_length: int = 200,
    set_by: str = CLIENT,
    hidden: bool = False,
    classified: Classification = Classification.PERSONAL,
    deprecated: Deprecated | None = None,
) -> MappedColumn[Any]:
    """Declare text that is stored encrypted with the tenant's data key, and readable with one permission only."""
    policy = ColumnPolicy(
        set_by=set_by,
        readable_with=readable_with,
        hidden=hidden,
        classified=classified,
        encrypted=True,
        max_length=max_length,
        deprecated=deprecated,
    )
    return mapped_column(LargeBinary, doc=doc, info={"policy": policy})


def place_within(parent: str, *, doc: str) -> MappedColumn[Any]:
    """Declare a dense position from 0 among the rows of one parent: appended on create, closed on delete."""
    return mapped_column(Integer, doc=doc, info={"policy": ColumnPolicy(set_by=SERVER, dense_within=parent)})


def ref(  # noqa: PLR0913 - one keyword for each thing a reference may declare
    target: str,
    *,
    doc: str,
    back: str | None = None,
    on_delete: str = "RESTRICT",
    set_by: str = CLIENT,
    create_only: bool = True,
    hidden: bool = False,
    closes_circle: bool = False,
    deprecated: Deprecated | None = None,
) -> MappedColumn[Any]:
    """Declare a reference to another model of the same tenant; the column's name ends in `_id`.

    `back` names the connection on the other side. The foreign key includes `tenant_id`, so that a reference to another
    tenant's row cannot be stored. `on_delete` is RESTRICT, CASCADE or SET NULL.
    """
    policy = ColumnPolicy(set_by=set_by, create_only=create_only, hidden=hidden, deprecated=deprecated)
    reference = Reference(target, back, on_delete, closes_circle)
    return mapped_column(Uuid, doc=doc, info={"policy": policy, "reference": reference})


def frozen_id(names: str, *, doc: str) -> MappedColumn[Any]:
    """Declare the id of something as it was when it was frozen: what it names may be gone since.

    It is no foreign key, and is only ever copied from what is the tenant's own.
    """
    return mapped_column(Uuid, doc=doc, info={"policy": ColumnPolicy(set_by=SERVER, names=names)})


def any_id(named_in: str, *, doc: str, words: Mapping[str, str] | None = None) -> MappedColumn[Any]:
    """Declare the id of something whose type another column of the row names: the type itself, or a word for it.

    It is no foreign key: what it names may be gone. The server sets both.
    """
    named = NamedIn(named_in, tuple((words or {}).items()))
    return mapped_column(Uuid, doc=doc, info={"policy": ColumnPolicy(set_by=SERVER, named_in=named)})


def type_name(*, doc: str, shown: Mapping[str, str]) -> MappedColumn[Any]:
    """Declare the name of a type, as models have it; `shown` holds those that the API calls otherwise."""
    policy = ColumnPolicy(set_by=SERVER, shown_as=tuple(shown.items()))
    return mapped_column(doc=doc, info={"policy": policy})


def row_values(values_of: str, *, doc: str) -> MappedColumn[Any]:
    """Declare values of a row of another table, by column, as they once were; a column here names the row's type.

    They are shown as the API shows that type now, to those who may see it, and cannot be compared.
    """
    return mapped_column(doc=doc, info={"policy": ColumnPolicy(set_by=SERVER, values_of=values_of)})


def policy_of(declared: Column[Any]) -> ColumnPolicy:
    """Return the declared policy of a table's column; the columns that every table has are set by the server."""
    return declared.info.get("policy", SET_BY_SERVER)


def deprecation_of(declared: Column[Any]) -> str | None:
    """Return why a column is deprecated, as the API states it."""
    return text_of(policy_of(declared).deprecated)


def reference_of(declared: Column[Any]) -> Reference | None:
    """Return the declared reference of a column, if it is one."""
    return declared.info.get("reference")


def named_by(declared: Column[Any]) -> str | None:
    """Return the type that the ids in a column name, where it is not the row's own id."""
    reference = reference_of(declared)
    return reference.target if reference else policy_of(declared).names


def shown_words(declared: Column[Any]) -> Mapping[str, str]:
    """Return what a column's values are called in the API, where that is something else."""
    return dict(policy_of(declared).shown_as)


def stored_words(declared: Column[Any]) -> Mapping[str, str]:
    """Return what a column holds for each word of the API that is not the same.

    A word that it holds and the API calls otherwise is no word of the API: it leads to one that no column holds.
    """
    words = policy_of(declared).shown_as
    return dict(words) | {shown: stored for stored, shown in words}


def holds_id(declared: Column[Any]) -> bool:
    """Tell whether a column holds ids of something else, of one type or of any."""
    return named_by(declared) is not None or policy_of(declared).named_in is not None
