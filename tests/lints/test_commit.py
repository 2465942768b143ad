"""Only the edge ends a transaction: domain code that committed would keep half of what a refusal must undo."""

import ast
from collections.abc import Iterator

from tests.lints.source import Source, broken, product, sample

ENDS = {"commit", "rollback"}
MAY_END = ("db/session.py", "schema/execute/transacting.py")


def endings(source: Source) -> Iterator[tuple[ast.AST, str]]:
    if source.within(*MAY_END):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ENDS:
            yield node, f"{node.func.attr}() is for {', '.join(MAY_END)} only"


def test_only_the_edge_ends_a_transaction() -> None:
    assert broken(endings, product()) == []


def test_a_commit_elsewhere_is_caught() -> None:
    code = "async def publish(context):\n    await context.session.commit()\n"
    assert broken(endings, [sample(code)]) == [
        "resolvers/sample.py:2 commit() is for db/session.py, schema/execute/transacting.py only"
    ]
    assert broken(endings, [sample(code, "db/session.py")]) == []
