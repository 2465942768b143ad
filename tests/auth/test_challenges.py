"""Challenges: bound to everything that they say, of one form, and good for nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from uuid_utils.compat import uuid7

from auth.challenges import LIFETIME, Challenge, begin, genuine, parse
from auth.keys import new_key
from auth.keys import parse as read_key
from auth.links import Purpose, write
from auth.links import parse as read_link
from auth.refresh import REFRESH_TOKENS
from auth.sign_in_codes import SIGN_IN_CODES
from db.encryption import DataKey, Keyring, MasterKey

NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)
TENANT = uuid7()
MASTER = MasterKey(bytes(range(32)))
KEYRING = Keyring(MASTER, TENANT, [DataKey.generate().wrap(MASTER, TENANT)])
CHALLENGE = begin(TENANT, uuid7(), 3, 7, NOON)


def test_it_says_what_was_written_and_is_genuine() -> None:
    text = CHALLENGE.text(KEYRING)
    assert parse(text) == CHALLENGE
    assert genuine(KEYRING, CHALLENGE, text)
    assert CHALLENGE.expires_at == NOON + LIFETIME == NOON + timedelta(minutes=5)


@pytest.mark.parametrize(
    "changed",
    [
        replace(CHALLENGE, user_id=uuid7()),
        replace(CHALLENGE, tenant_id=uuid7()),
        replace(CHALLENGE, token_version=4),
        replace(CHALLENGE, uses=8),
        replace(CHALLENGE, expires_at=NOON + timedelta(hours=1)),
    ],
)
def test_nothing_in_it_can_be_changed(changed: Challenge) -> None:
    mac = CHALLENGE.text(KEYRING)[-32:]
    forged = changed.text(KEYRING)[:-32] + mac
    said = parse(forged)
    assert said == changed
    assert not genuine(KEYRING, changed, forged)


def test_a_key_of_another_company_makes_none_of_this_one() -> None:
    tenant = uuid7()
    other = Keyring(MASTER, tenant, [DataKey.generate().wrap(MASTER, tenant)])
    assert not genuine(KEYRING, CHALLENGE, CHALLENGE.text(other))


def test_no_other_token_has_its_form() -> None:
    text = CHALLENGE.text(KEYRING)
    others = [
        REFRESH_TOKENS.make(TENANT, uuid7()),
        new_key(TENANT),
        SIGN_IN_CODES.make(TENANT, uuid7()),
        *(write(KEYRING, TENANT, purpose, uuid7()) for purpose in Purpose),
    ]
    assert [parse(each) for each in [*others, "", text[:-1], text + "A", text.replace("wgc_", "wgr_")]] == [None] * 10
    assert (REFRESH_TOKENS.parse(text), read_key(text), read_link(text)) == (None, None, None)
