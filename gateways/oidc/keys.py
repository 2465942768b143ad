"""The keys of a provider: public ones that sign, and nothing else that stands in its set.

A symmetric key in it is passed over, so that nothing which everybody can read is ever a secret that signs; so is an RSA
key of fewer than 2048 bits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

MOST_KEYS: Final = 100
LEAST_MODULUS: Final = 342
"""Characters of base64 of a modulus of 2048 bits."""

CURVES: Final = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
OF_RSA: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key, its id, and the algorithms that it may have signed with."""

    key: RSAKey | ECKey
    key_id: str | None
    algorithms: frozenset[str]


def keys_of(document: Mapping[str, Any]) -> Sequence[SigningKey]:
    """Read a set of keys; what is none of ours to use is passed over."""
    listed = document.get("keys")
    given = cast("list[Any]", listed if isinstance(listed, list) else [])
    found = [_key_of(cast("dict[str, Any]", each)) for each in given[:MOST_KEYS] if isinstance(each, dict)]
    return [key for key in found if key is not None]


def key_for(keys: Sequence[SigningKey], algorithm: str, key_id: str | None) -> SigningKey | None:
    """Return the key of a token; one that names none is only matched where there is no choice."""
    fitting = [key for key in keys if algorithm in key.algorithms and (key_id is None or key.key_id == key_id)]
    return fitting[0] if len(fitting) == 1 else None


def _key_of(given: Mapping[str, Any]) -> SigningKey | None:
    if given.get("use", "sig") != "sig":
        return None
    kind, key_id = given.get("kty"), given.get("kid")
    try:
        if kind == "RSA" and len(given["n"]) >= LEAST_MODULUS:
            public = {name: given[name] for name in ("kty", "n", "e")}
            return SigningKey(RSAKey.import_key(public), _text(key_id), _narrowed(OF_RSA, given))
        if kind == "EC" and given["crv"] in CURVES:
            public = {name: given[name] for name in ("kty", "crv", "x", "y")}
            return SigningKey(ECKey.import_key(public), _text(key_id), _narrowed({CURVES[given["crv"]]}, given))
    except (JoseError, KeyError, TypeError, ValueError):
        return None
    return None


def _narrowed(algorithms: frozenset[str] | set[str], given: Mapping[str, Any]) -> frozenset[str]:
    said = given.get("alg")
    return frozenset(algorithms if said is None else {said} & algorithms)


def _text(key_id: Any) -> str | None:
    return key_id if isinstance(key_id, str) else None
