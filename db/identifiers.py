"""How names and texts are written into SQL that takes no parameters: definitions of schemas, tables and roles."""

import re
from typing import Final

LONGEST: Final = 63
PLAIN: Final = re.compile(r"[a-z_][a-z0-9_]*")


def quoted(name: str) -> str:
    """Write a name so that nothing in it can end it. PostgreSQL would cut a longer one, and it would name another."""
    if not name or "\0" in name or len(name.encode()) > LONGEST:
        message = f"{name!r} is not a name: it has 1 to {LONGEST} bytes"
        raise ValueError(message)
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Write a text so that nothing in it can end it."""
    if "\0" in text:
        message = "a text in PostgreSQL has no zero byte"
        raise ValueError(message)
    escape = "E" if "\\" in text else ""
    return escape + "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
