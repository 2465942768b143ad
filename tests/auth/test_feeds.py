"""Signatures of calendar feeds: of one tenant, one feed and one generation, whatever becomes of the master key."""

from uuid import UUID, uuid4

import pytest

from auth.feeds import genuine, sign
from db.encryption import DataKey, FingerprintKey, Keyring, MasterKey

OLD, NEW = b"o" * 32, b"n" * 32
BEFORE, READY, SWAPPED, AFTER = MasterKey(OLD), MasterKey(OLD, NEW), MasterKey(NEW, OLD), MasterKey(NEW)
TENANT, OTHER = UUID(int=1), UUID(int=2)
FEED = UUID(int=3)


def keyring(tenant_id: UUID = TENANT) -> Keyring:
    return Keyring(BEFORE, tenant_id, [DataKey.generate().wrap(BEFORE, tenant_id)])


def test_a_signature_is_of_one_tenant_one_feed_and_one_generation() -> None:
    mine = keyring()
    signature = sign(mine, FEED, 1)
    assert genuine(mine, FEED, 1, signature)
    assert genuine(keyring(), FEED, 1, signature)
    assert not genuine(mine, FEED, 2, signature)
    assert not genuine(mine, uuid4(), 1, signature)
    assert not genuine(keyring(OTHER), FEED, 1, signature)


@pytest.mark.parametrize("wrong", ["", "x", "é" * 32, "\udcff" * 32, "A" * 32, "A" * 100_000])
def test_whatever_else_there_is_is_none(wrong: str) -> None:
    assert not genuine(keyring(), FEED, 1, wrong)


def test_it_has_one_written_form() -> None:
    mine = keyring()
    signature = sign(mine, FEED, 1)
    assert len(signature) == 32
    assert [genuine(mine, FEED, 1, each) for each in (f"{signature}=", f" {signature}", signature.swapcase())] == [
        False
    ] * 3


def test_it_counts_for_good_whatever_becomes_of_the_master_key() -> None:
    first = DataKey.generate()
    stored = [first.wrap(BEFORE, TENANT)]
    signature = sign(Keyring(BEFORE, TENANT, stored), FEED, 1)
    kept = FingerprintKey.of(SWAPPED, TENANT, stored).wrap(SWAPPED, TENANT)
    anew = [first.wrap(SWAPPED, TENANT), kept]
    rings = [Keyring(READY, TENANT, stored), Keyring(SWAPPED, TENANT, stored)]
    rings += [Keyring(key, TENANT, anew) for key in (READY, SWAPPED, AFTER)]
    assert [genuine(each, FEED, 1, signature) for each in rings] == [True] * 5
