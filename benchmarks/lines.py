"""How much code a domain takes: lines for each entity, and for each field of the root that comes of it.

A line counts if there is code on it: no blank ones, no comments, no docstrings. A domain's files are its own in
`schema/`, those of its models, and the folders of what it declares; what several use counts for the first of them. What
the machine derives of an entity is written nowhere, which is why a plain one takes its columns and one line.

    ./workgraph bench lines
"""

import ast
import inspect
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from schema import root
from schema.derive.declare import Domain
from schema.root import DOMAINS

HERE: Final = Path(__file__).parents[1]
SHARED: Final = frozenset({HERE / "resolvers", HERE / "db" / "models", HERE / "schema"})
"""Folders with files of several domains: of these, each file counts by itself."""


@dataclass(frozen=True)
class Size:
    """One domain: its lines, its entities, and the fields of the root that it has."""

    name: str
    lines: int
    entities: int
    fields: int


def main(arguments: Sequence[str] = ()) -> int:
    """Print the table; there is no goal but to see it."""
    del arguments
    counted = set[Path]()
    print(f"{'domain':<14} {'lines':>7} {'entities':>9} {'root fields':>12} {'lines/entity':>13} {'lines/field':>12}")
    for name, domain in named():
        own = files_of(name, domain) - counted
        counted |= own
        told(Size(name, sum(map(code_lines, own)), len(domain.entities), fields_of(domain)))
    machine = sorted((HERE / "schema" / "derive").rglob("*.py")) + sorted((HERE / "schema" / "execute").rglob("*.py"))
    print(f"{'the machine':<14} {sum(map(code_lines, machine)):>7}")
    return 0


def told(size: Size) -> None:
    """Print one row."""
    each = f"{size.lines / size.entities:.0f}" if size.entities else ""
    field = f"{size.lines / size.fields:.0f}" if size.fields else ""
    print(f"{size.name:<14} {size.lines:>7} {size.entities:>9} {size.fields:>12} {each:>13} {field:>12}")


def named() -> Iterator[tuple[str, Domain]]:
    """Each domain, as it is called where the schema is put together."""
    names = {id(value): name for name, value in vars(root).items() if isinstance(value, Domain)}
    for domain in DOMAINS:
        yield names[id(domain)], domain


def files_of(name: str, domain: Domain) -> set[Path]:
    """The files in which a domain is written."""
    declared: list[Any] = [each.model for each in domain.entities] + [each.run for each in domain.operations]
    declared += [each.run for each in (*domain.readings, *domain.computed)]
    found = {HERE / "schema" / f"{name}.py", *(HERE / "schema" / name).glob("*.py")}
    for each in declared:
        file = Path(inspect.getsourcefile(inspect.unwrap(each)) or "")
        found |= {file} if file.parent in SHARED else set(file.parent.glob("*.py"))
    return {file for file in found if file.exists()}


def fields_of(domain: Domain) -> int:
    """How many fields of the root a domain has: lists and objects, readings, operations, plain writes."""
    listed = sum(2 for each in domain.entities if each.listed)
    plain = sum(len(each.verbs) for each in domain.entities if each.write)
    return listed + plain + len(domain.operations) + len(domain.readings)


def code_lines(file: Path) -> int:
    """How many lines of a file have code on them."""
    text = file.read_text("utf-8")
    said = {line for node in ast.walk(ast.parse(text)) for line in _docstring(node)}
    lines = enumerate(text.splitlines(), 1)
    return sum(1 for number, line in lines if line.strip() and not line.strip().startswith("#") and number not in said)


def _docstring(node: ast.AST) -> range:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return range(node.lineno, (node.end_lineno or node.lineno) + 1)
    return range(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
