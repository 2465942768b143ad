"""The relay of the test process, which makes deliveries of events; and a database with a queue for jobs."""

from tests.jobs.conftest import made_station, station
from tests.live.conftest import relaying

__all__ = ["made_station", "relaying", "station"]
