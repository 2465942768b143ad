import copy
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest

from auth.tokens import AccessTokens
from db.encryption import CannotDecrypt, DataKey, Keyring, MasterKey, Sealer

SECRET = b"0123456789abcdef0123456789ABCDEF"
MASTER = MasterKey(SECRET)
TENANT = UUID(int=1)
OTHER_TENANT = UUID(int=2)


def test_derived_keys_and_ids_never_change_from_one_version_to_the_next() -> None:
    assert MASTER.key_id == "f650d08c"
    assert (
        MASTER.derive("role:workgraph_app").hex() == "15856552d410d2b8c2a9d4f56a2fa7d5c6ee9d7f322961c446057b1e3a7e6076"
    )


def test_each_purpose_has_a_key_of_its_own() -> None:
    assert len({MASTER.derive("one"), MASTER.derive("two"), MasterKey(bytes(32)).derive("one")}) == 3
    assert len(MASTER.derive("one", length=64)) == 64


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_a_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=f"32 bytes, not {length}"):
        MasterKey(bytes(length))


def test_a_wrapped_data_key_is_the_same_key_again() -> None:
    key = DataKey.generate()
    again = DataKey.unwrap(key.wrap(MASTER, TENANT), MASTER, TENANT)
    assert again.key_id == key.key_id
    assert again.derive("proof") == key.derive("proof")


def test_every_data_key_is_new_and_wrapped_anew() -> None:
    key = DataKey.generate()
    assert key.derive("proof") != DataKey.generate().derive("proof")
    assert key.wrap(MASTER, TENANT) != key.wrap(MASTER, TENANT)


@pytest.mark.parametrize(
    ("master_key", "tenant_id"), [(MasterKey(bytes(32)), TENANT), (MASTER, OTHER_TENANT)], ids=["master", "tenant"]
)
def test_a_data_key_is_unwrapped_for_its_tenant_under_its_master_key_only(
    master_key: MasterKey, tenant_id: UUID
) -> None:
    with pytest.raises(CannotDecrypt):
        DataKey.unwrap(DataKey.generate().wrap(MASTER, TENANT), master_key, tenant_id)


def test_a_wrapped_data_key_with_any_changed_bit_or_lost_byte_is_refused() -> None:
    wrapped = DataKey.generate().wrap(MASTER, TENANT)
    changed = [
        wrapped[:at] + bytes([wrapped[at] ^ 1 << bit]) + wrapped[at + 1 :] for at in range(69) for bit in range(8)
    ]
    shortened = [wrapped[:length] for length in range(len(wrapped))]
    for broken in [*changed, *shortened, wrapped + b"\0"]:
        with pytest.raises(CannotDecrypt):
            DataKey.unwrap(broken, MASTER, TENANT)


HOLDERS: list[Callable[[], object]] = [
    lambda: MASTER,
    lambda: DataKey(SECRET),
    lambda: Keyring(MASTER, TENANT, [DataKey(SECRET).wrap(MASTER, TENANT)]),
    lambda: Sealer(MASTER),
    lambda: AccessTokens(MASTER, clock=lambda: datetime.now(UTC)),
]


@pytest.mark.parametrize("make", HOLDERS)
def test_what_holds_a_key_neither_prints_it_nor_leaves_the_process(make: Callable[[], object]) -> None:
    holder = make()
    for text in (repr(holder), str(holder), f"{[holder]}"):
        assert "0123456789" not in text
        assert SECRET.hex() not in text
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="neither pickled nor copied"):
            leave(holder)


def test_the_printed_form_of_a_key_is_its_id() -> None:
    assert repr(MASTER) == "<MasterKey f650d08c>"
