"""The files of the application, as the tests of files have them."""

from tests.files.conftest import depot

__all__ = ["depot"]
