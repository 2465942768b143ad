"""ID tokens that prove nobody: whatever is wrong with one, nobody is signed in, made or linked."""

import base64
import hmac
import json
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from tests.sso.builders import Installation, a_person
from tests.sso.provider import CLIENT_ID, Claims, Provider, signed
from tests.world import CompanyWorld

HOUR = 3600


def without(*names: str) -> Any:
    return lambda claims: {name: value for name, value in claims.items() if name not in names}


def with_(**changes: Any) -> Any:
    return lambda claims: {**claims, **changes}


def later(name: str, seconds: int) -> Any:
    return lambda claims: {**claims, name: claims["iat"] + seconds}


WRONG = {
    "wrong nonce": (with_(nonce="another"), "a wrong nonce"),
    "listed nonce": (lambda claims: {**claims, "nonce": [claims["nonce"]]}, "a wrong nonce"),
    "no nonce": (without("nonce"), "lacks nonce"),
    "expired": (later("exp", -61), "has run out"),
    "expired long ago": (with_(exp=1), "has run out"),
    "never expires": (without("exp"), "lacks exp"),
    "no number": (with_(exp="2099"), "a wrong exp"),
    "issued in the future": (later("iat", HOUR), "a wrong iat"),
    "not valid yet": (later("nbf", HOUR), "a wrong nbf"),
    "another audience": (with_(aud="somebody-else"), "a wrong aud"),
    "other audiences": (with_(aud=["somebody", "else"]), "a wrong aud"),
    "several audiences": (with_(aud=[CLIENT_ID, "somebody-else"]), "a wrong azp"),
    "given to another": (with_(azp="somebody-else"), "a wrong azp"),
    "another issuer": (with_(iss="https://evil.example"), "a wrong iss"),
    "nearly the issuer": (lambda claims: {**claims, "iss": f"{claims['iss']}/"}, "a wrong iss"),
    "no subject": (without("sub"), "lacks sub"),
    "an empty subject": (with_(sub=""), "a wrong sub"),
    "a long subject": (with_(sub="s" * 256), "a wrong sub"),
    "a subject that is none": (with_(sub=7), "a wrong sub"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_what_says_something_wrong_proves_nobody(here: Installation, company: CompanyWorld, name: str) -> None:
    connection = await here.connection(company)
    here.provider.twist, words = WRONG[name]
    assert words in await here.browser(company).refused(connection)
    await nobody_came(company)


@pytest.mark.parametrize(
    "twist",
    [with_(aud=[CLIENT_ID]), with_(aud=[CLIENT_ID, "another"], azp=CLIENT_ID), later("exp", -59), later("iat", 50)],
)
async def test_what_is_said_in_another_way_proves_the_same(
    here: Installation, company: CompanyWorld, twist: Any
) -> None:
    connection = await here.connection(company)
    here.provider.twist = twist
    assert await here.browser(company).sign_in(connection)


def encoded(value: Claims) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned(claims: Claims) -> str:
    return f"{encoded({'alg': 'none', 'kid': 'first'})}.{encoded(claims)}."


def symmetric(provider: Provider, algorithm: str) -> Any:
    """Sign with what everybody can read, the public key, as if it was a secret."""

    def sign(claims: Claims) -> str:
        pem = provider.key.as_pem(private=False)
        content = f"{encoded({'alg': algorithm, 'kid': 'first'})}.{encoded(claims)}"
        mac = hmac.digest(pem, content.encode(), "sha256")
        return f"{content}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    return sign


async def test_what_is_not_signed_proves_nobody(here: Installation, company: CompanyWorld) -> None:
    connection = await here.connection(company)
    for sign in (unsigned, *(symmetric(here.provider, algorithm) for algorithm in ("HS256", "none", "RS256"))):
        here.provider.sign = sign
        said = await here.browser(company).refused(connection)
        assert "not signed in a way" in said or "a wrong signature" in said
    await nobody_came(company)


async def test_what_another_key_has_signed_proves_nobody(here: Installation, company: CompanyWorld) -> None:
    connection, other = await here.connection(company), RSAKey.generate_key(2048, {"kid": "first"})
    here.provider.sign = lambda claims: signed(claims, other)
    assert "a wrong signature" in await here.browser(company).refused(connection)
    here.provider.sign = lambda claims: signed(claims, other, jwk=other.as_dict(private=False))
    assert "a wrong signature" in await here.browser(company).refused(connection)
    await nobody_came(company)


@pytest.mark.parametrize("text", ["", "a", "a.b", "a.b.c", "a.b.c.d.e", "x" * 40_000, "é.é.é"])
async def test_what_is_no_token_proves_nobody(here: Installation, company: CompanyWorld, text: str) -> None:
    connection = await here.connection(company)
    here.provider.sign = lambda _claims: text
    assert "ID token" in await here.browser(company).refused(connection)


async def test_a_provider_may_change_its_keys(here: Installation, company: CompanyWorld) -> None:
    connection = await here.connection(company)
    await here.browser(company).sign_in(connection)
    here.provider.key = RSAKey.generate_key(2048, {"kid": "second"})
    await here.browser(company).sign_in(connection)
    assert here.provider.asked.count("keys") == 2
    assert here.provider.asked.count("discovery") == 1


async def test_keys_that_are_not_there_are_not_asked_for_again_and_again(
    here: Installation, company: CompanyWorld
) -> None:
    connection = await here.connection(company)
    await here.browser(company).sign_in(connection)
    published, here.provider.published = here.provider.key, [here.provider.key]
    for number in range(3):
        here.provider.key = RSAKey.generate_key(2048, {"kid": f"unpublished {number}"})
        assert "does not publish" in await here.browser(company).refused(connection)
    assert here.provider.asked.count("keys") == 2
    here.provider.key = published
    await here.browser(company).sign_in(connection)


@pytest.mark.parametrize(("algorithm", "curve"), [("ES256", "P-256"), ("ES384", "P-384"), ("ES512", "P-521")])
async def test_elliptic_curves_count_too(here: Installation, company: CompanyWorld, algorithm: str, curve: str) -> None:
    key = here.provider.key = ECKey.generate_key(curve, {"kid": "curved"})
    here.provider.sign = lambda claims: signed(claims, key, algorithm)
    connection = await here.connection(company)
    assert await here.browser(company).sign_in(connection)


async def test_a_token_of_another_sign_in_proves_nothing(here: Installation, company: CompanyWorld) -> None:
    """Somebody who has got hold of a token, or of a code, cannot have it taken in their own sign-in."""
    connection = await here.connection(company)
    kept: list[str] = []

    def sign(claims: Claims) -> str:
        kept.append(signed(claims, here.provider.key))
        return kept[0]

    here.provider.sign = sign
    await here.browser(company).sign_in(connection)
    here.provider.person = a_person(sub="somebody else")
    assert "a wrong nonce" in await here.browser(company).refused(connection)


async def test_a_code_of_another_sign_in_is_not_taken(here: Installation, company: CompanyWorld) -> None:
    """The verifier of PKCE is another one, so that the provider refuses the code."""
    connection, theirs, mine = await here.connection(company), here.browser(company), here.browser(company)
    stolen = (await theirs.leave(connection)).partition("code=")[2].partition("&")[0]
    back = await mine.leave(connection)
    own = back.partition("code=")[2].partition("&")[0]
    away = await mine.http.get(back.replace(own, stolen))
    assert away.status_code == 502


async def nobody_came(company: CompanyWorld) -> None:
    assert await company.rows("select id from pool.sso_identities where tenant_id = :tenant") == []
    assert await company.rows("select id from pool.sso_codes where used_at is null and tenant_id = :tenant") == []
