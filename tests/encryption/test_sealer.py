import string
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.encryption import CannotDecrypt, MasterKey, Sealer

TENANT = UUID(int=1)
OTHER_TENANT = UUID(int=2)
PURPOSE = "cursor of stages"
SEALER = Sealer(MasterKey(bytes(range(32))))
URL_SAFE = set(string.ascii_letters + string.digits + "-_")


def seal(content: bytes) -> str:
    return SEALER.seal(content, tenant_id=TENANT, purpose=PURPOSE)


def assert_stays_shut(text: str, *, sealer: Sealer = SEALER, tenant_id: UUID = TENANT, purpose: str = PURPOSE) -> None:
    with pytest.raises(CannotDecrypt):
        sealer.open(text, tenant_id=tenant_id, purpose=purpose)


@given(st.binary(), st.text())
def test_what_was_sealed_opens_for_its_tenant_and_purpose(content: bytes, purpose: str) -> None:
    text = SEALER.seal(content, tenant_id=TENANT, purpose=purpose)
    assert SEALER.open(text, tenant_id=TENANT, purpose=purpose) == content
    assert set(text) <= URL_SAFE


@given(st.binary())
def test_it_opens_for_no_other_tenant_purpose_or_key(content: bytes) -> None:
    text = seal(content)
    assert_stays_shut(text, tenant_id=OTHER_TENANT)
    assert_stays_shut(text, purpose="cursor of flows")
    assert_stays_shut(text, purpose="")
    assert_stays_shut(text, sealer=Sealer(MasterKey(bytes(32))))


@given(st.binary(), st.data())
def test_any_other_character_anywhere_keeps_it_shut(content: bytes, data: st.DataObject) -> None:
    text = seal(content)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda character: character != text[at]))
    assert_stays_shut(text[:at] + other + text[at + 1 :])


@given(st.binary(), st.data())
def test_more_or_fewer_characters_keep_it_shut(content: bytes, data: st.DataObject) -> None:
    text = seal(content)
    assert_stays_shut(text[: data.draw(st.integers(0, len(text) - 1))])
    assert_stays_shut(text + data.draw(st.text(min_size=1)))
    assert_stays_shut(data.draw(st.text(min_size=1)) + text)


@given(st.text())
def test_noise_stays_shut(noise: str) -> None:
    assert_stays_shut(noise)


@pytest.mark.parametrize("text", ["", "=", "====", "\0", "é" * 40, "\ud800", "A" * 1_000_001, "a+/=" * 20, " " * 30])
def test_hostile_text_stays_shut(text: str) -> None:
    assert_stays_shut(text)


def test_no_second_text_means_the_same() -> None:
    for content in (b"", b"1", b"12", b"123"):
        text = seal(content)
        for variant in (
            f"{text}=",
            f"{text}==",
            f" {text}",
            f"{text}\n",
            text.replace("-", "+").replace("_", "/") + "=",
        ):
            assert_stays_shut(variant)


def test_it_is_opaque_compact_and_the_same_each_time() -> None:
    content = b'["Alice",3]'
    assert seal(content) == seal(content) == "Qz1zBTE_Y3pI1bc7HZlqVrqW9zY9vEqfSjSQ"
    assert seal(content) != seal(b'["Alice",4]')
    assert SEALER.seal(content, tenant_id=OTHER_TENANT, purpose=PURPOSE) != seal(content)
