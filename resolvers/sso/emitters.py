"""What signing on writes to the log: it is done by addresses of plain HTTP, and by a mutation written by hand."""

from typing import Final

from resolvers.emitter import Emitter
from resolvers.identity.emitters import BEGUN

ARRIVE: Final = Emitter(
    "sign_on",
    "GET /sso/callback",
    (
        *("user.created", "user.updated", "user.activated", "user.email_verified"),
        *("user.role.created", "user.role.deleted", "user.role_changed"),
        *("user.sso_identity.created", "user.sso_identity.updated", "user.sso_code.created"),
    ),
)
COMPLETE: Final = Emitter("complete_sso", "completeSso", ("user.signed_in", *BEGUN, "user.sso_code.updated"))
BY_HAND: Final = (ARRIVE, COMPLETE)
