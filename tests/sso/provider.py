"""A provider of OpenID Connect, run in the test: real HTTP, real signatures, and as dishonest as a test wants it.

It consents at once for whoever `person` says. PKCE is checked by Authlib, which has nothing to do with our own reading
of it.
"""

import secrets
import time
from base64 import b64decode
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import unquote, urlencode

from aiohttp import web
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

Claims = dict[str, Any]
CLIENT_ID = "workgraph"
CLIENT_SECRET = "a secret: of the client"


@cache
def first_key() -> RSAKey:
    """The key that every provider begins with; making one takes a tenth of a second."""
    return RSAKey.generate_key(2048, {"kid": "first"})


@dataclass
class Asked:
    """A sign-in that the provider was asked for."""

    query: dict[str, str]
    claims: Claims


@dataclass
class Provider:
    """A provider; `twist` changes claims before they are signed, and `sign` signs them otherwise."""

    issuer: str = ""
    person: Claims = field(default_factory=dict[str, Any])
    key: RSAKey | ECKey = field(default_factory=first_key)
    published: list[RSAKey | ECKey] | None = None
    twist: Callable[[Claims], Claims] = dict
    sign: Callable[[Claims], str] | None = None
    document: Claims = field(default_factory=dict[str, Any])
    codes: dict[str, Asked] = field(default_factory=dict[str, Asked])
    asked: list[str] = field(default_factory=list[str])

    @property
    def metadata(self) -> Claims:
        """What it says of itself."""
        found = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?tenant=one",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        return {**found, **self.document}

    @property
    def keys(self) -> Claims:
        """The public halves of what it signs with."""
        published = [self.key] if self.published is None else self.published
        return {"keys": [{**key.as_dict(private=False), "use": "sig"} for key in published]}

    def id_token(self, asked: Asked) -> str:
        """Sign who has come."""
        now = int(time.time())
        claims = self.twist(
            {
                "iss": self.issuer,
                "aud": asked.query["client_id"],
                "exp": now + 300,
                "iat": now,
                "nonce": asked.query["nonce"],
                **asked.claims,
            }
        )
        return self.sign(claims) if self.sign else signed(claims, self.key)

    def app(self) -> web.Application:
        """Its addresses."""
        app = web.Application()
        app.router.add_get("/{name}/.well-known/openid-configuration", self._discover)
        app.router.add_get("/{name}/keys", self._keys)
        app.router.add_get("/{name}/authorize", self._authorize)
        app.router.add_post("/{name}/token", self._token)
        return app

    async def _discover(self, _request: web.Request) -> web.Response:
        self.asked.append("discovery")
        return web.json_response(self.metadata)

    async def _keys(self, _request: web.Request) -> web.Response:
        self.asked.append("keys")
        return web.json_response(self.keys)

    async def _authorize(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        assert query["tenant"] == "one"
        assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = Asked(query, dict(self.person))
        back = urlencode({"code": code, "state": query["state"]})
        return web.Response(status=302, headers={"location": f"{query['redirect_uri']}?{back}"})

    async def _token(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        kind, _, named = request.headers.get("authorization", "").partition(" ")
        client, _, secret = b64decode(named).decode().partition(":")
        asked = self.codes.pop(str(form.get("code")), None)
        right = (
            asked is not None
            and (kind, unquote(client), unquote(secret)) == ("Basic", CLIENT_ID, CLIENT_SECRET)
            and form["redirect_uri"] == asked.query["redirect_uri"]
            and create_s256_code_challenge(str(form["code_verifier"])) == asked.query["code_challenge"]
        )
        if asked is None or not right:
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({"access_token": "a", "token_type": "Bearer", "id_token": self.id_token(asked)})


def signed(claims: Claims, key: RSAKey | ECKey, algorithm: str = "RS256", **header: Any) -> str:
    """Sign claims as a provider does."""
    return jwt.encode({"alg": algorithm, "kid": key.kid, **header}, claims, key, [algorithm])


@asynccontextmanager
async def a_provider() -> AsyncGenerator[Provider]:
    """Run a provider on a port of its own, under a name that none had before."""
    provider = Provider()
    runner = web.AppRunner(provider.app())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    provider.issuer = f"http://127.0.0.1:{port}/{secrets.token_hex(4)}"
    try:
        yield provider
    finally:
        await runner.cleanup()
