"""No drawer names: a file or definition called after nothing in particular collects everything in particular."""

import ast
import re
from collections.abc import Iterator

from tests.lints.source import ROOT, Source, broken, parsed, sample, tracked

DRAWERS = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"}
TITLE = re.compile(r"account_?managers?", re.IGNORECASE)
"""Somebody's title, which the API's users know: it names a person, and no place for code."""

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def drawers(source: Source) -> Iterator[tuple[ast.AST, str]]:
    if found := words(source.path) & DRAWERS:
        yield source.tree, f"a path says {', '.join(sorted(found))}"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and words(node.name) & DRAWERS:
            yield node, f"{node.name} says nothing of what it does"


def words(name: str) -> set[str]:
    return {word.lower() for word in WORD.findall(TITLE.sub("", name))}


def test_every_name_says_what_it_names() -> None:
    assert broken(drawers, [parsed(path) for path in tracked() if path.suffix == ".py"]) == []


def test_every_folder_says_what_it_holds() -> None:
    folders = {path.parent.relative_to(ROOT).as_posix() for path in tracked()}
    assert [folder for folder in sorted(folders) if words(folder) & DRAWERS] == []


def test_a_drawer_is_caught() -> None:
    code = "class TenantManager:\n    def format_helper(self): ...\n\ndef communal(): ...\n"
    assert broken(drawers, [sample(code, "db/date_utils.py")]) == [
        "db/date_utils.py:1 a path says utils",
        "db/date_utils.py:1 TenantManager says nothing of what it does",
        "db/date_utils.py:2 format_helper says nothing of what it does",
    ]


def test_a_title_is_no_drawer() -> None:
    code = "class AccountManager: ...\n\nclass AccountManagerManager: ...\n\ndef assign_account_manager(): ...\n"
    assert broken(drawers, [sample(code, "resolvers/support.py")]) == [
        "resolvers/support.py:3 AccountManagerManager says nothing of what it does"
    ]
