"""Codes with which a page completes a single sign-on."""

from datetime import timedelta
from typing import Final

from auth.row_tokens import RowTokens

LIFETIME: Final = timedelta(seconds=60)
SIGN_IN_CODES: Final = RowTokens("wgs_")
