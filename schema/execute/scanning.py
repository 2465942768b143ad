"""Looks over the text of a document before it is parsed: how many tokens, brackets in brackets, directives.

Parsing takes some microseconds for each token, and looking over it a tenth of that: what is far too large is refused
before anything is made of it.
"""

import re
from itertools import islice
from typing import Final

from graphql import GraphQLError

from schema.execute.bounds import Bounds, exceeded

OPENS, CLOSES, DIRECTS = 1, 2, 3
TOKEN: Final = re.compile(
    r'"""(?:[^"\\]|\\"""|\\|"(?!""))*+(?:""")?|"(?:[^"\\\n\r]|\\.)*+"?|#[^\n\r]*+'
    r"|([\[{(])|([\]})])|(@)|[_A-Za-z][_0-9A-Za-z]*+|\.\.\.|-?[0-9][0-9.eE+-]*+|[!$&:=|]"
)


def scanned(text: str, bounds: Bounds) -> GraphQLError | None:
    """Say which limit a text exceeds, or None."""
    tokens = depth = directives = 0
    for token in islice(TOKEN.finditer(text), bounds.tokens + 1):
        tokens += 1
        kind = token.lastindex
        if kind is None:
            continue
        if kind == OPENS:
            depth += 1
            if depth > bounds.brackets:
                return _too_deep(depth, bounds)
        elif kind == CLOSES:
            depth -= 1
        else:
            directives += 1
    if tokens > bounds.tokens:
        return exceeded("tokens", bounds.tokens, tokens, f"A document has at most {bounds.tokens:,} tokens")
    if directives > bounds.directives:
        said = f"A document has at most {bounds.directives:,} directives"
        return exceeded("directives", bounds.directives, directives, said)
    return None


def _too_deep(depth: int, bounds: Bounds) -> GraphQLError:
    said = f"A document is at most {bounds.depth} levels deep, and values in it {bounds.variable_depth}"
    return exceeded("depth", bounds.depth, depth, said)
