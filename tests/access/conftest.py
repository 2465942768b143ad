"""The fixtures of these tests: one full company, made once for each test process."""

from tests.engines.conftest import ground

__all__ = ["ground"]
