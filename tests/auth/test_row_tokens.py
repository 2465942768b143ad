"""Texts that stand for a row: what they name, that each is its own, and that only its hash has to be kept."""

from uuid import UUID

import pytest

from auth.refresh import REFRESH_TOKENS
from auth.row_tokens import Named, hash_of, matches
from auth.sign_in_codes import SIGN_IN_CODES

TENANT, ROW = UUID(int=1), UUID(int=2)
TEXT = REFRESH_TOKENS.make(TENANT, ROW)


def test_a_token_names_its_tenant_and_its_row() -> None:
    assert REFRESH_TOKENS.parse(TEXT) == Named(TENANT, ROW)
    assert matches(TEXT, hash_of(TEXT))


def test_each_is_random() -> None:
    made = {REFRESH_TOKENS.make(TENANT, ROW) for _ in range(100)}
    assert len(made) == 100
    assert not any(matches(other, hash_of(TEXT)) for other in made)


WRONG = {
    "nothing": "",
    "the prefix alone": "wgr_",
    "shorter": TEXT[:-1],
    "longer": f"{TEXT}A",
    "after a space": f" {TEXT}",
    "before a line's end": f"{TEXT}\n",
    "of a new hire": TEXT.replace("wgr_", "wgh_"),
    "without a prefix": TEXT[4:],
    "of another kind": SIGN_IN_CODES.make(TENANT, ROW),
    "padded": f"{TEXT[:-1]}=",
    "not ASCII": "wgr_" + "é" * 76,
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_has_another_form_names_nothing(wrong: str) -> None:
    assert REFRESH_TOKENS.parse(WRONG[wrong]) is None


def test_every_other_character_is_another_token() -> None:
    for place in range(4, len(TEXT)):
        other = TEXT[:place] + ("A" if TEXT[place] != "A" else "B") + TEXT[place + 1 :]
        assert not matches(other, hash_of(TEXT))
