"""The page on which a password is chosen with a mailed link: a form over the public API, and nothing else.

The token stands behind `#` in the address, which browsers do not send: it is in no path and in no log.
"""

from typing import Final

from schema.pages import ALONE, STATIC, Page

PAGE: Final = Page(
    "reset",
    "/reset",
    STATIC / "alone",
    allows={"img-src": "data:", "connect-src": "'self'", "trusted-types": ""},
    adds=ALONE,
    index="reset.html",
)
