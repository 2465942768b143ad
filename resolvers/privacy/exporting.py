"""What is kept of one person, handed out: each row that is declared to be about them, and their files.

It says as much as the rows do: what is secret, such as a password's hash, is not in it. That it was handed out is an
entry of the audit trail and an event, which hold none of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID
from weakref import WeakSet

from sqlalchemy import Column, inspect, or_, select

from db.base import TenantOwned, camel
from db.choices import Choice
from db.columns import Classification, named_by, policy_of
from db.models.files import File, FileStatus
from db.models.identity import User
from db.models.onboarding import NewHire, OnboardingUpload, Progress
from db.personal import Subject, is_about, personal_models
from resolvers.context import Context, Looking, bound_to
from resolvers.erased import PersonErased, expect_kept
from resolvers.files.shown import StoredFile, view_of
from resolvers.ids import encode
from resolvers.operation import operation
from resolvers.privacy.events import HireDataExported, UserDataExported
from resolvers.refusals import InvalidInput
from resolvers.views import AnyId, JsonValue
from subscriptions.recorder import plain

HANDED_OUT: Final = WeakSet[User | NewHire]()
"""Those whose data is handed out in requests under way: what is said of it stays in the audit trail."""

INSIDE: Final = frozenset({"id", "tenant_id", "created_by", "updated_by"})
"""Columns that no answer shows, or that stand elsewhere in it."""

NAMES: Final[Mapping[type[TenantOwned], str]] = {File: "StoredFile"}
"""What rows are called in the API, where that is not what the model is called."""


@dataclass(frozen=True, slots=True)
class PersonalRecord:
    """One row that is about a person."""

    id: Annotated[AnyId, "Its id."]
    type: Annotated[str, "What it is, such as `NewHire` or `EmailMessage`."]
    values: Annotated[
        JsonValue, "Its fields by their names; times in UTC, members of enums and ids as the API has them."
    ]


@dataclass(frozen=True, slots=True)
class PersonalData:
    """What the company keeps of one person, but for what the audit trail says of them."""

    about: Annotated[AnyId, "Who it is about: a user, or a new hire."]
    made_at: Annotated[datetime, "When it was put together."]
    records: Annotated[list[PersonalRecord], "The rows, by their type and then by age."]
    files: Annotated[list[StoredFile], "Their files, with addresses that hold for 15 minutes."]


async def personal_data(looking: Looking, person: User | NewHire) -> PersonalData | None:
    """Put together what is kept of somebody: a statement for each table, however many rows it has.

    There is nothing for a dry run, and for a call that repeats an earlier one: it would leave no trace.
    """
    if person not in HANDED_OUT:
        return None
    subject = Subject(type(person).__name__, person.id)
    records = list[PersonalRecord]()
    for model in personal_models():
        condition = is_about(model, subject)
        if condition is not None:
            rows = await looking.all(select(model).where(condition).order_by(model.id))
            records += [_record(looking, row) for row in rows]
    files = await looking.all(select(File).where(_theirs(subject)).order_by(File.id))
    about = encode(subject.kind, subject.id)
    return PersonalData(about, looking.asking.now, records, await view_of(looking, files))


@operation(
    "privacy.export",
    refuses=[PersonErased],
    emits=["user.data_exported"],
    shows=personal_data,
    shown_as="personal_data",
)
async def export_user_data(context: Context, user: User) -> User:
    """Hand out what is kept of a user, for them to have or to take elsewhere; protected fields are in it.

    Null for a dry run, and for a call that repeats an earlier one with its idempotency key.
    """
    expect_kept(user)
    return await _told(context, user)


@operation(
    "privacy.export",
    refuses=[PersonErased],
    emits=["onboarding.data_exported"],
    shows=personal_data,
    shown_as="personal_data",
)
async def export_new_hire_data(context: Context, hire: NewHire) -> NewHire:
    """Hand out what is kept of a new hire, with all of their answers, for them to have or to take elsewhere.

    Null for a dry run, and for a call that repeats an earlier one with its idempotency key.
    """
    expect_kept(hire)
    _note(context, hire)
    await context.publish(HireDataExported(new_hire_id=hire.id, flow_id=hire.flow_id), hire)
    return hire


@operation(
    "company.read",
    refuses=[InvalidInput],
    emits=["user.data_exported"],
    shows=personal_data,
    shown_as="personal_data",
)
async def export_own_data(context: Context) -> User:
    """Hand out what is kept of oneself. Null for a dry run, and for a call that repeats one with its key."""
    if context.principal.user_id is None:
        raise InvalidInput("Only a person who has signed in has data of their own here.")
    return await _told(context, await context.one(User, context.principal.user_id))


async def _told(context: Context, user: User) -> User:
    _note(context, user)
    await context.publish(UserDataExported(), user)
    return user


def _note(context: Context, person: User | NewHire) -> None:
    """Note that somebody's data leaves the system, and let it be shown in this request."""
    context.exported(person)
    if not context.rehearses:
        HANDED_OUT.add(person)


def _theirs(subject: Subject) -> Any:
    """Select the files that somebody has uploaded, and those of their onboarding."""
    uploaded = is_about(File, subject)
    assert uploaded is not None
    mine = select(OnboardingUpload.file_id).join(Progress, Progress.id == OnboardingUpload.progress_id)
    of_onboarding = File.id.in_(mine.where(Progress.new_hire_id == subject.id))
    return or_(uploaded, of_onboarding) & (File.status == FileStatus.STORED)


def _record(looking: Looking, row: TenantOwned) -> PersonalRecord:
    model = type(row)
    named = NAMES.get(model, model.__name__)
    told = {camel(column.key): _value(looking, row, column) for column in _columns(model)}
    return PersonalRecord(encode(named, row.id), named, told)


def _columns(model: type[TenantOwned]) -> Sequence[Column[Any]]:
    """Return the columns of a model that say something of somebody: neither secrets nor what the server minds alone."""
    return [column for column in inspect(model).columns if column.key not in INSIDE and _is_told(column)]


def _is_told(column: Column[Any]) -> bool:
    policy = policy_of(column)
    if policy.classified is Classification.SECRET:
        return False
    return policy.classified is Classification.PERSONAL or not policy.hidden


def _value(looking: Looking, row: TenantOwned, column: Column[Any]) -> Any:
    value = getattr(row, column.key)
    if value is None:
        return None
    if policy_of(column).encrypted:
        return looking.asking.keyring.open(value, aad=bound_to(row, column.key))
    if isinstance(value, Choice):
        return value.name
    named = named_by(column)
    return encode(named, value) if named and isinstance(value, UUID) else plain(value)
