"""What is fetched of providers: kept for a while, bounded, guarded, and read with care."""

import asyncio
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from gateways.oidc import Client, Flow, Metadata, ProviderAway, Providers, issuer_problem
from gateways.oidc.keeping import AGAIN_AFTER, Keeping
from gateways.oidc.keys import key_for, keys_of
from gateways.oidc.metadata import metadata_of
from tests.sso.provider import Provider

ISSUER = "https://accounts.example"
DOCUMENT = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
}


class Shelf:
    """What is fetched, and how often; with a clock that a test moves."""

    def __init__(self, **given: Any) -> None:
        self.now, self.fetched = 0.0, list[str]()
        self.kept = Keeping(self.fetch, fresh_for=100.0, ticks=lambda: self.now, **given)

    async def fetch(self, name: str) -> list[str]:
        await asyncio.sleep(0)
        self.fetched.append(name)
        return [f"{name} {len(self.fetched)}"]


async def test_it_is_fetched_once_and_again_when_it_is_old() -> None:
    shelf = Shelf()
    assert await asyncio.gather(*(shelf.kept.get("a") for _ in range(3))) == [["a 1"]] * 3
    shelf.now = 99.9
    assert await shelf.kept.get("a") == ["a 1"]
    shelf.now = 100.0
    assert await shelf.kept.get("a") == ["a 2"]


async def test_it_is_fetched_anew_not_too_often() -> None:
    shelf = Shelf()
    known = await shelf.kept.get("a")
    newer = await asyncio.gather(*(shelf.kept.anew("a", known) for _ in range(3)))
    assert newer == [["a 2"]] * 3
    assert await shelf.kept.anew("a", newer[0]) == ["a 2"]
    shelf.now = AGAIN_AFTER
    assert await shelf.kept.anew("a", newer[0]) == ["a 3"]


async def test_only_so_much_is_kept() -> None:
    shelf = Shelf(most=2)
    for name in ("a", "b", "a", "c", "a", "b"):
        await shelf.kept.get(name)
    assert shelf.fetched == ["a", "b", "c", "b"]


async def test_what_fails_is_not_kept() -> None:
    async def fail(_name: str) -> list[str]:
        raise ProviderAway("It is away.")

    kept = Keeping(fail, fresh_for=100.0)
    for _ in range(2):
        with pytest.raises(ProviderAway):
            await kept.get("a")


def test_only_public_keys_that_sign_are_taken() -> None:
    good = RSAKey.generate_key(2048, {"kid": "rsa"}).as_dict(private=False)
    curved = ECKey.generate_key("P-256", {"kid": "ec"}).as_dict(private=False)
    small = {**good, "n": str(good["n"])[: 1024 // 6]}
    secret = OctKey.generate_key(256, {"kid": "rsa"}).as_dict(private=True)
    others = [small, secret, {**good, "use": "enc"}, {**good, "alg": "RSA-OAEP"}, {"kty": "RSA"}, {"kty": "EC"}]
    odd = [None, [], "x", {**good, "n": 7}, {**curved, "crv": "secp256k1"}, {**curved, "x": "!"}, {"kty": ["RSA"]}]
    found = keys_of({"keys": [*others, *odd, good, curved]})
    usable = [key for key in found if key.algorithms]
    assert [(key.key_id, min(key.algorithms)) for key in usable] == [("rsa", "PS256"), ("ec", "ES256")]
    assert key_for(found, "RS256", "rsa") is usable[0]
    assert key_for(found, "RS256", None) is usable[0], "there is no choice"
    assert key_for(found, "HS256", "rsa") is None
    assert key_for(found, "RS256", "ec") is None
    for nothing in ({}, {"keys": None}, {"keys": {"a": 1}}):
        assert keys_of(nothing) == []


def test_a_private_key_that_was_published_is_taken_as_public() -> None:
    [key] = keys_of({"keys": [RSAKey.generate_key(2048, {"kid": "oops"}).as_dict(private=True)]})
    assert not key.key.is_private


def test_of_two_keys_of_one_name_none_is_guessed() -> None:
    keys = keys_of({"keys": [RSAKey.generate_key(2048, {"kid": "one"}).as_dict(private=False) for _ in range(2)]})
    assert key_for(keys, "RS256", "one") is None
    assert key_for(keys, "RS256", None) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"issuer": f"{ISSUER}/"}, "another issuer"),
        ({"issuer": None}, "lacks issuer"),
        ({"token_endpoint": "http://accounts.example/token"}, "leads astray"),
        ({"jwks_uri": "https://10.1.2.3/keys"}, "leads astray"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "leads astray"),
        ({"jwks_uri": 7, "token_endpoint": None}, "lacks jwks_uri, token_endpoint"),
    ],
)
def test_a_document_that_leads_astray_is_refused(changes: dict[str, Any], words: str) -> None:
    assert metadata_of(ISSUER, DOCUMENT, allows_loopback=False).issuer == ISSUER
    with pytest.raises(ProviderAway, match=words):
        metadata_of(ISSUER, DOCUMENT | changes, allows_loopback=False)


async def test_nothing_on_this_machine_is_asked_in_production(provider: Provider) -> None:
    assert issuer_problem(provider.issuer, allows_loopback=False) is not None
    providers = Providers(allows_loopback=False)
    with pytest.raises(ProviderAway):
        await providers.check(provider.issuer)
    await providers.close()
    assert provider.asked == []


@pytest.mark.parametrize(
    ("ways", "in_header"), [(["client_secret_basic", "client_secret_post"], True), (["client_secret_post"], False)]
)
def test_the_secret_goes_where_the_provider_takes_it(ways: list[str], *, in_header: bool) -> None:
    metadata = Metadata.model_validate({**DOCUMENT, "token_endpoint_auth_methods_supported": ways})
    form, headers = Client("id", "a:b c", ["openid"]).proof(metadata)
    assert (form, headers) == (
        ({}, {"authorization": "Basic aWQ6YSUzQWIlMjBj"})
        if in_header
        else ({"client_id": "id", "client_secret": "a:b c"}, {})
    )


def test_the_challenge_is_that_of_the_standard() -> None:
    """The example of RFC 7636, appendix B."""
    flow = Flow("", "", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert flow.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
