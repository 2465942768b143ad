"""A JSON value is replaced, never changed in place: nobody would notice, and it would be written nowhere."""

import ast
from collections.abc import Iterator

import db.models
from db.base import Json, TenantOwned
from tests.lints.source import Source, broken, product, sample

MUTATORS = {"update", "pop", "popitem", "setdefault", "clear"}
NAMES = {
    column.key
    for mapper in db.models.Company.registry.mappers
    if issubclass(mapper.class_, TenantOwned)
    for column in mapper.columns
    if isinstance(column.type, Json)
}


def changes_in_place(source: Source) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(source.tree):
        changed = _changed_by(node)
        while isinstance(changed, ast.Subscript):
            changed = changed.value
        if isinstance(changed, ast.Attribute) and changed.attr in NAMES:
            yield node, f"{changed.attr} is JSON: give it a new value"


def _changed_by(node: ast.AST) -> ast.AST | None:
    """Return what a statement or a call changes without naming it anew."""
    if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
        return node.value
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Attribute):
        return node.target
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
        return node.func.value
    return None


def test_no_json_is_changed_in_place() -> None:
    assert "config" in NAMES
    assert broken(changes_in_place, product()) == []


def test_a_change_in_place_is_caught() -> None:
    caught = (
        'block.config["a"] = 1',
        'block.config["a"]["b"] = 1',
        'del block.config["a"]',
        'block.config |= {"a": 1}',
        'block.config.update({"a": 1})',
        'block.config["a"].clear()',
    )
    for line in caught:
        assert broken(changes_in_place, [sample(line)]) == ["resolvers/sample.py:1 config is JSON: give it a new value"]
    assert broken(changes_in_place, [sample('block.config = block.config | {"a": block.config["b"]}')]) == []
