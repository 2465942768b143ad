"""Providers of OpenID Connect, by their issuers: where a sign-in is begun, and who it says that somebody is.

Discovery documents are kept for an hour, sets of keys for ten minutes. A token whose key is not known has the keys
fetched anew, so that a provider may change them whenever it likes.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from yarl import URL

from gateways.oidc.client import Client
from gateways.oidc.fetching import Fetcher
from gateways.oidc.flow import Flow
from gateways.oidc.id_tokens import Expected, Header, claims_of, header_of
from gateways.oidc.keeping import Keeping
from gateways.oidc.keys import SigningKey, key_for, keys_of
from gateways.oidc.metadata import Metadata, discovery_of, metadata_of
from gateways.oidc.trouble import ProviderAway, Refusal

METADATA_FRESH: Final = 3600.0
KEYS_FRESH: Final = 600.0


class Providers:
    """Asks providers; close it when the program ends."""

    def __init__(
        self,
        allows_loopback: bool,  # noqa: FBT001
        *,
        fetcher: Fetcher | None = None,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._allows_loopback = allows_loopback
        self._fetcher = fetcher or Fetcher(allows_loopback)
        self._metadata = Keeping(self._fetch_metadata, fresh_for=METADATA_FRESH, ticks=ticks)
        self._keys = Keeping(self._fetch_keys, fresh_for=KEYS_FRESH, ticks=ticks)

    async def address(self, issuer: str, client: Client, flow: Flow, state: str) -> str:
        """Return where a browser is sent to sign in."""
        metadata = await self._metadata.get(issuer)
        asked = {
            "response_type": "code",
            "client_id": client.identifier,
            "redirect_uri": flow.redirect_uri,
            "scope": " ".join(client.scopes),
            "state": state,
            "nonce": flow.nonce,
            "code_challenge": flow.challenge,
            "code_challenge_method": "S256",
        }
        return str(URL(metadata.authorization_endpoint).update_query(asked))

    async def claims(
        self, issuer: str, client: Client, flow: Flow, answer: Mapping[str, str], now: datetime
    ) -> Mapping[str, Any]:
        """Return what a provider says of who has come back from it, with the `code` and perhaps the `iss` it gave."""
        metadata = await self._metadata.get(issuer)
        if answer.get("iss", None if metadata.names_itself else issuer) != issuer:
            raise Refusal("The answer came from another provider than was asked.")
        token = await self._exchanged(metadata, client, flow, answer["code"])
        header = header_of(token)
        key = await self._key(metadata, header)
        return claims_of(token, header, key, Expected(issuer, client.identifier, flow.nonce, now))

    async def check(self, issuer: str) -> int:
        """Ask a provider for what it says of itself and for its keys, whatever is kept; return how many there are."""
        metadata = await self._metadata.fetched(issuer)
        return len(await self._keys.fetched(metadata.jwks_uri))

    async def close(self) -> None:
        """Close every connection."""
        await self._fetcher.close()

    async def _exchanged(self, metadata: Metadata, client: Client, flow: Flow, code: str) -> str:
        """Exchange a code for the ID token."""
        proof, headers = client.proof(metadata)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": flow.redirect_uri,
            "code_verifier": flow.verifier,
            **proof,
        }
        try:
            answer = await self._fetcher.post(metadata.token_endpoint, form, headers)
        except ProviderAway as away:
            raise ProviderAway(f"The provider did not take the code. {away}") from away
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise Refusal("The provider gave no ID token; ask for the scope openid.")
        return token

    async def _key(self, metadata: Metadata, header: Header) -> SigningKey:
        keys = await self._keys.get(metadata.jwks_uri)
        found = key_for(keys, header.algorithm, header.key_id)
        if found is None:
            newer = await self._keys.anew(metadata.jwks_uri, keys)
            found = key_for(newer, header.algorithm, header.key_id)
        if found is None:
            raise Refusal("The provider's ID token is signed with a key that it does not publish.")
        return found

    async def _fetch_metadata(self, issuer: str) -> Metadata:
        try:
            document = await self._fetcher.get(discovery_of(issuer))
        except ProviderAway as away:
            raise ProviderAway(f"The provider's discovery document cannot be read. {away}") from away
        return metadata_of(issuer, document, allows_loopback=self._allows_loopback)

    async def _fetch_keys(self, address: str) -> Sequence[SigningKey]:
        try:
            keys = keys_of(await self._fetcher.get(address))
        except ProviderAway as away:
            raise ProviderAway(f"The provider's keys cannot be read. {away}") from away
        if not keys:
            raise ProviderAway("The provider publishes no key that can be used here.")
        return keys
