"""The company's events as those see them who follow them: what happened, to what, by whom.

A follower is shown an event if they may read the type that it is about, and never a protected value: the events hold
none. What is about a type that is not public is shown to nobody.
"""

import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from db.base import TenantOwned
from db.outbox import Event as LoggedEvent
from resolvers.barred import BadInput
from resolvers.event_types import public_data
from resolvers.ids import GlobalId, encode
from resolvers.views import AnyId, shown
from subscriptions.followers import Matches

MOST_PATTERNS: Final = 50
PATTERN: Final = re.compile(r"\*|[a-z0-9_]{1,60}(\.[a-z0-9_]{1,60}){0,2}(\.\*)?")
OF_ROWS: Final = frozenset({"created", "updated", "deleted", "moved", "signed_in"})


@dataclass(frozen=True, slots=True)
class EventActor:
    """Who did what an event tells of."""

    kind: Annotated[str, "What kind of principal it was: user, new_hire or system."]
    id: Annotated[AnyId | None, "The person, as an id of the API; null for the system."]
    impersonation_id: Annotated[
        AnyId | None, "The session in which support acted for the person; null where they acted themselves."
    ]


@dataclass(frozen=True, slots=True)
class EventSubject:
    """What an event tells of."""

    type: Annotated[str, "Its type, as in the API."]
    id: Annotated[AnyId, "Its id. It may name something that is gone since."]
    version: Annotated[int, "Its version after the change."]
    find: Callable[[], Awaitable[TenantOwned | None]]

    @shown
    def node(self) -> TenantOwned | None:
        """The object as it is now, which may be later than the event; null when it is gone or you may not see it."""
        return self.find()  # pyright: ignore[reportReturnType] - whoever asks for it waits for it


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened in the company."""

    id: Annotated[str, "The same in every delivery of the event: `msg_` and a ULID."]
    type: Annotated[str, "What happened: dotted, the domain first, the last part in the past tense."]
    occurred_at: Annotated[datetime, "When it happened."]
    actor: Annotated[EventActor, "Who did it."]
    subject: Annotated[EventSubject, "What it happened to."]
    data: Annotated[
        dict[str, Any], "Its facts, as `eventTypes` says; of a row, `changed` holds the fields that were written."
    ]
    correlation_id: Annotated[str, "The request from which it followed."]
    causation_id: Annotated[str | None, "The event that caused it, if one did."]
    schema_version: Annotated[int, "Version of the shape of `data`."]


@dataclass(frozen=True, slots=True)
class EventGap:
    """Events that can no longer be sent: read the state anew, and go on from here."""

    missed: Annotated[int, "How many events of the company are missing; not all of them need have been for you."]
    reason: Annotated[str, "Why, for people to read."]


@dataclass(frozen=True, slots=True)
class EventMessage:
    """One message to who follows events. The first has neither event nor gap: it says from where on you follow."""

    cursor: Annotated[str, "Marks the place in the log; give it to `after` when you subscribe again."]
    event: Annotated[Event | None, "What happened."]
    gap: Annotated[EventGap | None, "Says that events are missing between the message before and the next."]


def as_shown(event: LoggedEvent, find: Callable[[str], Awaitable[TenantOwned | None]]) -> Event:
    """Return an event as the API shows it."""
    subject_id = encode(event.subject_type, event.subject_id)
    return Event(
        id=event.message_id,
        type=event.type,
        occurred_at=event.occurred_at,
        actor=_actor(event),
        subject=EventSubject(event.subject_type, subject_id, event.subject_version, lambda: find(subject_id)),
        data=public_data(event.type, event.data),
        correlation_id=event.correlation_id,
        causation_id=event.causation_id,
        schema_version=event.schema_version,
    )


def _actor(event: LoggedEvent) -> EventActor:
    session = event.impersonation_id
    acting = encode("ImpersonationSession", session) if session else None
    return EventActor(event.actor_type, _actor_id(event.actor_type, event.actor_id), acting)


def _actor_id(kind: str, actor: UUID | None) -> str | None:
    return encode({"new_hire": "NewHire", "api_key": "ApiKey"}.get(kind, "User"), actor) if actor else None


def of_types(patterns: Sequence[str] | None, subject: GlobalId | None, readable: Collection[str]) -> Matches:
    """Match events by type (`onboarding.started`, `onboarding.*`, `*`) and subject, among what may be read."""
    is_wanted = of_patterns(_checked(patterns) if patterns is not None else ["*"])

    def matches(event: LoggedEvent) -> bool:
        return (
            event.subject_type in readable
            and is_wanted(event.type)
            and (subject is None or (event.subject_id, event.subject_type) == (subject.row_id, subject.type_name))
        )

    return matches


def of_rows(type_name: str, row_id: UUID | None) -> Matches:
    """Match the writes of rows of one type; of one row, where its id is given."""

    def matches(event: LoggedEvent) -> bool:
        of_row = event.subject_type == type_name and event.type.rsplit(".", 1)[-1] in OF_ROWS
        return of_row and (row_id is None or event.subject_id == row_id)

    return matches


def of_patterns(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Return what tells of a type whether one of some patterns names it."""
    begins = tuple(pattern[:-1] for pattern in patterns if pattern.endswith("*"))
    exact = frozenset(pattern for pattern in patterns if not pattern.endswith("*"))
    return lambda type_name: type_name in exact or type_name.startswith(begins)


def check_pattern(pattern: str, path: Sequence[str | int]) -> None:
    """Refuse what is no pattern of types; `path` is where it was given."""
    if not PATTERN.fullmatch(pattern):
        raise BadInput(
            "A type of events is dotted, as `onboarding.started`; `onboarding.*` and `*` stand for several.", path=path
        )


def _checked(patterns: Sequence[str]) -> Sequence[str]:
    if not 0 < len(patterns) <= MOST_PATTERNS:
        raise BadInput(f"Give 1 to {MOST_PATTERNS} types of events.", path=("types",))
    for index, pattern in enumerate(patterns):
        check_pattern(pattern, ("types", index))
    return patterns
