import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from auth.tokens import AccessTokens, TokenExpired, TokenInvalid
from db.encryption import MasterKey

MASTER = MasterKey(bytes(range(32)))
ADA = UUID(int=1)
TENANT = UUID(int=2)
NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


@dataclass
class Clock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


TOKENS = AccessTokens(MASTER, clock=Clock())
TEXT = TOKENS.issue(user_id=ADA, tenant_id=TENANT, token_version=3).text
HEADER, PAYLOAD, SIGNATURE = TEXT.split(".")
CLAIMS: dict[str, Any] = {
    "iss": "workgraph",
    "aud": "workgraph",
    "sub": str(ADA),
    "tid": str(TENANT),
    "tv": 3,
    "iat": int(NOON.timestamp()),
    "exp": int(NOON.timestamp()) + 900,
    "jti": str(UUID(int=4)),
}


def part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def unpacked(text: str) -> dict[str, Any]:
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def signed(claims: dict[str, Any], *, key: MasterKey = MASTER, header: Mapping[str, str] | None = None) -> str:
    """Sign as we do, with whatever is said differently: what an attacker could do who had the key."""
    headers = {"alg": "HS256", "kid": key.key_id, "typ": "at+jwt", **(header or {})}
    secret = OctKey.import_key(key.derive("access tokens"))
    return jwt.encode(headers, claims, secret, [headers["alg"]], default_type=None)


def assert_invalid(text: str, tokens: AccessTokens = TOKENS) -> None:
    with pytest.raises(TokenInvalid) as raised:
        tokens.read(text)
    assert str(raised.value) == ""
    assert raised.value.__cause__ is None


def test_a_token_says_who_asks_and_for_which_tenant() -> None:
    token = TOKENS.read(TEXT)
    assert (token.user_id, token.tenant_id, token.token_version) == (ADA, TENANT, 3)
    assert token.expires_at - token.issued_at == 15 * 60


def test_a_token_is_a_jwt_with_these_claims_and_no_others() -> None:
    assert unpacked(HEADER) == {"alg": "HS256", "kid": MASTER.key_id, "typ": "at+jwt"}
    claims = unpacked(PAYLOAD)
    assert claims == {**CLAIMS, "jti": claims["jti"]}


def test_every_token_has_an_id_of_its_own() -> None:
    issued = [TOKENS.issue(user_id=ADA, tenant_id=TENANT, token_version=3) for _ in range(20)]
    assert len({TOKENS.read(each.text).token_id for each in issued}) == 20


@given(st.uuids(), st.uuids(), st.integers(0, 2**31), st.integers(1, 86_400))
def test_what_is_issued_is_read_back(user_id: UUID, tenant_id: UUID, token_version: int, seconds: int) -> None:
    tokens = AccessTokens(MASTER, clock=Clock(), lifetime=timedelta(seconds=seconds))
    issued = tokens.issue(user_id=user_id, tenant_id=tenant_id, token_version=token_version)
    token = tokens.read(issued.text)
    assert (token.user_id, token.tenant_id, token.token_version) == (user_id, tenant_id, token_version)
    assert issued.expires_at == NOON + timedelta(seconds=seconds)


def test_a_token_is_good_until_just_before_its_expiry() -> None:
    clock = Clock()
    tokens = AccessTokens(MASTER, clock=clock)
    issued = tokens.issue(user_id=ADA, tenant_id=TENANT, token_version=1)
    assert issued.expires_at == NOON + timedelta(minutes=15)
    clock.now = issued.expires_at - INSTANT
    assert tokens.read(issued.text).user_id == ADA
    for late in (timedelta(0), INSTANT, timedelta(days=400)):
        clock.now = issued.expires_at + late
        with pytest.raises(TokenExpired):
            tokens.read(issued.text)


def test_a_token_that_is_not_ours_is_invalid_and_not_expired() -> None:
    late = AccessTokens(MASTER, clock=Clock(NOON + timedelta(days=1)))
    assert_invalid(signed({**CLAIMS, "aud": "another"}), late)
    assert_invalid(signed(CLAIMS, key=MasterKey(bytes(32))), late)


