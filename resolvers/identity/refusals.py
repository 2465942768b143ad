"""Why nobody is let in. Each says the same whatever was wrong, so that nothing can be found out by trying."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from resolvers.refusals import Fact, Refused


class InvalidCredentials(Refused):
    """No active user has this address and password; which of the two is wrong is not told."""

    code = "INVALID_CREDENTIALS"


class WrongPassword(Refused):
    """It is not your password, or too many wrong ones were tried lately."""

    code = "WRONG_PASSWORD"


class InvalidRefreshToken(Refused):
    """The refresh token was used, has run out, was revoked, or never was one: sign in again."""

    code = "INVALID_REFRESH_TOKEN"


class InvalidLink(Refused):
    """The link was used, has run out, was replaced, or never was one: ask for a new one."""

    code = "INVALID_LINK"


class SecondFactorRequired(Refused):
    """The password is right, and the person has a second factor: go on with `completeLogin`."""

    code = "SECOND_FACTOR_REQUIRED"
    facts: ClassVar[Mapping[str, Fact]] = {
        "challenge": Fact(str, "What `completeLogin` takes, with a code."),
        "challenge_expires_at": Fact(datetime, "When the challenge runs out."),
    }


class InvalidChallenge(Refused):
    """The challenge has led to a session, has run out, or never was one: begin again with `login`."""

    code = "INVALID_CHALLENGE"


class WrongCode(Refused):
    """The code is wrong or was used, or too many wrong ones were tried lately."""

    code = "WRONG_CODE"


class AlreadyEnrolled(Refused):
    """The second factor is on already."""

    code = "ALREADY_ENROLLED"


class NotEnrolled(Refused):
    """There is no second factor."""

    code = "NOT_ENROLLED"


class AlreadyVerified(Refused):
    """The address was proved before."""

    code = "ALREADY_VERIFIED"


class SsoRequired(Refused):
    """The password is right, and the company's people sign in with single sign-on."""

    code = "SSO_REQUIRED"


class InvalidSsoCode(Refused):
    """The code was used, has run out, belongs to another browser, or never was one: sign in again."""

    code = "INVALID_SSO_CODE"


class LastWayIn(Refused):
    """You could not sign in any more: you have no password, and are linked to no other provider that is active."""

    code = "LAST_WAY_IN"


class SsoEnforced(Refused):
    """Your company signs in with single sign-on; who manages its users unlinks people."""

    code = "SSO_ENFORCED"


class AlreadyEnded(Refused):
    """The session was ended before."""

    code = "ALREADY_ENDED"


def turned_away() -> InvalidCredentials:
    """Turn away who could not sign in."""
    return InvalidCredentials("No active user has this address and password.")


def not_a_session() -> InvalidRefreshToken:
    """Turn away who brought a refresh token that is of no use."""
    return InvalidRefreshToken("This session has ended; sign in again.", path=("refresh_token",))


def not_a_challenge() -> InvalidChallenge:
    """Turn away who brought a challenge that is of no use."""
    return InvalidChallenge("This challenge is not valid any more; sign in again.", path=("challenge",))


def not_a_link() -> InvalidLink:
    """Turn away who brought a mailed link that is of no use."""
    return InvalidLink("This link is not valid any more; ask for a new one.", path=("token",))


def not_a_code() -> InvalidSsoCode:
    """Turn away who brought a code of single sign-on that is of no use."""
    return InvalidSsoCode("This sign-in is not valid any more; sign in again.", path=("code",))
