"""The portal of new hires: a page over the public API, and the policy that keeps it from reaching anywhere else.

The token of the mailed link stands behind `#` in the address, which browsers do not send: it is in no path and in no
log.
"""

from typing import Final

from schema.pages import PRIVATE, STATIC, Page

PAGE: Final = Page(
    "portal",
    "/portal",
    STATIC / "portal",
    allows={
        "connect-src": "'self'",
        "img-src": "'self' data: blob: https:",  # companies show pictures and films from wherever they keep them
        "media-src": "'self' https:",
    },
    adds=PRIVATE,
)