def test_the_tokens_of_another_key_issuer_or_audience_are_invalid() -> None:
    others = [
        AccessTokens(MasterKey(bytes(32)), clock=Clock()),
        AccessTokens(MASTER, clock=Clock(), issuer="another"),
        AccessTokens(MASTER, clock=Clock(), audience="another"),
    ]
    for other in others:
        assert_invalid(other.issue(user_id=ADA, tenant_id=TENANT, token_version=1).text)
        assert_invalid(TEXT, other)


def test_the_hostile_tokens_below_fail_for_what_is_wrong_with_them() -> None:
    assert TOKENS.read(signed(CLAIMS)).user_id == ADA


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "HS512"},
        {"alg": "HS384"},
        {"typ": "JWT"},
        {"typ": "refresh+jwt"},
        {"kid": "00000000"},
        {"kid": ""},
        {"cty": "json"},
        {"jku": "https://attacker.example/keys"},
    ],
    ids=str,
)
def test_a_header_that_is_not_ours_is_invalid_though_signed_with_our_key(header: dict[str, str]) -> None:
    assert_invalid(signed(CLAIMS, header=header))


@pytest.mark.parametrize(
    "header", [{"alg": "none"}, {"alg": "None", "typ": "at+jwt"}, {"alg": "EdDSA"}, {}, [], "alg", None, [[[[]]]] * 60]
)
def test_a_header_that_signs_nothing_is_invalid(header: object) -> None:
    for signature in ("", SIGNATURE):
        assert_invalid(f"{part(header)}.{PAYLOAD}.{signature}")


@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize("value", ["absent", None, True, "", "1", -1.5, [], {}, "x" * 200], ids=str)
def test_claims_of_another_form_are_invalid_though_signed_with_our_key(claim: str, value: object) -> None:
    claims = {**CLAIMS, claim: value}
    if value == "absent":
        del claims[claim]
    assert_invalid(signed(claims))


def test_a_claim_that_we_do_not_know_is_invalid() -> None:
    assert_invalid(signed({**CLAIMS, "permissions": ["company.edit"]}))


HOSTILE = {
    "empty": "",
    "dots": "..",
    "many dots": "." * 1000,
    "no signature": f"{HEADER}.{PAYLOAD}",
    "empty signature": f"{HEADER}.{PAYLOAD}.",
    "four parts": f"{TEXT}.{SIGNATURE}",
    "padded": f"{TEXT}=",
    "newline": f"{TEXT}\n",
    "space": f" {TEXT}",
    "bearer": f"Bearer {TEXT}",
    "non-ascii": "é" * 200,
    "non-ascii digits": f"{HEADER}.{PAYLOAD}.{'٣' * 42}A",
    "surrogate": f"{HEADER}.{PAYLOAD}.\ud800",
    "nul": f"{TEXT}\0",
    "huge": "A" * 1_048_576,
    "huge payload": f"{HEADER}.{'A' * 1_048_576}.{SIGNATURE}",
    "huge signature": f"{HEADER}.{PAYLOAD}.{'A' * 1_048_576}",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_text_is_invalid_and_soon_refused(text: str) -> None:
    start = time.perf_counter()
    assert_invalid(text)
    assert time.perf_counter() - start < 0.5


@given(st.integers(0, len(TEXT) - 1), st.characters())
def test_any_other_character_anywhere_is_invalid(at: int, character: str) -> None:
    if character != TEXT[at]:
        assert_invalid(TEXT[:at] + character + TEXT[at + 1 :])


@given(st.integers(0, len(TEXT) - 1))
def test_a_token_cut_short_is_invalid(length: int) -> None:
    assert_invalid(TEXT[:length])


@given(st.text())
def test_noise_is_invalid(noise: str) -> None:
    assert_invalid(noise)
    assert_invalid(f"{HEADER}.{PAYLOAD}.{noise}")


def test_a_token_is_not_printed_with_what_carries_it() -> None:
    issued = TOKENS.issue(user_id=ADA, tenant_id=TENANT, token_version=3)
    assert issued.text.rpartition(".")[2] not in repr(issued)
