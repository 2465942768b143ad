"""What the hash of an audit entry covers, written out by hand, and what its numbers and instants look like."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from db.audit_form import BEGIN, FORMS, canonical, entry_columns, hash_of
from db.models.log import AuditLog

ENTRY: dict[str, Any] = {
    "tenant_id": UUID("00000000-0000-4000-8000-00000000000a"),
    "id": UUID("00000000-0000-7000-8000-000000000001"),
    "occurred_at": datetime(2026, 6, 30, 12, 0, 0, 1, tzinfo=UTC),
    "actor_type": "user",
    "actor_id": UUID("00000000-0000-4000-8000-00000000000b"),
    "action": "update",
    "operation": "updateFlow",
    "entity_type": "Flow",
    "entity_id": UUID("00000000-0000-4000-8000-00000000000c"),
    "entity_version": 2,
    "old_values": '{"name": "Größe \\u20ac", "weight": 1.50}',
    "new_values": '{"b": null, "a": [true, 12345678901234567890]}',
    "request_id": "req-1",
    "address": "192.0.2.1",
    "user_agent": None,
    "on_behalf_of_id": UUID("00000000-0000-4000-8000-00000000000d"),
    "impersonation_id": None,
}
WRITTEN = (
    '{"action":"update",'
    '"actor_id":"00000000-0000-4000-8000-00000000000b",'
    '"actor_type":"user",'
    '"address":"192.0.2.1",'
    '"entity_id":"00000000-0000-4000-8000-00000000000c",'
    '"entity_type":"Flow",'
    '"entity_version":2,'
    '"form":1,'
    '"id":"00000000-0000-7000-8000-000000000001",'
    '"new_values":{"a":[true,"12345678901234567890"],"b":null},'
    '"occurred_at":"2026-06-30T12:00:00.000001Z",'
    '"old_values":{"name":"Größe €","weight":1.5},'
    '"operation":"updateFlow",'
    '"request_id":"req-1",'
    '"tenant_id":"00000000-0000-4000-8000-00000000000a",'
    '"user_agent":null}'
).encode()
FIRST = "ad29718484f1151a231a98ce121ee2cfff1f96186da36285c848d2bf355c1d14"
SECOND = "e029b2425f1080dca576ba02997a4006f78b7f61fd0bc15e5e85e080a045a022"


def test_an_entry_is_written_like_this() -> None:
    assert canonical(ENTRY, 1) == WRITTEN


def test_who_acted_for_whom_is_written_since_the_second_form() -> None:
    more = b'"impersonation_id":null,'
    of_second = WRITTEN.replace(b'"form":1', b'"form":2').replace(b'"new_values"', more + b'"new_values"')
    behalf = b'"on_behalf_of_id":"00000000-0000-4000-8000-00000000000d",'
    assert canonical(ENTRY) == of_second.replace(b'"operation"', behalf + b'"operation"')


def test_the_hash_is_this_one_and_covers_the_one_before() -> None:
    first = hash_of(BEGIN, ENTRY, 1)
    assert first.hex() == FIRST == hashlib.sha256(bytes(32) + WRITTEN).hexdigest()
    assert hash_of(first, ENTRY, 1).hex() == SECOND


@pytest.mark.parametrize(("form", "name"), [(form, name) for form, names in FORMS.items() for name in names])
def test_each_column_is_covered(form: int, name: str) -> None:
    other = {"old_values": "{}", "new_values": "{}", "entity_version": 3}.get(name, "other")
    assert canonical(ENTRY | {name: other}, form) != canonical(ENTRY, form)


def test_no_column_of_an_entry_is_left_out() -> None:
    """A new column needs a new form; the old ones stay as they are."""
    assert set(FORMS[max(FORMS)]) == {column.name for column in AuditLog.__table__.columns}
    assert {column.name for column in entry_columns()} == set(FORMS[max(FORMS)])


def test_an_instant_is_the_same_wherever_the_clock_stands() -> None:
    moved = ENTRY["occurred_at"].astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert canonical(ENTRY | {"occurred_at": moved}, 1) == WRITTEN


@pytest.mark.parametrize(
    ("stored", "written"),
    [
        ("9007199254740991", "9007199254740991"),
        ("-9007199254740991", "-9007199254740991"),
        ("9007199254740992", '"9007199254740992"'),
        ("1" * 5000, '"' + "1" * 5000 + '"'),
        ("0.1", "0.1"),
        ("0.10", "0.1"),
        ("1.0", "1"),
        ("0.1000000000000000055", '"0.1000000000000000055"'),
        ("0." + "0" * 400 + "1", '"0.' + "0" * 400 + '1"'),
        ("1" * 400 + ".5", '"' + "1" * 400 + '.5"'),
        ('"\\ud83d\\ude00 \\u0007"', '"😀 \\u0007"'),
    ],
)
def test_values_are_written_without_loss(stored: str, written: str) -> None:
    made = canonical(ENTRY | {"old_values": f'{{"v": {stored}}}'}, 1)
    assert made == WRITTEN.replace('{"name":"Größe €","weight":1.5}'.encode(), f'{{"v":{written}}}'.encode())
