"""OpenID Connect, as far as a client of a provider needs it: discovery, keys, the exchange of a code, ID tokens.

Nothing here knows a database. Every address that is fetched may have been entered by a company, and is guarded like
those of webhooks.
"""

from gateways.oidc.client import Client
from gateways.oidc.flow import Flow
from gateways.oidc.id_tokens import ALGORITHMS, Expected
from gateways.oidc.metadata import Metadata, issuer_problem
from gateways.oidc.providers import Providers
from gateways.oidc.trouble import OidcTrouble, ProviderAway, Refusal

__all__ = [
    "ALGORITHMS",
    "Client",
    "Expected",
    "Flow",
    "Metadata",
    "OidcTrouble",
    "ProviderAway",
    "Providers",
    "Refusal",
    "issuer_problem",
]
