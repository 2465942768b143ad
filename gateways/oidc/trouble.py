"""What goes wrong with a provider, in sentences that may be shown: nothing in them is a provider's own text.

OidcTrouble
├── ProviderAway  it cannot be reached, or does not say what it must
└── Refusal       what it has sent proves nobody
"""


class OidcTrouble(Exception):
    """Single sign-on comes to nothing; the text says why."""


class ProviderAway(OidcTrouble):
    """The provider cannot be reached, or its answer is not what the protocol says."""


class Refusal(OidcTrouble):
    """The answer of the provider does not prove who somebody is."""
