"""Single sign-on: providers to providers of OpenID Connect, and how somebody who comes from one is let in."""

from resolvers.sso.arriving import Arrival
from resolvers.sso.signing_on import CALLBACK, Departure, SignOnRefused, SingleSignOn

__all__ = ["CALLBACK", "Arrival", "Departure", "SignOnRefused", "SingleSignOn"]
