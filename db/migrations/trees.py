"""The two trees of revisions as values, and how one of them is run on a connection."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from db.catalog.tables import SCHEMA

HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Tree:
    """A line of revisions, and further folders in which it goes on."""

    name: str
    more_versions: tuple[Path, ...] = ()
    _loaded: list[ScriptDirectory] = field(default_factory=list[ScriptDirectory], compare=False, repr=False)

    @property
    def folder(self) -> Path:
        """Where its environment, its template and its revisions are."""
        return HERE / self.name

    @property
    def head(self) -> str:
        """The newest revision."""
        head = self.scripts.get_current_head()
        if head is None:
            message = f"the tree {self.name} has no revision"
            raise LookupError(message)
        return head

    @property
    def scripts(self) -> ScriptDirectory:
        """The revisions, read from their files once."""
        if not self._loaded:
            self._loaded.append(ScriptDirectory.from_config(self.config()))
        return self._loaded[0]

    def config(self, **attributes: Any) -> Config:
        """Alembic's configuration; the attributes go to the environment."""
        config = Config(attributes=attributes)
        versions = [self.folder / "versions", *self.more_versions]
        config.set_main_option("script_location", _escaped(self.folder))
        config.set_main_option("path_separator", "newline")
        config.set_main_option("version_locations", "\n".join(map(_escaped, versions)))
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        return config

    def upgrade(self, connection: Connection, *, schema: str, prefix: str) -> None:
        """Bring one schema to the head, within the transaction of the connection."""
        config = self.config(connection=connection, role_prefix=prefix)
        connection.dialect.default_schema_name = schema if self.name != SCHEMA else "public"
        with EnvironmentContext(config, self.scripts, fn=self._steps, destination_rev="head"):
            self.scripts.run_env()

    def _steps(self, current: Any, _context: Any) -> Sequence[Any]:
        return self.scripts._upgrade_revs("head", current)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - Alembic's documentation of EnvironmentContext names this function


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")


def catalog_tree(*more_versions: Path) -> Tree:
    """The revisions of the control plane."""
    return Tree("catalog", more_versions)


def tenant_tree(*more_versions: Path) -> Tree:
    """The revisions of the tenants' tables."""
    return Tree("tenant", more_versions)
