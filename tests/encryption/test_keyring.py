import pickle
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.encryption import CannotDecrypt, DataKey, Keyring, MasterKey

MASTER = MasterKey(bytes(range(32)))
TENANT = UUID(int=1)
OTHER_TENANT = UUID(int=2)
PLACE = b"Company.tax_id:018f"
OLD_KEY = DataKey(b"o" * 32)
NEW_KEY = DataKey(b"n" * 32)


def keyring(*keys: DataKey, tenant_id: UUID = TENANT) -> Keyring:
    return Keyring(MASTER, tenant_id, [key.wrap(MASTER, tenant_id) for key in keys])


KEYRING = keyring(NEW_KEY)


def assert_stays_shut(sealed: bytes, *, ring: Keyring = KEYRING, aad: bytes = PLACE) -> None:
    with pytest.raises(CannotDecrypt) as raised:
        ring.open(sealed, aad=aad)
    assert str(raised.value) == "The value cannot be decrypted here."
    assert raised.value.__cause__ is None


@given(st.text(), st.binary())
def test_what_was_sealed_opens_in_its_place(plaintext: str, place: bytes) -> None:
    assert KEYRING.open(KEYRING.seal(plaintext, aad=place), aad=place) == plaintext


@given(st.text(), st.data())
def test_a_sealed_value_with_any_changed_bit_stays_shut(plaintext: str, data: st.DataObject) -> None:
    sealed = bytearray(KEYRING.seal(plaintext, aad=PLACE))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert_stays_shut(bytes(sealed))


@given(st.text(), st.data())
def test_a_sealed_value_that_lost_bytes_stays_shut(plaintext: str, data: st.DataObject) -> None:
    sealed = KEYRING.seal(plaintext, aad=PLACE)
    assert_stays_shut(sealed[: data.draw(st.integers(0, len(sealed) - 1))])


@given(st.binary())
def test_noise_stays_shut(noise: bytes) -> None:
    assert_stays_shut(noise)
    assert_stays_shut(b"\x01" + bytes.fromhex(NEW_KEY.key_id) + noise)


@given(st.text())
def test_another_tenant_opens_nothing_even_with_the_same_key(plaintext: str) -> None:
    assert_stays_shut(KEYRING.seal(plaintext, aad=PLACE), ring=keyring(NEW_KEY, tenant_id=OTHER_TENANT))


@given(st.binary(), st.binary())
def test_another_place_opens_nothing(place: bytes, other: bytes) -> None:
    if place != other:
        assert_stays_shut(KEYRING.seal("DE123456789", aad=place), aad=other)


def test_tenant_and_place_cannot_be_shifted_into_each_other() -> None:
    shifted = UUID(bytes=TENANT.bytes[1:] + b"x")
    sealed = keyring(NEW_KEY).seal("DE123456789", aad=b"xy")
    assert_stays_shut(sealed, ring=keyring(NEW_KEY, tenant_id=shifted), aad=b"y")


def test_a_sealed_value_says_its_format_and_its_key_and_nothing_of_its_content() -> None:
    sealed = KEYRING.seal("DE123456789", aad=PLACE)
    assert sealed[:5].hex() == f"01{NEW_KEY.key_id}"
    assert len(sealed) == 1 + 4 + 12 + len("DE123456789") + 16
    assert b"DE123" not in sealed
    assert sealed != KEYRING.seal("DE123456789", aad=PLACE)


def test_a_new_data_key_seals_and_the_old_one_still_opens() -> None:
    before = keyring(OLD_KEY).seal("before", aad=PLACE)
    rotated = keyring(NEW_KEY, OLD_KEY)
    after = rotated.seal("after", aad=PLACE)
    assert (rotated.open(before, aad=PLACE), rotated.open(after, aad=PLACE)) == ("before", "after")
    assert_stays_shut(after, ring=keyring(OLD_KEY))


def test_without_the_key_that_a_value_names_it_stays_shut() -> None:
    assert_stays_shut(keyring(OLD_KEY).seal("before", aad=PLACE), ring=keyring(NEW_KEY))


def test_a_value_that_is_claimed_to_be_of_another_key_stays_shut() -> None:
    sealed = keyring(OLD_KEY).seal("before", aad=PLACE)
    claimed = b"\x01" + bytes.fromhex(NEW_KEY.key_id) + sealed[5:]
    assert_stays_shut(claimed, ring=keyring(NEW_KEY, OLD_KEY))


def test_a_keyring_takes_only_the_keys_of_its_tenant() -> None:
    with pytest.raises(CannotDecrypt):
        Keyring(MASTER, OTHER_TENANT, [NEW_KEY.wrap(MASTER, TENANT)])


def test_half_a_surrogate_pair_is_refused_without_telling_the_text() -> None:
    with pytest.raises(ValueError, match="surrogate") as raised:
        KEYRING.seal("DE123456789\ud800", aad=PLACE)
    assert "DE123" not in repr(raised.value)
    assert raised.value.__context__ is None


def test_a_refusal_survives_the_way_between_processes() -> None:
    assert str(pickle.loads(pickle.dumps(CannotDecrypt()))) == "The value cannot be decrypted here."  # noqa: S301 - its own


def test_what_earlier_versions_stored_still_opens() -> None:
    wrapped = bytes.fromhex(
        "019618c5c6bb230ecd776d125716f7d7f1e4d7a2051714f0d4b7fe306300975c78a31b10a20151f6fba9cd8a"
        "3820eebc65c36cee123c403a26aa72181af12ecae89725f15d"
    )
    sealed = bytes.fromhex("01bb230ecdf40928e5546c873d8a1f088a2def74d5daa9718e90871a616a8a5cc126fd66aff860a10c1fd89e")
    stored = Keyring(MASTER, TENANT, [wrapped])
    assert stored.open(sealed, aad=PLACE) == "DE123456789"
    assert stored.fingerprint(b"input").hex() == "47d21e12767aa815c6d8582e1d15f91ebc5d49cbf8ace919706148f81db9bae1"


def test_a_fingerprint_tells_equal_values_of_one_tenant_and_outlives_a_new_data_key() -> None:
    fingerprint = keyring(OLD_KEY).fingerprint(b"input")
    assert len(fingerprint) == 32
    assert keyring(NEW_KEY, OLD_KEY).fingerprint(b"input") == fingerprint
    assert keyring(OLD_KEY).fingerprint(b"input ") != fingerprint
    assert keyring(OLD_KEY, tenant_id=OTHER_TENANT).fingerprint(b"input") != fingerprint
