"""What a provider says of itself in its discovery document."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateways.oidc.trouble import ProviderAway
from gateways.webhooks.guard import check_url

WELL_KNOWN: Final = "/.well-known/openid-configuration"
BASIC: Final = "client_secret_basic"
POST: Final = "client_secret_post"


class Metadata(BaseModel):
    """The part of a discovery document that is needed here; what else stands in it is passed over."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    ways_to_authenticate: list[str] = Field(alias="token_endpoint_auth_methods_supported", default=[BASIC])
    names_itself: bool = Field(alias="authorization_response_iss_parameter_supported", default=False)

    @property
    def takes_basic(self) -> bool:
        """Whether the client's secret goes into a header; else it goes into the form."""
        return BASIC in self.ways_to_authenticate or POST not in self.ways_to_authenticate


def issuer_problem(issuer: str, *, allows_loopback: bool) -> str | None:
    """Tell people what is wrong with an issuer that they entered, or None."""
    if wrong := check_url(issuer, allows_loopback):
        return wrong
    parts = urlsplit(issuer)
    return "An issuer has neither `?` nor `#`." if parts.query or parts.fragment or "#" in issuer else None


def discovery_of(issuer: str) -> str:
    """Return where the discovery document of an issuer is."""
    return issuer.rstrip("/") + WELL_KNOWN


def metadata_of(issuer: str, document: Mapping[str, Any], *, allows_loopback: bool) -> Metadata:
    """Read a discovery document; one that is another issuer's, or leads anywhere else than the web, is refused."""
    try:
        found = Metadata.model_validate(document)
    except ValidationError as error:
        wrong = ", ".join(sorted({str(each["loc"][0]) for each in error.errors() if each["loc"]}))
        raise ProviderAway(f"Its discovery document lacks {wrong}.") from None
    if found.issuer != issuer:
        raise ProviderAway("Its discovery document names another issuer than was entered.")
    for address in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
        if wrong := check_url(address, allows_loopback):
            raise ProviderAway(f"Its discovery document leads astray: {wrong}")
    return found
