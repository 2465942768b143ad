"""The page on which people read what can be called over REST. It shows `openapi.json` and nothing else."""

from typing import Final

from schema.pages import PRIVATE, STATIC, Page

PAGE: Final = Page(
    "rest", "/rest", STATIC / "rest", allows={"img-src": "'self'", "connect-src": "'self'"}, adds=PRIVATE
)
