"""SQL is written where the tenant is already set, and run only by the sessions that set it.

Statements built here are values; a tenant's context or loader runs them. Text, engines and connections could step
around the tenant, so they stay in db.
"""

import ast
from collections.abc import Iterator

from tests.lints.source import Source, broken, imported_from, product, sample

BUILD = {"select", "insert", "update", "delete"}
MAY_BUILD = ("db/", "resolvers/", "schema/execute/", "schema/derive/", "demo/")

STEP_AROUND = {"text", "literal_column", "create_engine", "create_async_engine", "async_engine_from_config"}
MAY_STEP_AROUND = ("db/",)

DRIVERS = {"asyncpg", "psycopg"}


def statements(source: Source) -> Iterator[tuple[ast.AST, str]]:
    names = imported_from(source.tree, "sqlalchemy")
    for node in ast.walk(source.tree):
        called = names.get(node.func.id) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None
        if called in BUILD and not source.within(*MAY_BUILD):
            yield node, f"{called}() is built in {', '.join(MAY_BUILD)} only"
        if called in STEP_AROUND and not source.within(*MAY_STEP_AROUND):
            yield node, f"{called}() is for {', '.join(MAY_STEP_AROUND)} only"


def whole_packages(source: Source) -> Iterator[tuple[ast.AST, str]]:
    """`import sqlalchemy as sa` would hide a call from the rule above; a driver would step around every session."""
    for node in ast.walk(source.tree):
        for alias in node.names if isinstance(node, ast.Import) else ():
            package = alias.name.split(".")[0]
            if package == "sqlalchemy":
                yield node, "import names from sqlalchemy, not the package"
            if package in DRIVERS and not source.within(*MAY_STEP_AROUND):
                yield node, f"{package} is for {', '.join(MAY_STEP_AROUND)} only"


def test_statements_are_built_where_a_tenant_is_set() -> None:
    assert broken(statements, product()) == []


def test_drivers_and_engines_stay_in_db() -> None:
    assert broken(whole_packages, product()) == []


def test_a_statement_elsewhere_is_caught() -> None:
    code = "from sqlalchemy import select as pick, text\npick(Flow)\ntext('select 1')\n"
    assert broken(statements, [sample(code, "gateways/sample.py")]) == [
        "gateways/sample.py:2 select() is built in db/, resolvers/, schema/execute/, schema/derive/, demo/ only",
        "gateways/sample.py:3 text() is for db/ only",
    ]
    assert broken(statements, [sample(code)]) == ["resolvers/sample.py:3 text() is for db/ only"]


def test_a_driver_elsewhere_is_caught() -> None:
    assert broken(whole_packages, [sample("import sqlalchemy.orm as orm\nimport asyncpg\n")]) == [
        "resolvers/sample.py:1 import names from sqlalchemy, not the package",
        "resolvers/sample.py:2 asyncpg is for db/ only",
    ]
