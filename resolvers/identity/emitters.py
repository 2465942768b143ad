"""What signing in and out, choosing passwords and proving addresses writes to the log: all of it is written by hand."""

from typing import Final

from resolvers.emitter import Emitter

FAILED: Final = ("user.updated", "user.login_failed_locked")

BEGUN: Final = ("user.session.created", "user.refresh_token.created")
ENDED: Final = ("user.session.updated", "user.refresh_token.updated")
SPENT: Final = ("user.second_factor.updated", "user.recovery_code.updated", "user.recovery_code_used", *FAILED)

LOGIN: Final = Emitter("login", "login", ("user.signed_in", *BEGUN, *FAILED))
COMPLETE: Final = Emitter("complete_login", "completeLogin", ("user.signed_in", *BEGUN, *SPENT))
REFRESH: Final = Emitter("refresh_token", "refreshToken", (*ENDED, "user.refresh_token.created"))
LOGOUT: Final = Emitter("logout", "logout", ("user.updated", *ENDED))
REVOKE_OTHERS: Final = Emitter("revoke_other_sessions", "revokeOtherSessions", ENDED)
CHANGE_PASSWORD: Final = Emitter("change_password", "changePassword", (*ENDED, *BEGUN, *FAILED))
ENROL: Final = Emitter(
    "begin_second_factor", "beginSecondFactor", ("user.second_factor.created", "user.second_factor.updated", *FAILED)
)
CONFIRM: Final = Emitter(
    "confirm_second_factor",
    "confirmSecondFactor",
    ("user.second_factor.updated", "user.recovery_code.created", "user.mfa_enabled", *ENDED, *BEGUN, *FAILED),
)
DISABLE: Final = Emitter(
    "disable_second_factor",
    "disableSecondFactor",
    ("user.second_factor.deleted", "user.recovery_code.deleted", "user.mfa_disabled", *SPENT),
)
RENEW: Final = Emitter(
    "renew_recovery_codes",
    "renewRecoveryCodes",
    ("user.recovery_code.deleted", "user.recovery_code.created", *SPENT),
)
FORGOTTEN: Final = Emitter(
    "request_password_reset",
    "requestPasswordReset",
    ("user.password_reset.updated", "user.password_reset.created", "email_message.created"),
)
CHOSEN: Final = Emitter(
    "reset_password",
    "resetPassword",
    ("user.updated", "user.password_reset.updated", *ENDED, "user.activated"),
)
VERIFY_ASKED: Final = Emitter(
    "request_email_verification",
    "requestEmailVerification",
    ("user.address_proof.updated", "user.address_proof.created", "email_message.created"),
)
CHANGE_ASKED: Final = Emitter(
    "change_email",
    "changeEmail",
    ("user.address_proof.updated", "user.address_proof.created", "email_message.created", *FAILED),
)
VERIFIED: Final = Emitter(
    "verify_email",
    "verifyEmail",
    ("user.updated", "user.address_proof.updated", *ENDED, "user.email_verified", "user.email_changed"),
)
BY_HAND: Final = (
    *(LOGIN, COMPLETE, REFRESH, LOGOUT, REVOKE_OTHERS, CHANGE_PASSWORD, FORGOTTEN, CHOSEN),
    *(ENROL, CONFIRM, DISABLE, RENEW),
    *(VERIFY_ASKED, CHANGE_ASKED, VERIFIED),
)
