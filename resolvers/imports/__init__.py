"""Imports: rows of a file become objects of one type, each by the type's own mutation, and go on where they stopped."""

from resolvers.imports.importables import Importable, Importables, ImportField, Lookup
from resolvers.imports.live import import_progress
from resolvers.imports.running import RESUME, Imports
from resolvers.imports.sampling import Samples
from resolvers.imports.starting import IMPORT, RUN, cancel_import, starting

__all__ = [
    "IMPORT",
    "RESUME",
    "RUN",
    "ImportField",
    "Importable",
    "Importables",
    "Imports",
    "Lookup",
    "Samples",
    "cancel_import",
    "import_progress",
    "starting",
]
