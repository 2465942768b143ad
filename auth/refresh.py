"""Refresh tokens: with one, an app goes on when its access token has run out, and gets the next one with it.

Each is used once: what comes with a used one has been copied, and ends the whole family that descends from one sign-in.
"""

from datetime import timedelta
from typing import Final

from auth.row_tokens import RowTokens

LIFETIME: Final = timedelta(days=30)
REFRESH_TOKENS: Final = RowTokens("wgr_")
