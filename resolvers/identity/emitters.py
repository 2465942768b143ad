"""What signing in and out, and choosing passwords, writes to the log: these mutations are written by hand."""

from typing import Final

from resolvers.emitter import Emitter

FAILED: Final = ("user.updated", "user.login_failed_locked")

LOGIN: Final = Emitter("login", "login", ("user.signed_in", "user.refresh_token.created", *FAILED))
REFRESH: Final = Emitter("refresh_token", "refreshToken", ("user.refresh_token.updated", "user.refresh_token.created"))
LOGOUT: Final = Emitter("logout", "logout", ("user.updated", "user.refresh_token.updated"))
CHANGE_PASSWORD: Final = Emitter(
    "change_password",
    "changePassword",
    ("user.refresh_token.updated", "user.refresh_token.created", *FAILED),
)
FORGOTTEN: Final = Emitter(
    "request_password_reset",
    "requestPasswordReset",
    ("user.password_reset.updated", "user.password_reset.created", "email_message.created"),
)
CHOSEN: Final = Emitter(
    "reset_password",
    "resetPassword",
    ("user.updated", "user.password_reset.updated", "user.refresh_token.updated", "user.activated"),
)
BY_HAND: Final = (LOGIN, REFRESH, LOGOUT, CHANGE_PASSWORD, FORGOTTEN, CHOSEN)
