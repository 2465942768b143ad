"""The files of GraphiQL that the server serves are those of the locked npm packages."""

import json
from pathlib import Path

import dev


def test_graphiql_is_what_its_authors_published(npm_packages: Path) -> None:
    for name, origin in dev.VENDORED.items():
        assert (dev.GRAPHIQL / name).read_bytes() == (npm_packages / origin).read_bytes(), name


def test_graphiql_s_readme_tells_the_locked_versions() -> None:
    packages = json.loads((dev.ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    readme = (dev.GRAPHIQL / "README.md").read_text("utf-8")
    for name in ("graphiql", "react", "react-dom"):
        assert f"| {name} | {packages[f'node_modules/{name}']['version']} |" in readme


def test_graphiql_s_folder_holds_nothing_else() -> None:
    assert {path.name for path in dev.GRAPHIQL.iterdir()} == {*dev.VENDORED, "README.md"}
