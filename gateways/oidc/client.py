"""A company's Workgraph as a provider knows it."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from gateways.oidc.metadata import Metadata


@dataclass(frozen=True, slots=True)
class Client:
    """The client id and secret, and which scopes are asked for."""

    identifier: str
    secret: str = field(repr=False)
    scopes: Sequence[str]

    def proof(self, metadata: Metadata) -> tuple[dict[str, str], dict[str, str]]:
        """Return what proves to a provider who exchanges a code: fields of the form, and headers."""
        if not metadata.takes_basic:
            return {"client_id": self.identifier, "client_secret": self.secret}, {}
        # RFC 6749, 2.3.1: both are encoded as in a form before they become a header.
        named = f"{quote(self.identifier, safe='')}:{quote(self.secret, safe='')}"
        return {}, {"authorization": f"Basic {base64.b64encode(named.encode()).decode('ascii')}"}
