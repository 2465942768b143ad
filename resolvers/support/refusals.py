"""Why nobody may act for a user, or give leave to."""

from resolvers.refusals import Refused


class CannotImpersonate(Refused):
    """Nobody can act for this user: they are switched off."""

    code = "CANNOT_IMPERSONATE"


class NoSupportAccess(Refused):
    """The company has not given leave to write in its users' stead, or not for so long; it can be read."""

    code = "NO_SUPPORT_ACCESS"


class AlreadyWithdrawn(Refused):
    """The leave was taken back before, or another one has taken its place."""

    code = "ALREADY_WITHDRAWN"


class OwnersOnly(Refused):
    """Only those who own the company decide this."""

    code = "OWNERS_ONLY"
