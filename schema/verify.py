"""The page on which an address is proved with a mailed link: a button over the public API, and nothing else.

The token stands behind `#` in the address, which browsers do not send. Nothing happens before the button is pressed, so
that a program which opens links in mails proves nothing.
"""

from typing import Final

from schema.pages import ALONE, STATIC, Page

PAGE: Final = Page(
    "verify",
    "/verify",
    STATIC / "alone",
    allows={"img-src": "data:", "connect-src": "'self'", "trusted-types": ""},
    adds=ALONE,
    index="verify.html",
)
