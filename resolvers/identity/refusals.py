"""Why nobody is let in. Each says the same whatever was wrong, so that nothing can be found out by trying."""

from resolvers.refusals import Refused


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


def turned_away() -> InvalidCredentials:
    """Turn away who could not sign in."""
    return InvalidCredentials("No active user has this address and password.")


def not_a_session() -> InvalidRefreshToken:
    """Turn away who brought a refresh token that is of no use."""
    return InvalidRefreshToken("This session has ended; sign in again.", path=("refresh_token",))


def not_a_link() -> InvalidLink:
    """Turn away who brought a mailed link that is of no use."""
    return InvalidLink("This link is not valid any more; ask for a new one.", path=("token",))
