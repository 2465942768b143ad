"""What may be imported, and where: the rules that the import contracts of pyproject.toml cannot see."""

import ast
import importlib
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from sys import stdlib_module_names

import pytest

from tests.lints.source import FILES, FOLDERS, ROOT, Source, broken, packages_imported, product, sample

OURS = [*FOLDERS, *(Path(file).stem for file in FILES)]
GRAPHQL = {"strawberry", "graphql"}


def inner_imports(source: Source) -> Iterator[tuple[ast.AST, str]]:
    for function in ast.walk(source.tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield node, f"import inside {function.name}(): a cycle or a cost that is hidden"


def graphql_outside_schema(source: Source) -> Iterator[tuple[ast.AST, str]]:
    if not source.within("schema/"):
        for node, package in packages_imported(source.tree):
            if package in GRAPHQL:
                yield node, f"{package} is for schema/ only"


def undeclared(source: Source) -> Iterator[tuple[ast.AST, str]]:
    known = stdlib_module_names | set(OURS) | declared_packages()
    for node, package in packages_imported(source.tree):
        if package not in known:
            yield node, f"{package} comes from nothing that pyproject.toml declares"


@cache
def declared_packages() -> set[str]:
    """The importable names of the distributions that the project depends on."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    declared = {canonical(re.split(r"[\[<>=!~; ]", line)[0]) for line in wanted}
    return {
        package
        for package, distributions in packages_distributions().items()
        if declared & {canonical(distribution) for distribution in distributions}
    }


def canonical(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_imports_stand_at_the_top() -> None:
    assert broken(inner_imports, product()) == []


def test_only_schema_speaks_graphql() -> None:
    assert broken(graphql_outside_schema, product()) == []


def test_every_import_is_declared() -> None:
    assert broken(undeclared, product()) == []


@pytest.mark.parametrize("name", OURS)
def test_the_top_level_names_are_ours(name: str) -> None:
    """A package of the registry is called schema too; installed, it could stand before ours."""
    origin = importlib.import_module(name).__file__
    assert origin is not None
    assert Path(origin).is_relative_to(ROOT)


def test_an_import_inside_a_function_is_caught() -> None:
    code = "def late():\n    import json\n    from os import path\n"
    assert [line.split(" ")[0] for line in broken(inner_imports, [sample(code)])] == [
        "resolvers/sample.py:2",
        "resolvers/sample.py:3",
    ]


def test_graphql_outside_schema_is_caught() -> None:
    code = "import strawberry.relay\nfrom graphql import parse\n"
    assert broken(graphql_outside_schema, [sample(code, "app.py")]) == [
        "app.py:1 strawberry is for schema/ only",
        "app.py:2 graphql is for schema/ only",
    ]


def test_an_undeclared_import_is_caught() -> None:
    assert broken(undeclared, [sample("import json\nimport pytest\nimport orjson\n")]) == [
        "resolvers/sample.py:2 pytest comes from nothing that pyproject.toml declares"
    ]
