"""The product's own files as syntax trees, and how a rule is held against them.

A rule is a function from one file to the lines that break it. Each rule has two tests: that the product keeps it, and
that a sample that breaks it is caught.
"""

import ast
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("cli", "schema", "resolvers", "subscriptions", "auth", "gateways", "db", "demo")
FILES = ("app.py", "settings.py")


@dataclass(frozen=True)
class Source:
    path: str
    tree: ast.Module

    def within(self, *places: str) -> bool:
        """Whether this file is one of the places, or lies in one that ends with a slash."""
        return any(self.path == place or (place.endswith("/") and self.path.startswith(place)) for place in places)


Rule = Callable[[Source], Iterable[tuple[ast.AST, str]]]


def parsed(path: Path) -> Source:
    return Source(path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8")))


@cache
def product() -> tuple[Source, ...]:
    files = [ROOT / name for name in FILES]
    files += [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return tuple(map(parsed, files))


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that is, or would be, in the repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


def sample(code: str, path: str = "resolvers/sample.py") -> Source:
    return Source(path, ast.parse(code))


def broken(rule: Rule, sources: Iterable[Source]) -> list[str]:
    return [f"{source.path}:{getattr(node, 'lineno', 1)} {why}" for source in sources for node, why in rule(source)]


def imported_from(tree: ast.Module, package: str) -> dict[str, str]:
    """The names that a file has imported from a package, by what the file calls them."""
    return {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == package
        for alias in node.names
    }


def packages_imported(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Each import with the top-level package that it names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node, (node.module or "").split(".")[0]
