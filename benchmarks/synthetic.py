"""Synthetic entities for measuring: each with 14 columns of mixed types and 4 references to others."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped

from db.base import NAMING, Base, TenantOwned, complete
from db.choices import Choice
from db.columns import SERVER, Classification, Format, column, name_column, ref
from schema.derive.declare import Domain, entity

REFERENCES = 4


class Standing(Choice):
    """Where a synthetic entity stands."""

    OPEN = "open", "Not yet done."
    CLOSED = "closed", "Done."


COLUMNS: dict[str, tuple[Any, Any]] = {
    "name": (Mapped[str], lambda: name_column(doc="What it is called.")),
    "code": (Mapped[str], lambda: column(max_length=40, unique=True, doc="Its short code.")),
    "notes": (Mapped[str | None], lambda: column(max_length=5000, doc="Free text.")),
    "contact": (Mapped[str | None], lambda: column(max_length=254, text_format=Format.EMAIL, doc="Whom to write to.")),
    "website": (Mapped[str | None], lambda: column(max_length=500, text_format=Format.URL, doc="Its page.")),
    "quantity": (Mapped[int], lambda: column(minimum=0, maximum=10_000, default=0, doc="How many.")),
    "amount": (Mapped[Decimal], lambda: column(readable_with="company.edit", doc="How much.")),
    "starts_on": (Mapped[date | None], lambda: column(doc="First day.")),
    "ends_on": (Mapped[date | None], lambda: column(doc="Last day.")),
    "closed_at": (Mapped[datetime | None], lambda: column(set_by=SERVER, doc="When it was closed.")),
    "standing": (Mapped[Standing], lambda: column(default=Standing.OPEN, doc="Where it stands.")),
    "active": (Mapped[bool], lambda: column(default=True, doc="Whether it is in use.")),
    "settings": (Mapped[dict[str, Any]], lambda: column(default=dict, doc="Its settings.")),
    "owner_name": (
        Mapped[str | None],
        lambda: column(max_length=120, classified=Classification.PERSONAL, doc="Who looks after it."),
    ),
}


def synthetic_domain(count: int) -> tuple[type[DeclarativeBase], Domain]:
    """Declare `count` entities that refer to each other, on a base of their own, and make them public."""

    class SyntheticBase(DeclarativeBase):
        metadata = MetaData(naming_convention=NAMING)
        type_annotation_map = Base.type_annotation_map

    models = [_model(SyntheticBase, index, count) for index in range(count)]
    complete(SyntheticBase)
    entities = [entity(model, read="company.read", write="company.edit") for model in models]
    return SyntheticBase, Domain(module="company", entities=entities)


def _model(base: type[DeclarativeBase], index: int, count: int) -> type[Any]:
    body: dict[str, Any] = {
        "__tablename__": f"things_{index}",
        "__doc__": f"A synthetic thing, number {index}.",
        "__annotations__": {},
    }
    for name, (kind, make) in COLUMNS.items():
        body["__annotations__"][name] = kind
        body[name] = make()
    for step in range(1, REFERENCES + 1):
        target = (index + step) % count
        body["__annotations__"][f"other{step}_id"] = Mapped[UUID | None]
        body[f"other{step}_id"] = ref(f"Thing{target}", back=f"things{step}", doc="Another thing.")
    return type(f"Thing{index}", (TenantOwned, base), body)
