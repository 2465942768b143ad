"""GraphiQL, served from our own files. The page talks to the address it was served from: it needs no configuration."""

from typing import Final

from schema.pages import STATIC, Page

PAGE: Final = Page(
    "graphiql",
    "/static",
    STATIC,
    allows={
        "style-src": "'self' 'unsafe-inline'",  # GraphiQL's dialogs insert a style element when they open
        "img-src": "'self' data:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "require-trusted-types-for": "",
        "trusted-types": "",
    },
    adds={"vary": "accept"},
    index="page/index.html",
    order=lambda path: "\0".join(path.parts),  # folder by folder: the order in which its address was always made
)
