"""The relay of the test process, which makes deliveries of events."""

from tests.live.conftest import relaying

__all__ = ["relaying"]
