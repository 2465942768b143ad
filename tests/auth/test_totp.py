"""Codes of an authenticator, as RFC 6238 has them, each accepted once; and recovery codes."""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from uuid_utils.compat import uuid7

from auth.recovery import hash_of, new_codes, typed
from auth.totp import STEP, address_of, code_at, new_secret, step_at, step_of
from db.encryption import DataKey, Keyring, MasterKey

SECRET = base64.b32encode(b"12345678901234567890").decode()
NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_the_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    """Appendix B of RFC 6238, whose codes have eight digits: these are the last six."""
    assert code_at(SECRET, seconds // STEP) == code


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_step_of_drift_is_allowed_either_way(steps: int, good: bool) -> None:  # noqa: FBT001 - what is expected
    step = step_at(NOON) + steps
    assert step_of(SECRET, code_at(SECRET, step), NOON, after=0) == (step if good else None)


def test_a_code_counts_once_and_those_before_it_no_more() -> None:
    present = step_at(NOON)
    for after, wanted in ((present - 2, present - 1), (present - 1, None), (present, None)):
        assert step_of(SECRET, code_at(SECRET, present - 1), NOON, after=after) == wanted
    later = NOON + timedelta(seconds=STEP)
    assert step_of(SECRET, code_at(SECRET, present + 1), later, after=present) == present + 1


def test_a_secret_has_160_bits_and_is_never_the_same() -> None:
    secrets = {new_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert {len(base64.b32decode(each)) for each in secrets} == {20}


def test_the_address_says_all_that_an_authenticator_asks() -> None:
    address = urlsplit(address_of(SECRET, company="Ada & Co: Söhne", email="ada@example.com"))
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert address.path == "/Ada%20%26%20Co%3A%20S%C3%B6hne%3Aada%40example.com"
    assert parse_qs(address.query) == {
        "secret": [SECRET],
        "issuer": ["Ada & Co: Söhne"],
        "algorithm": ["SHA1"],
        "digits": ["6"],
        "period": ["30"],
    }


def a_keyring() -> Keyring:
    master, tenant = MasterKey(bytes(range(32))), uuid7()
    return Keyring(master, tenant, [DataKey.generate().wrap(master, tenant)])


def test_recovery_codes_are_ten_different_ones_however_they_are_typed() -> None:
    codes, keyring, ada = new_codes(), a_keyring(), uuid7()
    assert len(set(codes)) == 10
    for code in codes:
        assert typed(f" {code.upper().replace('-', ' ')} ") == code.replace("-", "")
        hashes = {hash_of(keyring, ada, each) for each in (code, code.upper(), code.replace("-", ""))}
        assert len(hashes) == 1
        assert hash_of(keyring, uuid7(), code) not in hashes
        assert hash_of(a_keyring(), ada, code) not in hashes


@pytest.mark.parametrize("text", ["", "123456", "abcd-efgh-jkm", "abcd-efgh-jkmnp", "abcd-efgh-jkml", "a" * 5000])
def test_what_is_no_recovery_code_is_none(text: str) -> None:
    assert typed(text) is None
