"""What a provider has told of a person, read out of the claims of an ID token."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from db.columns import EMAIL_FORM
from resolvers.values import storable

LONGEST_ADDRESS: Final = 254
LONGEST_NAME: Final = 120
NO_NAME: Final = "-"


@dataclass(frozen=True, slots=True)
class Told:
    """Who has come: their subject, their address where it is verified, their names, and their groups.

    `groups` is None where groups give no roles; `hides_groups` says that there were too many to be listed.
    """

    subject: str = field(repr=False)
    email: str | None = field(repr=False)
    first_name: str = field(repr=False)
    last_name: str = field(repr=False)
    groups: frozenset[str] | None = None
    hides_groups: bool = False

    @property
    def domain(self) -> str:
        """The domain of the address; empty where there is none."""
        return (self.email or "").rpartition("@")[2]


def told_by(claims: Mapping[str, Any], groups_claim: str | None) -> Told:
    """Read the claims of a verified ID token; what has another form than it must is as if it was not there."""
    email = _email(claims)
    whole = _name(claims.get("name")) or (email or "").partition("@")[0] or NO_NAME
    first, _, last = whole.partition(" ")
    return Told(
        subject=str(claims["sub"]),
        email=email,
        first_name=_name(claims.get("given_name")) or first[:LONGEST_NAME],
        last_name=_name(claims.get("family_name")) or last[:LONGEST_NAME] or NO_NAME,
        groups=None if groups_claim is None else _groups(claims.get(groups_claim)),
        hides_groups=groups_claim is not None and _hides(claims, groups_claim),
    )


def _email(claims: Mapping[str, Any]) -> str | None:
    """Return the address in the form in which it is stored; none that the provider does not say to be verified."""
    given = claims.get("email")
    verified = claims.get("email_verified")
    if (verified is not True and verified != "true") or not isinstance(given, str):
        return None
    email = given.strip().lower()
    fits = len(email) <= LONGEST_ADDRESS and storable(email) and EMAIL_FORM.fullmatch(email)
    return email if fits else None


def _name(given: Any) -> str:
    """Return a name as one line; empty where there is none."""
    if not isinstance(given, str) or not storable(given):
        return ""
    return " ".join("".join(each if each.isprintable() else " " for each in given).split())[:LONGEST_NAME].strip()


def _groups(given: Any) -> frozenset[str]:
    """Return the groups; nothing said means none, so that who has left them all keeps nothing."""
    listed = cast("list[Any]", [given] if isinstance(given, str) else given if isinstance(given, list) else [])
    return frozenset(each for each in listed if isinstance(each, str))


def _hides(claims: Mapping[str, Any], groups_claim: str) -> bool:
    """Tell whether the groups stand somewhere else, as a distributed claim (OpenID Connect Core, 5.6.2)."""
    elsewhere = claims.get("_claim_names")
    return isinstance(elsewhere, dict) and groups_claim in elsewhere
