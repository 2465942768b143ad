"""Only settings.py reads the environment, so that one typed object says all that can be configured."""

import ast
from collections.abc import Iterator

from tests.lints.source import Source, broken, imported_from, product, sample

READERS = {"environ", "environb", "getenv", "getenvb"}


def readers(source: Source) -> Iterator[tuple[ast.AST, str]]:
    if source.within("settings.py"):
        return
    taken = imported_from(source.tree, "os")
    for node in ast.walk(source.tree):
        attribute = isinstance(node, ast.Attribute) and node.attr in READERS and ast.unparse(node.value) == "os"
        if attribute or (isinstance(node, ast.Name) and taken.get(node.id) in READERS):
            yield node, "the environment is read in settings.py only"


def test_only_settings_reads_the_environment() -> None:
    assert broken(readers, product()) == []


def test_a_reader_elsewhere_is_caught() -> None:
    code = "import os\nfrom os import getenv as ask\nos.environ['A']\nos.getenv('B')\nask('C')\n"
    assert broken(readers, [sample(code)]) == [
        f"resolvers/sample.py:{line} the environment is read in settings.py only" for line in (3, 4, 5)
    ]
